#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "store/history-internal.h"
#include "store/trim.h"

#define SECOND_US INT64_C(1000000)
#define HOUR_US (3600 * SECOND_US)
#define NOW_US (INT64_C(1800000000) * SECOND_US)

static char folder[64], path[80];
static struct history *history;
static struct error error;

static int open_history(void **state)
{
	enum history_problem problem;

	(void)state;
	snprintf(folder, sizeof(folder), "/tmp/reeve-trim-XXXXXX");
	if (!mkdtemp(folder))
		return -1;
	snprintf(path, sizeof(path), "%s/history.db", folder);
	history = history_open(path, &problem, &error);
	return history ? 0 : -1;
}

static int close_history(void **state)
{
	(void)state;
	history_close(history);
	unlink(path);
	return rmdir(folder);
}

static int64_t number(const char *sql)
{
	int64_t value = -1;

	assert_int_equal(history_read_number(history, sql, &value, &error), 0);
	return value;
}

static void add(const struct event_record *event)
{
	assert_int_equal(history_begin(history, &error), 0);
	assert_int_equal(history_add(history, event, &error), 0);
	assert_int_equal(history_commit(history, &error), 0);
}

/* A run of worker web/0 with output and samples, that ends at `at_us`. */
static void add_run(uint64_t run, int64_t at_us, enum end_cause cause,
		    size_t output)
{
	char *text = malloc(output + 1);
	struct event_record event = {
		.kind = EVENT_SPAWNED,
		.at_us = at_us - SECOND_US,
		.pool = "web",
		.worker = 1,
		.run = run,
	};

	assert_non_null(text);
	memset(text, 'x', output);
	add(&event);
	event.kind = EVENT_SAMPLE;
	event.cpu_permille = 10;
	event.rss_bytes = 4096;
	add(&event);
	event.kind = EVENT_OUTPUT;
	event.text = (struct bytes){text, output};
	add(&event);
	event.kind = EVENT_ENDED;
	event.at_us = at_us;
	event.cause = cause;
	event.text = (struct bytes){NULL, 0};
	event.samples = (struct bytes){"12345678", 8};
	add(&event);
	free(text);
}

static int pass(const struct retention *retention, int64_t clock_us)
{
	struct trim trim;
	int result, steps = 0;

	trim_begin(&trim);
	do {
		result = trim_step(&trim, history, retention, clock_us, &error);
		steps++;
		assert_true(steps < 100000);
	} while (result == 1);
	assert_int_equal(result, 0);
	return steps;
}

/* Passes until the clock is believed. */
static void pass_from(const struct retention *retention, int64_t from_us,
		      int64_t to_us)
{
	for (; from_us < to_us; from_us += HOUR_US / 2)
		pass(retention, from_us);
	pass(retention, to_us);
}

static void each_kind_goes_at_its_age(void **state)
{
	const struct retention retention = {
		.events_s = 3600,
		.runs_s = 2 * 3600,
		.samples_s = 3600,
		.minutes_s = 3 * 3600,
		.hours_s = 4 * 3600,
	};

	(void)state;
	add_run(1, NOW_US, CAUSE_CRASHED, 10);
	pass_from(&retention, NOW_US, NOW_US + 59 * 60 * SECOND_US);
	assert_int_equal(number("SELECT count(*) FROM event"), 2);
	assert_int_equal(number("SELECT count(*) FROM sample"), 1);
	pass(&retention, NOW_US + HOUR_US + SECOND_US);
	assert_int_equal(number("SELECT count(*) FROM event"), 0);
	assert_int_equal(number("SELECT count(*) FROM sample"), 0);
	assert_int_equal(number("SELECT count(*) FROM runs"), 1);
	assert_int_equal(number("SELECT count(*) FROM trend"), 1);
	add_run(2, NOW_US + 2 * HOUR_US, CAUSE_EXITED, 10);
	pass_from(&retention, NOW_US + HOUR_US,
		  NOW_US + 2 * HOUR_US + SECOND_US);
	assert_int_equal(number("SELECT run FROM run"), 2);
	assert_int_equal(number("SELECT count(*) FROM output"), 1);
	assert_int_equal(number("SELECT count(*) FROM trend"), 1);
	assert_int_equal(number("SELECT count(*) FROM crash_group"), 0);
	assert_int_equal(number("SELECT count(*) FROM minute"), 2);
	pass_from(&retention, NOW_US + 2 * HOUR_US, NOW_US + 3 * HOUR_US);
	assert_int_equal(number("SELECT count(*) FROM minute"), 1);
	assert_int_equal(number("SELECT count(*) FROM hour"), 2);
	/* The hour that has begun before the limit. */
	pass_from(&retention, NOW_US + 3 * HOUR_US, NOW_US + 5 * HOUR_US);
	assert_int_equal(number("SELECT count(*) FROM hour"), 1);
}

static void without_bounds_all_is_kept(void **state)
{
	const struct retention retention = {0};

	(void)state;
	add_run(1, SECOND_US * 2, CAUSE_CRASHED, 10);
	pass(&retention, NOW_US);
	assert_int_equal(number("SELECT count(*) FROM event"), 2);
	assert_int_equal(number("SELECT count(*) FROM runs"), 1);
	assert_int_equal(number("SELECT count(*) FROM minute"), 1);
}

static void runs_that_go_on_are_kept(void **state)
{
	const struct retention retention = {.runs_s = 60};
	const struct event_record event = {
		.kind = EVENT_SPAWNED,
		.at_us = NOW_US - 10 * HOUR_US,
		.pool = "web",
		.worker = 1,
		.run = 1,
	};

	(void)state;
	add(&event);
	pass(&retention, NOW_US);
	assert_int_equal(number("SELECT count(*) FROM run"), 1);
}

static void a_clock_that_jumps_ahead_costs_an_hour_at_most(void **state)
{
	const struct retention retention = {.events_s = 24 * 3600};

	(void)state;
	for (int i = 0; i < 40; i++)
		add_run((uint64_t)i + 1, NOW_US - i * HOUR_US, CAUSE_EXITED, 1);
	pass(&retention, NOW_US);
	/* Two events an hour, of the last 24 hours. */
	assert_int_equal(number("SELECT count(*) FROM event"), 49);
	pass(&retention, NOW_US + 10 * 365 * 24 * HOUR_US);
	assert_int_equal(number("SELECT count(*) FROM event"), 47);
	/* Set right again, it starts from there. */
	pass(&retention, NOW_US);
	pass(&retention, NOW_US + 2 * SECOND_US);
	assert_int_equal(number("SELECT count(*) FROM event"), 47);
}

static void a_file_that_is_too_large_shrinks(void **state)
{
	const struct retention retention = {
		.events_s = 3600,
		.max_size_bytes = 4 << 20,
	};
	int64_t pages;

	(void)state;
	for (uint64_t i = 0; i < 300; i++)
		add_run(i + 1, NOW_US - (int64_t)(300 - i) * SECOND_US,
			i % 2 ? CAUSE_CRASHED : CAUSE_EXITED, 40000);
	assert_int_equal(trim_is_due(history, &retention, &error), 1);
	pages = number("PRAGMA page_count");
	pass(&retention, NOW_US);
	assert_int_equal(trim_is_due(history, &retention, &error), 0);
	/* First what the good runs printed, then what is old. */
	assert_int_equal(number("SELECT count(*) FROM output JOIN run"
				" USING (run) WHERE crash_group IS NULL"),
			 0);
	assert_int_equal(number("SELECT max(run) FROM run"), 300);
	assert_true(number("SELECT count(*) FROM output") > 50);
	assert_true(number("SELECT min(run) FROM run") > 1);
	assert_int_equal(number("SELECT count(*) FROM events"
				" WHERE event = 'warning'"),
			 1);
	assert_true(number("PRAGMA page_count") < pages / 2);
	assert_true(number("PRAGMA page_count") * 4096 < 6 << 20);
}

static void a_file_is_tidied_up_in_small_steps(void **state)
{
	const struct retention retention = {.events_s = 60, .runs_s = 60};
	int steps;

	(void)state;
	for (uint64_t i = 0; i < 1000; i++)
		add_run(i + 1, NOW_US - HOUR_US + (int64_t)i, CAUSE_EXITED, 1);
	steps = pass(&retention, NOW_US);
	assert_int_equal(number("SELECT count(*) FROM event"), 0);
	assert_int_equal(number("SELECT count(*) FROM run"), 0);
	assert_true(steps >= 2000 / 500 + 1000 / 50);
}

#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, open_history, close_history)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(each_kind_goes_at_its_age),
		TEST(without_bounds_all_is_kept),
		TEST(runs_that_go_on_are_kept),
		TEST(a_clock_that_jumps_ahead_costs_an_hour_at_most),
		TEST(a_file_that_is_too_large_shrinks),
		TEST(a_file_is_tidied_up_in_small_steps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
