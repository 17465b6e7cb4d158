#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <regex.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>
#include <jansson.h>

#include "base/clock.h"
#include "live/metrics.h"
#include "live/snapshot.h"
#include "live/status.h"

struct fixture {
	char path[64];
	struct live_table *table;
};

static const struct live_worker crashed = {
	.pool = 0,
	.index = 1,
	.state = WORKER_BACKOFF,
	.wanted = true,
	.restarts = 2,
	.next_start_at_us = 1763802000000000,
	.last_exit = {.at_us = 1763800000000000,
		      .run = 16,
		      .code = -1,
		      .signal = SIGSEGV,
		      .core = true,
		      .cause = CAUSE_CRASHED},
};

static const struct live_worker not_started = {
	.pool = 0,
	.index = 2,
	.state = WORKER_FAILED,
	.wanted = true,
	.last_exit = {.at_us = 1763800000000000,
		      .code = -1,
		      .cause = CAUSE_NOT_STARTED,
		      .step = "execve",
		      .object = "/srv/x",
		      .error_number = ENOENT},
};

static void set_ready_worker(struct live_table *table, uint32_t slot,
			     uint32_t pool, uint32_t index)
{
	const struct live_worker worker = {
		.pool = pool,
		.index = index,
		.state = WORKER_READY,
		.wanted = true,
		.health_ok = true,
		.pid = 815,
		.run = 17,
		.config = 3,
		.started_at_us = 1763800000000000,
		.started_mono_ns = clock_monotonic_ns() - 12300000000,
		.state_since_us = 1763800000100000,
		.restarts = 2,
		.cpus = "0-1",
		.status = "a \"b\"\\\n\xff \xc3\xa9",
		.last_exit = {.at_us = 1763800000000000,
			      .run = 16,
			      .code = 3,
			      .cause = CAUSE_CRASHED},
	};
	const struct live_usage usage = {
		.run = 17,
		.sampled_at_us = 1763800001000000,
		.cpu_permille = 31,
		.threads = 4,
		.open_files = 12,
		.processor = 1,
		.process_state = 'S',
		.rss_bytes = 10485760,
		.cpu_ns = 1250000000,
	};

	live_table_set_worker(table, slot, &worker);
	live_table_set_usage(table, slot, &usage);
}

static int set_up(void **state)
{
	static const struct live_instance shop = {
		.name = "shop",
		.version = "0.1.0",
		.pid = 812,
		.started_at_us = 1763800000000000,
		.sample_interval_ns = 1000000000,
	};
	static const struct live_pool pools[] = {
		{.name = "web",
		 .kind = "service",
		 .wanted = 3,
		 .limits = {.memory_bytes = 33554432, .cpu_permille = 1500}},
		{.name = "db", .kind = "service", .wanted = 1},
		{.name = "none", .kind = "service"},
		{.name = "reeve-logger", .wanted = 1, .hidden = true},
	};
	struct fixture *fixture = calloc(1, sizeof(*fixture));
	struct error error;
	int fd;

	if (!fixture)
		return -1;
	*state = fixture;
	strcpy(fixture->path, "/tmp/reeve-status-XXXXXX");
	fd = mkstemp(fixture->path);
	close(fd);
	fixture->table = live_table_create(fixture->path, &shop, pools, 4, 8,
					   NULL, NULL, &error);
	if (!fixture->table)
		return -1;
	/* In no order: it is that of the numbers that is shown. */
	live_table_set_worker(fixture->table, 0, &not_started);
	live_table_set_worker(fixture->table, 4, &crashed);
	set_ready_worker(fixture->table, 5, 0, 0);
	set_ready_worker(fixture->table, 1, 1, 0);
	set_ready_worker(fixture->table, 2, 3, 0);
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *fixture = *state;

	live_table_close(fixture->table);
	unlink(fixture->path);
	free(fixture);
	return 0;
}

static json_t *get(const struct fixture *fixture, const char *name, bool hidden)
{
	struct error error;
	size_t size;
	char *text =
		status_to_json(fixture->table, name, hidden, &size, &error);
	json_t *json;

	assert_non_null(text);
	assert_int_equal(strlen(text), size);
	json = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	assert_non_null(json);
	free(text);
	return json;
}

static const char *text_of(const json_t *object, const char *key)
{
	const json_t *value = json_object_get(object, key);

	assert_true(json_is_string(value));
	return json_string_value(value);
}

static json_int_t number_of(const json_t *object, const char *key)
{
	const json_t *value = json_object_get(object, key);

	assert_true(json_is_integer(value));
	return json_integer_value(value);
}

static double real_of(const json_t *object, const char *key)
{
	const json_t *value = json_object_get(object, key);

	assert_true(json_is_real(value));
	return json_real_value(value);
}

static void assert_null_at(const json_t *object, const char *key)
{
	assert_true(json_is_null(json_object_get(object, key)));
}

static void the_json_keeps_the_contract(void **state)
{
	json_t *status = get(*state, NULL, false);
	json_t *pools = json_object_get(status, "pools");
	json_t *web = json_array_get(pools, 0);

	assert_string_equal(text_of(status, "instance"), "shop");
	assert_int_equal(number_of(status, "pid"), 812);
	assert_string_equal(text_of(status, "version"), "0.1.0");
	assert_string_equal(text_of(status, "started_at"),
			    "2025-11-22T08:26:40.000Z");
	assert_int_equal(json_array_size(pools), 3);
	assert_string_equal(text_of(web, "name"), "web");
	assert_string_equal(text_of(web, "kind"), "service");
	assert_string_equal(text_of(web, "state"), "failed");
	assert_int_equal(number_of(web, "wanted"), 3);
	assert_int_equal(number_of(web, "ready"), 1);
	assert_int_equal(json_array_size(json_object_get(web, "workers")), 3);
	assert_string_equal(text_of(json_array_get(pools, 1), "state"),
			    "ready");
	assert_string_equal(text_of(json_array_get(pools, 2), "state"),
			    "stopped");
	json_decref(status);
	status = get(*state, NULL, true);
	assert_int_equal(json_array_size(json_object_get(status, "pools")), 4);
	json_decref(status);
}

static void a_worker_with_a_run_tells_all(void **state)
{
	json_t *worker = get(*state, "web/0", false);
	json_t *last = json_object_get(worker, "last_exit");
	json_t *limits = json_object_get(worker, "limits");

	assert_string_equal(text_of(worker, "name"), "web/0");
	assert_string_equal(text_of(worker, "state"), "ready");
	assert_int_equal(number_of(worker, "pid"), 815);
	assert_int_equal(number_of(worker, "run"), 17);
	assert_string_equal(text_of(worker, "started_at"),
			    "2025-11-22T08:26:40.000Z");
	assert_true(real_of(worker, "uptime_s") >= 12.3);
	assert_int_equal(number_of(worker, "restarts"), 2);
	assert_string_equal(text_of(worker, "cpus"), "0-1");
	assert_float_equal(real_of(worker, "cpu_percent"), 3.1, 0.001);
	assert_int_equal(number_of(worker, "rss_bytes"), 10485760);
	assert_int_equal(number_of(worker, "threads"), 4);
	assert_int_equal(number_of(worker, "open_files"), 12);
	assert_int_equal(number_of(worker, "zombies"), 0);
	assert_string_equal(text_of(worker, "process_state"), "S");
	assert_string_equal(text_of(worker, "sample_at"),
			    "2025-11-22T08:26:41.000Z");
	assert_string_equal(text_of(worker, "health"), "ok");
	assert_string_equal(text_of(worker, "status"),
			    "a \"b\"\\\n\\xFF \xc3\xa9");
	assert_int_equal(number_of(limits, "memory_bytes"), 33554432);
	assert_float_equal(real_of(limits, "cpu"), 1.5, 0.0001);
	assert_null_at(limits, "processes");
	assert_null_at(worker, "next_start_at");
	assert_int_equal(number_of(last, "code"), 3);
	assert_null_at(last, "signal");
	assert_string_equal(text_of(last, "cause"), "crashed");
	assert_string_equal(text_of(last, "text"), "exited with code 3");
	json_decref(worker);
}

static void a_worker_without_limits_has_null(void **state)
{
	json_t *worker = get(*state, "db/0", false);

	assert_null_at(worker, "limits");
	json_decref(worker);
}

static void a_worker_without_a_run_has_nulls(void **state)
{
	static const char *const nulls[] = {
		"pid",	     "run",	  "started_at", "uptime_s",
		"cpus",	     "rss_bytes", "threads",	"cpu_percent",
		"sample_at", "health",	  "status",
	};
	json_t *worker = get(*state, "web/1", false);
	json_t *last = json_object_get(worker, "last_exit");

	for (size_t i = 0; i < sizeof(nulls) / sizeof(nulls[0]); i++)
		assert_null_at(worker, nulls[i]);
	assert_string_equal(text_of(worker, "next_start_at"),
			    "2025-11-22T09:00:00.000Z");
	assert_null_at(last, "code");
	assert_string_equal(text_of(last, "signal"), "SIGSEGV");
	assert_true(json_is_true(json_object_get(last, "core")));
	json_decref(worker);

	worker = get(*state, "web/2", false);
	last = json_object_get(worker, "last_exit");
	assert_string_equal(text_of(last, "cause"), "not-started");
	assert_string_equal(text_of(last, "error"),
			    "execve /srv/x: No such file or directory");
	json_decref(worker);
}

static void a_pool_is_found_by_name(void **state)
{
	json_t *pool = get(*state, "db", false);

	assert_string_equal(text_of(pool, "name"), "db");
	json_decref(pool);
	pool = get(*state, "none", false);
	assert_int_equal(json_array_size(json_object_get(pool, "workers")), 0);
	json_decref(pool);
	pool = get(*state, "reeve-logger", true);
	assert_string_equal(text_of(pool, "name"), "reeve-logger");
	json_decref(pool);
}

static void unknown_names_are_told(void **state)
{
	static const char *const names[] = {
		"we", "webb", "web/3",	"web/01",	"web/",
		"/",  "",     "web/0/", "reeve-logger", "reeve-logger/0",
	};
	struct fixture *fixture = *state;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct error error;
		size_t size;

		errno = 0;
		assert_null(status_to_json(fixture->table, names[i], false,
					   &size, &error));
		assert_int_equal(errno, ENOENT);
		assert_non_null(strstr(error.text, "no such pool or worker"));
	}
}

static void a_choice_keeps_the_order(void **state)
{
	static const char *const names[] = {"db", "web/2", "web/0", "db/0"};
	const struct snapshot_choice choice = {.names = names, .name_count = 4};
	struct fixture *fixture = *state;
	struct snapshot snapshot;
	struct error error;

	assert_int_equal(
		snapshot_take(&snapshot, fixture->table, &choice, &error), 0);
	assert_int_equal(snapshot.pool_count, 2);
	assert_string_equal(snapshot.pools[0].pool.name, "web");
	assert_int_equal(snapshot.pools[0].worker_count, 2);
	assert_int_equal(snapshot.pools[0].workers[0].worker.index, 0);
	assert_int_equal(snapshot.pools[0].workers[1].worker.index, 2);
	assert_int_equal(snapshot.pools[0].state, WORKER_FAILED);
	assert_int_equal(snapshot.pools[1].worker_count, 1);
	assert_false(snapshot_is_up(&snapshot));
	snapshot_release(&snapshot);
}

static void only_the_chosen_must_be_up(void **state)
{
	static const char *const names[] = {"db"};
	const struct snapshot_choice choice = {.names = names, .name_count = 1};
	struct fixture *fixture = *state;
	struct live_worker worker = {.pool = 1, .state = WORKER_STOPPED};
	struct snapshot snapshot;
	struct error error;

	assert_int_equal(
		snapshot_take(&snapshot, fixture->table, &choice, &error), 0);
	assert_true(snapshot_is_up(&snapshot));
	snapshot_release(&snapshot);
	/* Stopped by hand is not wanted, so nothing is missing. */
	live_table_set_worker(fixture->table, 1, &worker);
	assert_int_equal(
		snapshot_take(&snapshot, fixture->table, &choice, &error), 0);
	assert_true(snapshot_is_up(&snapshot));
	snapshot_release(&snapshot);
}

/* Each line must be of the text format; all samples of a metric stand behind
 * its HELP and TYPE. */
static void the_metrics_are_well_formed(void **state)
{
	static const char grammar[] =
		"^(# HELP [a-z_]+ .+|# TYPE [a-z_]+ (counter|gauge)|"
		"[a-z_]+(\\{[a-z]+=\"([^\"\\\\]|\\\\[\\\\n\"])*\""
		"(,[a-z]+=\"([^\"\\\\]|\\\\[\\\\n\"])*\")*\\})? "
		"[0-9]+(\\.[0-9]+)?)$";
	struct fixture *fixture = *state;
	char metric[64] = "", *rest, *line;
	struct error error;
	size_t size;
	char *text = metrics_to_text(fixture->table, &size, &error);
	regex_t regex;

	assert_non_null(text);
	assert_int_equal(text[size - 1], '\n');
	assert_non_null(strstr(text, "\nreeve_pool_workers{pool=\"web\","
				     "state=\"backoff\"} 1\n"));
	assert_non_null(strstr(text, "\nreeve_worker_cpu_seconds_total{"
				     "pool=\"db\",worker=\"db/0\"} 1.25\n"));
	assert_null(strstr(text, "reeve-logger"));
	assert_int_equal(regcomp(&regex, grammar, REG_EXTENDED | REG_NOSUB), 0);
	rest = text;
	while ((line = strsep(&rest, "\n")) && rest) {
		if (regexec(&regex, line, 0, NULL, 0) != 0)
			fail_msg("not of the text format: %s", line);
		if (sscanf(line, "# TYPE %63[a-z_]", metric) != 1 &&
		    *line != '#')
			assert_int_equal(strncmp(line, metric, strlen(metric)),
					 0);
	}
	regfree(&regex);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(function) \
	cmocka_unit_test_setup_teardown(function, set_up, tear_down)
		TEST(the_json_keeps_the_contract),
		TEST(a_worker_with_a_run_tells_all),
		TEST(a_worker_without_limits_has_null),
		TEST(a_worker_without_a_run_has_nulls),
		TEST(a_pool_is_found_by_name),
		TEST(unknown_names_are_told),
		TEST(a_choice_keeps_the_order),
		TEST(only_the_chosen_must_be_up),
		TEST(the_metrics_are_well_formed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
