#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include <event2/event.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fake-cgroups.h"
#include "supervisor/helpers.h"
#include "supervisor/instance.h"
#include "supervisor/limits.h"
#include "supervisor/pool.h"
#include "supervisor/process.h"

/* A run of the worker it/0 under limits of cgroup2, in a fake tree. */

static struct pool_config config;
static struct configuration configuration = {.pools = &config, .pool_count = 1};
static struct process process;
static struct instance instance;
static struct pool pool = {
	.instance = &instance,
	.config = &config,
	.count = 1,
};
static struct worker worker = {.pool = &pool, .process = &process};
static struct pool *pools[HELPER_COUNT + 1];
static struct worker *workers[] = {&worker};
static char group[CGROUP_PATH_SIZE]; /* the worker's */
static struct event_record told; /* the last event */
static char told_text[256];

static void report(struct worker *reported, struct event_record *event)
{
	assert_ptr_equal(reported, &worker);
	told = *event;
	snprintf(told_text, sizeof(told_text), "%.*s", (int)event->text.size,
		 (const char *)event->text.data);
	event_base_loopbreak(instance.base);
}

static const struct kernel kernel = {.report = report};

static int set_up(void **state)
{
	static const char *const files[] = {"memory.max",  "memory.events",
					    "memory.peak", "pids.max",
					    "pids.events", "cpu.max"};
	struct error error;

	if (fake_set_up(state) < 0)
		return -1;
	config = (struct pool_config){.name = "it"};
	config.limits.memory = (struct optional_number){true, 32 << 20};
	config.limits.processes = (struct optional_number){true, 20};
	config.limits.cpu = (struct optional_number){true, 500};
	told = (struct event_record){.kind = 0};
	process = (struct process){.verdict_fd = -1};
	worker.kernel = &kernel;
	worker.run.pid = 0;
	worker.run.end = (struct run_end){.code = -1};
	pool.workers = workers;
	pools[HELPER_COUNT] = &pool;
	instance = (struct instance){
		.base = event_base_new(),
		.configuration = &configuration,
		.cgroups = fake_cgroups,
		.use_cgroups = true,
		.pools = pools,
		.pool_count = HELPER_COUNT + 1,
	};
	event_base_priority_init(instance.base, PRIORITY_COUNT);
	cgroup_path(&fake_cgroups, "it", 0, group);
	mkdir(group, 0755);
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		fake_put(group, files[i], "");
	instance.limits = limits_open(&instance, &error);
	return instance.limits ? 0 : -1;
}

static int tear_down(void **state)
{
	limits_close(instance.limits);
	event_base_free(instance.base);
	return fake_tear_down(state);
}

/* Begins a run in its cgroup; returns as limits_prepare(). */
static int prepare(struct spawn_failure *failure)
{
	struct spawn_request request = {
		.cgroup = open(group, O_PATH | O_DIRECTORY | O_CLOEXEC)};
	int status = limits_prepare(&worker, &request, failure);

	assert_int_equal(request.attach_count, 0);
	limits_prepared(&worker);
	if (request.cgroup >= 0)
		close(request.cgroup);
	worker.run.pid = 1000;
	return status;
}

static void limits_are_written_to_the_cgroup(void **state)
{
	struct spawn_failure failure;

	(void)state;
	assert_int_equal(prepare(&failure), 0);
	assert_string_equal(fake_get(group, "memory.max"), "33554432");
	assert_string_equal(fake_get(group, "pids.max"), "20");
	assert_string_equal(fake_get(group, "cpu.max"), "50000 100000");
}

static void limits_that_are_gone_are_taken_back(void **state)
{
	struct spawn_failure failure;

	(void)state;
	assert_int_equal(prepare(&failure), 0);
	config.limits.memory.set = config.limits.cpu.set = false;
	fake_put(group, "memory.max", "");
	fake_put(group, "cpu.max", "");
	assert_int_equal(prepare(&failure), 0);
	assert_string_equal(fake_get(group, "memory.max"), "max");
	assert_string_equal(fake_get(group, "cpu.max"), "max");
	assert_string_equal(fake_get(group, "pids.max"), "20");
	/* Once only. */
	fake_put(group, "memory.max", "");
	assert_int_equal(prepare(&failure), 0);
	assert_string_equal(fake_get(group, "memory.max"), "");
}

static void limit_that_cannot_be_written_fails_the_start(void **state)
{
	struct spawn_failure failure;
	char path[CGROUP_PATH_SIZE + 16];

	(void)state;
	snprintf(path, sizeof(path), "%s/pids.max", group);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(prepare(&failure), -1);
	assert_string_equal(failure.step, "cgroup");
}

static void oom_kill_of_a_child_is_told_at_once(void **state)
{
	struct spawn_failure failure;

	(void)state;
	fake_put(group, "memory.events", "max 5\noom 1\noom_kill 1\n");
	assert_int_equal(prepare(&failure), 0);
	fake_put(group, "memory.peak", "33554432\n");
	fake_put(group, "memory.events", "max 9\noom 3\noom_kill 3\n");
	event_base_dispatch(instance.base);
	assert_int_equal(told.kind, EVENT_OOM_KILL);
	assert_int_equal(told.count, 2);
	assert_non_null(strstr(told_text, "took 2 processes"));
	assert_non_null(strstr(told_text, "limit reached 9 times"));
	/* The end of the run, by itself, is not of that. */
	worker.run.end = (struct run_end){.code = 1};
	limits_ended(&worker);
	assert_false(worker.run.end.oom);
}

static void oom_kill_of_the_main_process_is_the_end(void **state)
{
	struct spawn_failure failure;

	(void)state;
	fake_put(group, "memory.events", "max 5\noom_kill 4\n");
	fake_put(group, "pids.events", "max 7\n");
	assert_int_equal(prepare(&failure), 0);
	fake_put(group, "memory.events", "max 6\noom_kill 5\n");
	fake_put(group, "pids.events", "max 10\n");
	worker.run.end = (struct run_end){.code = -1, .signal = SIGKILL};
	limits_ended(&worker);
	assert_true(worker.run.end.oom);
	assert_non_null(strstr(worker.run.end.facts, "took 1 process"));
	assert_non_null(strstr(worker.run.end.facts,
			       "3 times no process could be started"));
	/* What happened to former runs does not count. */
	assert_int_equal(prepare(&failure), 0);
	worker.run.end = (struct run_end){.code = -1, .signal = SIGKILL};
	limits_ended(&worker);
	assert_false(worker.run.end.oom);
	assert_string_equal(worker.run.end.facts, "");
}

/* A run is told of with what it was started under: in the middle of a roll-out
 * the config is a later one. */
static void later_config_is_not_told(void **state)
{
	struct spawn_failure failure;

	(void)state;
	assert_int_equal(prepare(&failure), 0);
	config.limits.memory.value = 64 << 20;
	config.limits.processes.value = 40;
	fake_put(group, "memory.events", "max 9\noom_kill 1\n");
	fake_put(group, "pids.events", "max 3\n");
	event_base_dispatch(instance.base);
	assert_int_equal(told.kind, EVENT_OOM_KILL);
	assert_non_null(strstr(told_text, "memory limit 32"));
	worker.run.end = (struct run_end){.code = -1, .signal = SIGKILL};
	limits_ended(&worker);
	assert_non_null(strstr(worker.run.end.facts, "memory limit 32"));
	assert_non_null(strstr(worker.run.end.facts, "limit of 20 processes"));
}

/* A reload may be the first to need a controller. */
static void controllers_are_found_for_a_later_config(void **state)
{
	struct error error;

	(void)state;
	limits_close(instance.limits);
	config.limits.memory.set = config.limits.processes.set = false;
	config.limits.cpu.set = false;
	instance.limits = limits_open(&instance, &error);
	assert_non_null(instance.limits);
	assert_string_equal(fake_get(fake_own, "cgroup.subtree_control"), "");
	config.limits.memory.set = true;
	fake_put(fake_own, "cgroup.procs", "1\n99\n");
	assert_int_equal(limits_find(instance.limits, &configuration, &error),
			 -1);
	assert_non_null(strstr(error.text, "only reeve may run in there"));
	fake_put(fake_own, "cgroup.procs", "1\n");
	assert_int_equal(limits_find(instance.limits, &configuration, &error),
			 0);
	assert_string_equal(fake_get(fake_own, "cgroup.subtree_control"),
			    "memory");
}

static void nothing_runs_where_cgroups_are_off(void **state)
{
	struct limits *limits;
	struct error error;

	(void)state;
	instance.use_cgroups = false;
	error_set(&instance.no_cgroups, "REEVE_CGROUP=off");
	limits = limits_open(&instance, &error);
	instance.use_cgroups = true;
	assert_null(limits);
	assert_string_equal(error.text, "cannot limit it: REEVE_CGROUP=off");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(limits_are_written_to_the_cgroup),
		TEST(limits_that_are_gone_are_taken_back),
		TEST(limit_that_cannot_be_written_fails_the_start),
		TEST(oom_kill_of_a_child_is_told_at_once),
		TEST(oom_kill_of_the_main_process_is_the_end),
		TEST(later_config_is_not_told),
		TEST(controllers_are_found_for_a_later_config),
		TEST(nothing_runs_where_cgroups_are_off),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
