#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "store/stats.h"

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

static void a_moment_is_in_one_part(void **state)
{
	static const int64_t edges[] = {10, 20, 30, 50};

	(void)state;
	assert_int_equal(stats_part(edges, 3, 9), 3);
	assert_int_equal(stats_part(edges, 3, 10), 0);
	assert_int_equal(stats_part(edges, 3, 19), 0);
	assert_int_equal(stats_part(edges, 3, 20), 1);
	assert_int_equal(stats_part(edges, 3, 49), 2);
	assert_int_equal(stats_part(edges, 3, 50), 3);
}

static void each_part_gets_its_share(void **state)
{
	static const int64_t edges[] = {0, 100, 200, 300};
	/* It crashes at 150 and is back at 170; it is up in the end. */
	static const struct stats_run runs[] = {
		{.started_us = 50,
		 .ready_us = 60,
		 .ended_us = 150,
		 .wanted_until_us = INT64_MAX,
		 .crash = true},
		{.started_us = 160,
		 .ready_us = 170,
		 .ended_us = INT64_MAX,
		 .wanted_until_us = INT64_MAX},
	};
	struct stats_figures parts[3] = {0};

	(void)state;
	assert_int_equal(stats_add_worker(parts, edges, 3, runs, COUNT(runs)),
			 0);
	assert_int_equal(parts[0].starts, 1);
	assert_int_equal(parts[1].starts, 1);
	assert_int_equal(parts[2].starts, 0);
	assert_int_equal(parts[1].crashes, 1);
	assert_int_equal(parts[0].wanted_us, 50);
	assert_int_equal(parts[1].wanted_us, 100);
	assert_int_equal(parts[2].wanted_us, 100);
	assert_int_equal(parts[0].ready_us, 40);
	assert_int_equal(parts[1].ready_us, 80);
	assert_int_equal(parts[2].ready_us, 100);
	assert_int_equal(parts[1].to_recover.count, 1);
	assert_int_equal(parts[1].to_recover.values[0], 20);
	assert_int_equal(stats_between_crashes_us(&parts[1]), 80);
	assert_int_equal(stats_between_crashes_us(&parts[0]), -1);
	for (size_t i = 0; i < 3; i++)
		stats_release(&parts[i]);
}

static void runs_that_overlap_count_once(void **state)
{
	static const int64_t edges[] = {0, 1000};
	static const struct stats_run runs[] = {
		{.started_us = 5,
		 .ready_us = 10,
		 .ended_us = 500,
		 .wanted_until_us = 500},
		{.started_us = 400,
		 .ready_us = 450,
		 .ended_us = 700,
		 .wanted_until_us = 700},
	};
	struct stats_figures all = {0};

	(void)state;
	assert_int_equal(stats_add_worker(&all, edges, 1, runs, COUNT(runs)),
			 0);
	assert_int_equal(all.wanted_us, 695);
	assert_int_equal(all.ready_us, 690);
	stats_release(&all);
}

/* Crashes while the run before it is still there, several in a row, and one
 * after which it was stopped. */
static void recovery_is_to_the_next_ready_run(void **state)
{
	static const int64_t edges[] = {0, 10000};
	static const struct stats_run runs[] = {
		{.started_us = 1,
		 .ready_us = 1,
		 .ended_us = 100,
		 .wanted_until_us = INT64_MAX,
		 .crash = true},
		/* not ready */
		{.started_us = 110,
		 .ended_us = 120,
		 .wanted_until_us = INT64_MAX,
		 .crash = true},
		{.started_us = 130,
		 .ready_us = 150,
		 .ended_us = 200,
		 .wanted_until_us = 210,
		 .crash = true},
		{.started_us = 500,
		 .ready_us = 510,
		 .ended_us = 600,
		 .wanted_until_us = 600},
	};
	struct stats_figures all = {0};

	(void)state;
	assert_int_equal(stats_add_worker(&all, edges, 1, runs, COUNT(runs)),
			 0);
	assert_int_equal(all.crashes, 3);
	assert_int_equal(all.to_recover.count, 2);
	assert_int_equal(stats_percentile(&all.to_recover, 50), 30);
	assert_int_equal(stats_percentile(&all.to_recover, 99), 50);
	/* 1 to 210, and 500 to 600. */
	assert_int_equal(all.wanted_us, 309);
	stats_release(&all);
}

static void percentiles_are_of_the_nearest_rank(void **state)
{
	int64_t values[100];
	struct stats_spans spans = {.values = values, .count = 100};
	struct stats_spans none = {0};

	(void)state;
	for (int i = 0; i < 100; i++)
		values[i] = 100 - i;
	assert_int_equal(stats_percentile(&spans, 50), 50);
	assert_int_equal(stats_percentile(&spans, 99), 99);
	assert_int_equal(stats_percentile(&spans, 100), 100);
	spans.count = 1;
	assert_int_equal(stats_percentile(&spans, 50), 1);
	assert_int_equal(stats_percentile(&none, 50), -1);
}

static void sums_are_sums(void **state)
{
	struct stats_figures to = {.starts = 1, .ready_us = 5, .rss_max = 9};
	struct stats_figures from = {
		.starts = 2, .wanted_us = 10, .ready_us = 5, .rss_max = 7};

	(void)state;
	assert_true(stats_availability(&to) < 0);
	assert_int_equal(stats_merge(&to, &from), 0);
	assert_int_equal(to.starts, 3);
	assert_int_equal(to.rss_max, 9);
	assert_true(stats_availability(&to) > 0.999);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_moment_is_in_one_part),
		cmocka_unit_test(each_part_gets_its_share),
		cmocka_unit_test(runs_that_overlap_count_once),
		cmocka_unit_test(recovery_is_to_the_next_ready_run),
		cmocka_unit_test(percentiles_are_of_the_nearest_rank),
		cmocka_unit_test(sums_are_sums),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
