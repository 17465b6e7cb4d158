#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/clock.h"
#include "sampler-fixture.h"

/* What is measured of one process. */

/* The child says that it is there before it sleeps. */
static void wait_until_asleep(pid_t pid)
{
	while (process_stat(pid).state != 'S')
		sched_yield();
}

static void a_worker_is_measured(void **state)
{
	struct fixture *fixture = *state;
	struct live_usage usage;
	struct live_sample sample;

	make_table(fixture, 2);
	start_child(fixture, open_some_files);
	wait_until_asleep(fixture->child);
	set_worker(fixture, 1, 7);
	measure(fixture);
	assert_false(live_table_get_usage(fixture->table, 0, &usage));
	assert_true(live_table_get_usage(fixture->table, 1, &usage));
	assert_int_equal(usage.run, 7);
	assert_int_equal(usage.threads, 1);
	assert_true(usage.open_files >= 20 && usage.open_files < 60);
	assert_int_equal(usage.zombies, 0);
	assert_int_equal(usage.process_state, 'S');
	assert_true(usage.rss_bytes > 16384);
	assert_int_equal(usage.run_samples, 1);
	measure(fixture);
	assert_true(live_table_get_usage(fixture->table, 1, &usage));
	assert_int_equal(usage.run_samples, 2);
	assert_int_equal(live_table_get_samples(fixture->table, 1, &sample, 1),
			 1);
	assert_int_equal(sample.rss_kib, usage.rss_bytes / 1024);

	/* The next run has the history of the worker, not of the run. */
	end_child(fixture);
	start_child(fixture, open_some_files);
	set_worker(fixture, 1, 8);
	measure(fixture);
	assert_true(live_table_get_usage(fixture->table, 1, &usage));
	assert_int_equal(usage.run, 8);
	assert_int_equal(usage.run_samples, 1);
}

static void cpu_time_is_measured(void **state)
{
	struct fixture *fixture = *state;
	struct live_usage usage;

	make_table(fixture, 1);
	start_child(fixture, burn_some_cpu);
	set_worker(fixture, 0, 7);
	measure(fixture);
	assert_true(live_table_get_usage(fixture->table, 0, &usage));
	assert_true(usage.cpu_ns >= 80000000);
	assert_true(usage.cpu_permille > 0 && usage.cpu_permille <= 1500);
	/* It has waited since, but for a tick. */
	measure(fixture);
	assert_true(live_table_get_usage(fixture->table, 0, &usage));
	assert_true(usage.cpu_permille <= 200);
}

static void too_many_files_are_told(void **state)
{
	struct fixture *fixture = *state;
	struct live_usage usage;

	fixture->pool.bounds[GAUGE_OPEN_FILES] = (struct live_bound){
		.set = true,
		.over = 10,
	};
	make_table(fixture, 1);
	start_child(fixture, open_some_files);
	set_worker(fixture, 0, 7);
	measure(fixture);
	assert_int_equal(fixture->verdicts, 1);
	assert_int_equal(fixture->verdict.cause, CAUSE_OPEN_FILES);
	assert_int_equal(fixture->verdict.run, 7);
	assert_true(live_table_get_usage(fixture->table, 0, &usage));
	assert_int_equal(fixture->verdict.value, usage.open_files);
	/* Only once: it is not to be ended. */
	measure(fixture);
	assert_int_equal(fixture->verdicts, 1);
}

static void copy_bytes(void)
{
	int null = open("/dev/zero", O_RDWR | O_CLOEXEC);
	char bytes[1000];

	if (read(null, bytes, 1000) != 1000 || write(null, bytes, 300) != 300)
		_exit(1);
}

static void io_is_read_where_progress_counts(void **state)
{
	struct fixture *fixture = *state;
	struct live_usage usage;

	fixture->pool.progress_ns = 1;
	make_table(fixture, 1);
	start_child(fixture, copy_bytes);
	wait_until_asleep(fixture->child);
	set_worker(fixture, 0, 7);
	measure(fixture);
	assert_true(live_table_get_usage(fixture->table, 0, &usage));
	if (!usage.io_known)
		skip();
	assert_true(usage.written_bytes >= 300 && usage.written_bytes < 1000);
	assert_true(usage.io_bytes >= 1300);
	assert_int_equal(fixture->verdicts, 0);
	measure(fixture);
	assert_int_equal(fixture->verdicts, 1);
	assert_int_equal(fixture->verdict.cause, CAUSE_UNHEALTHY);
}

static void *burn_cpu(void *pause_us)
{
	for (;;) {
		struct timespec used;
		int64_t end_ns = clock_monotonic_ns() + 5000000;

		while (clock_monotonic_ns() < end_ns)
			clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
		if (pause_us)
			usleep(*(const useconds_t *)pause_us);
	}
	return NULL;
}

/* In a thread of its own, beside one that sleeps. */
static void spin(void)
{
	pthread_t thread;

	pthread_create(&thread, NULL, burn_cpu, NULL);
}

static void use_half_a_cpu(void)
{
	static useconds_t pause_us = 5000;
	pthread_t thread;

	pthread_create(&thread, NULL, burn_cpu, &pause_us);
}

/* As it seems where the CPU is crowded. */
static void sleep_now_and_then(void)
{
	static useconds_t pause_us = 1;
	pthread_t thread;

	pthread_create(&thread, NULL, burn_cpu, &pause_us);
}

/* Measures until a thread is followed. */
static struct live_usage follow(struct fixture *fixture, void (*work)(void))
{
	struct live_usage usage = {0};

	fixture->pool.progress_ns = 1000000000000;
	make_table(fixture, 1);
	start_child(fixture, work);
	set_worker(fixture, 0, 7);
	measure(fixture);
	assert_true(live_table_get_usage(fixture->table, 0, &usage));
	while (usage.io_known && !usage.busy.thread) {
		poll(NULL, 0, 20);
		measure(fixture);
		live_table_get_usage(fixture->table, 0, &usage);
	}
	return usage;
}

/* On a crowded machine a wait may last too long for it once in a while. */
static void a_busy_thread_is_followed(void **state)
{
	struct fixture *fixture = *state;
	struct live_usage usage = follow(fixture, spin);
	int rounds = 0;

	if (!usage.io_known)
		skip();
	for (int lasted = 0; lasted < 3; rounds++) {
		assert_true(rounds < 300);
		poll(NULL, 0, 100);
		measure(fixture);
		assert_true(live_table_get_usage(fixture->table, 0, &usage));
		assert_int_not_equal(usage.busy.thread, fixture->child);
		lasted = usage.busy.lasts ? lasted + 1 : 0;
	}
	assert_int_equal(fixture->verdicts, 0);
}

static void assert_is_followed_no_more(struct fixture *fixture,
				       void (*work)(void))
{
	struct live_usage usage = follow(fixture, work);

	if (!usage.io_known)
		skip();
	for (int i = 0; i < 100 && usage.busy.thread; i++) {
		poll(NULL, 0, 100);
		measure(fixture);
		assert_true(live_table_get_usage(fixture->table, 0, &usage));
		if (!usage.busy.lasts)
			return;
	}
	assert_int_equal(usage.busy.thread, 0);
}

static void a_thread_that_wants_less_is_followed_no_more(void **state)
{
	assert_is_followed_no_more(*state, use_half_a_cpu);
}

static void a_thread_that_sleeps_is_followed_no_more(void **state)
{
	assert_is_followed_no_more(*state, sleep_now_and_then);
}

static void another_process_of_that_pid_is_not_measured(void **state)
{
	struct fixture *fixture = *state;
	struct live_worker worker = {.run = 7, .state = WORKER_READY};
	struct live_usage usage;

	make_table(fixture, 1);
	start_child(fixture, open_some_files);
	worker.pid = fixture->child;
	worker.started_mono_ns = clock_monotonic_ns() - 60000000000;
	live_table_set_worker(fixture->table, 0, &worker);
	measure(fixture);
	assert_false(live_table_get_usage(fixture->table, 0, &usage));

	/* The same where the run was measured before. */
	usage = (struct live_usage){.run = 7, .start_ticks = 1};
	live_table_set_usage(fixture->table, 0, &usage);
	measure(fixture);
	assert_true(live_table_get_usage(fixture->table, 0, &usage));
	assert_int_equal(usage.start_ticks, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_worker_is_measured),
		TEST(cpu_time_is_measured),
		TEST(too_many_files_are_told),
		TEST(io_is_read_where_progress_counts),
		TEST(a_busy_thread_is_followed),
		TEST(a_thread_that_wants_less_is_followed_no_more),
		TEST(a_thread_that_sleeps_is_followed_no_more),
		TEST(another_process_of_that_pid_is_not_measured),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
