#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "supervisor/governor.h"

#define S INT64_C(1000000000)

static const struct restart_config config = {
	.limit = 5,
	.limit_window_ns = 60 * S,
	.delay_min_ns = S,
	.delay_max_ns = 30 * S,
	.factor = 2,
};

static int crashes_until_storm(struct governor *governor, uint32_t workers)
{
	for (int i = 1; i <= 100; i++)
		if (governor_crash(governor, &config, workers, 1000 * S))
			return i;
	return 0;
}

static void each_worker_may_crash_once_and_the_limit_more(void **state)
{
	struct governor governor = {.level = 0};

	(void)state;
	assert_int_equal(crashes_until_storm(&governor, 4), 10);
	governor_reset(&governor);
	assert_int_equal(crashes_until_storm(&governor, 20), 26);
}

static void one_worker_or_no_limit_is_not_governed(void **state)
{
	struct governor governor = {.level = 0};
	struct restart_config none = config;

	(void)state;
	assert_int_equal(crashes_until_storm(&governor, 1), 0);
	none.limit = 0;
	for (int i = 0; i < 100; i++)
		assert_false(governor_crash(&governor, &none, 4, S));
}

static void a_storm_spaces_the_starts(void **state)
{
	struct governor governor = {.level = 0};
	int64_t now = 1000 * S;

	(void)state;
	crashes_until_storm(&governor, 4);
	assert_true(governor_wait_ns(&governor, &config, 4, now) == S);
	now += S;
	assert_true(governor_wait_ns(&governor, &config, 4, now) == 0);
	governor_start(&governor, now);
	assert_true(governor_wait_ns(&governor, &config, 4, now) == S);
	/* A crash in the storm doubles the delay, up to its maximum. */
	governor_crash(&governor, &config, 4, now);
	governor_start(&governor, now);
	assert_true(governor_wait_ns(&governor, &config, 4, now) == 2 * S);
	for (int i = 0; i < 10; i++)
		governor_crash(&governor, &config, 4, now);
	governor_start(&governor, now);
	assert_true(governor_wait_ns(&governor, &config, 4, now) == 30 * S);
}

static void a_calm_half_window_ends_the_storm(void **state)
{
	struct governor governor = {.level = 0};
	int64_t now = 1000 * S;

	(void)state;
	crashes_until_storm(&governor, 4);
	governor_start(&governor, now + 30 * S);
	assert_true(governor_wait_ns(&governor, &config, 4, now + 30 * S) > 0);
	assert_true(governor_wait_ns(&governor, &config, 4, now + 37 * S) == 0);
	assert_false(governor.storm);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_worker_may_crash_once_and_the_limit_more),
		cmocka_unit_test(one_worker_or_no_limit_is_not_governed),
		cmocka_unit_test(a_storm_spaces_the_starts),
		cmocka_unit_test(a_calm_half_window_ends_the_storm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
