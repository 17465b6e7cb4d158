#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "supervisor/scaling.h"

#define SECOND INT64_C(1000000000)

static const struct scaling_bounds bounds = {1, 40, 30 * SECOND};

static struct scaling_decision decide(struct scaling *scaling, int64_t now_s,
				      uint32_t workers, uint32_t wished)
{
	const struct scaling_need need = {now_s * SECOND, workers, wished,
					  true};

	return scaling_decide(scaling, &bounds, &need);
}

static void need_that_lasts_doubles_the_steps(void **state)
{
	static const uint32_t expected[] = {2, 4, 8, 16, 32, 40};
	struct scaling scaling = {0};
	uint32_t workers = 1;

	(void)state;
	for (int i = 0; i < 6; i++) {
		workers = decide(&scaling, i, workers, 100).workers;
		assert_int_equal(workers, expected[i]);
	}
	/* Told once, and again when there was no need in between. */
	assert_int_equal(decide(&scaling, 7, 40, 100).verdict, SCALING_AT_MAX);
	assert_int_equal(decide(&scaling, 8, 40, 100).verdict, SCALING_KEEP);
	decide(&scaling, 9, 40, 40);
	assert_int_equal(decide(&scaling, 10, 40, 100).verdict, SCALING_AT_MAX);
}

static void a_step_is_one_again_when_there_was_enough(void **state)
{
	struct scaling scaling = {0};

	(void)state;
	assert_int_equal(decide(&scaling, 1, 1, 10).workers, 2);
	assert_int_equal(decide(&scaling, 2, 2, 10).workers, 4);
	decide(&scaling, 3, 4, 4);
	assert_int_equal(decide(&scaling, 4, 4, 10).workers, 5);
}

static void no_more_than_needed_are_added(void **state)
{
	struct scaling scaling = {.rate = 32};

	(void)state;
	assert_int_equal(decide(&scaling, 1, 4, 6).workers, 6);
}

static void a_pool_that_is_not_well_gets_no_more(void **state)
{
	struct scaling scaling = {0};
	const struct scaling_need need = {SECOND, 2, 10, false};

	(void)state;
	assert_int_equal(scaling_decide(&scaling, &bounds, &need).verdict,
			 SCALING_KEEP);
}

static void one_at_a_time_goes_after_a_calm_time(void **state)
{
	struct scaling scaling = {0};

	(void)state;
	assert_int_equal(decide(&scaling, 1, 4, 2).verdict, SCALING_KEEP);
	assert_int_equal(decide(&scaling, 30, 4, 2).verdict, SCALING_KEEP);
	assert_int_equal(decide(&scaling, 31, 4, 2).workers, 3);
	assert_int_equal(decide(&scaling, 32, 3, 2).workers, 2);
	assert_int_equal(decide(&scaling, 99, 1, 0).verdict, SCALING_KEEP);
	/* Some need in between begins the wait anew. */
	decide(&scaling, 100, 4, 2);
	decide(&scaling, 120, 4, 4);
	assert_int_equal(decide(&scaling, 131, 4, 2).verdict, SCALING_KEEP);
}

static void to_and_fro_makes_the_next_one_wait_longer(void **state)
{
	struct scaling scaling = {0};

	(void)state;
	decide(&scaling, 1, 2, 1);
	assert_int_equal(decide(&scaling, 31, 2, 1).workers, 1);
	assert_int_equal(decide(&scaling, 40, 1, 2).workers, 2);
	assert_int_equal(scaling.penalty, 1);
	decide(&scaling, 41, 2, 1);
	assert_int_equal(decide(&scaling, 71, 2, 1).verdict, SCALING_KEEP);
	assert_int_equal(decide(&scaling, 101, 2, 1).workers, 1);
	/* A long calm time takes it back. */
	decide(&scaling, 200, 1, 2);
	decide(&scaling, 500, 2, 1);
	assert_int_equal(decide(&scaling, 600, 2, 1).workers, 1);
	assert_int_equal(scaling.penalty, 0);
}

static void an_idle_worker_goes_unless_it_is_one_of_the_fewest(void **state)
{
	struct scaling scaling = {0};

	(void)state;
	assert_false(
		scaling_release(&scaling, &bounds, SECOND, 1, 99 * SECOND));
	assert_false(
		scaling_release(&scaling, &bounds, SECOND, 2, 29 * SECOND));
	assert_true(scaling_release(&scaling, &bounds, SECOND, 2, 30 * SECOND));
	decide(&scaling, 2, 1, 2);
	assert_false(scaling_release(&scaling, &bounds, 40 * SECOND, 2,
				     35 * SECOND));
	assert_true(scaling_release(&scaling, &bounds, 70 * SECOND, 2,
				    60 * SECOND));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(need_that_lasts_doubles_the_steps),
		cmocka_unit_test(a_step_is_one_again_when_there_was_enough),
		cmocka_unit_test(no_more_than_needed_are_added),
		cmocka_unit_test(a_pool_that_is_not_well_gets_no_more),
		cmocka_unit_test(one_at_a_time_goes_after_a_calm_time),
		cmocka_unit_test(to_and_fro_makes_the_next_one_wait_longer),
		cmocka_unit_test(
			an_idle_worker_goes_unless_it_is_one_of_the_fewest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
