#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "supervisor/policy.h"

#define MS INT64_C(1000000)
#define S INT64_C(1000000000)

static struct restart_config defaults(void)
{
	return (struct restart_config){
		.policy = RESTART_ALWAYS,
		.delay_min_ns = 100 * MS,
		.delay_max_ns = 30 * S,
		.factor = 2,
		.jitter = 0.1,
		.reset_ns = 10 * S,
		.limit = 5,
		.limit_window_ns = 60 * S,
		.then = THEN_COOLDOWN,
		.cooldown_ns = 300 * S,
	};
}

static struct policy_decision crash_at(struct policy *policy,
				       const struct restart_config *config,
				       int64_t now_ns)
{
	struct policy_end end = {.now_ns = now_ns, .crash = true};

	return policy_decide(policy, config, &end);
}

static void first_restart_is_immediate_then_delays_grow(void **state)
{
	static const int64_t expected[] = {0, 100 * MS, 200 * MS, 400 * MS,
					   800 * MS};
	struct restart_config config = defaults();
	struct policy policy = {0};

	(void)state;
	assert_int_equal(policy_init(&policy, &config), 0);
	for (int i = 0; i < 5; i++) {
		struct policy_decision decision =
			crash_at(&policy, &config, i * S);

		assert_int_equal(decision.verdict, POLICY_RESTART);
		assert_true(decision.delay_ns == expected[i]);
	}
	policy_release(&policy);
}

static void delays_end_at_the_maximum(void **state)
{
	struct restart_config config = defaults();
	struct policy policy = {0};
	int64_t delay = 0;

	(void)state;
	config.limit = 0;
	assert_int_equal(policy_init(&policy, &config), 0);
	for (int i = 0; i < 10000; i++)
		delay = crash_at(&policy, &config, i).delay_ns;
	assert_true(delay == config.delay_max_ns);
	policy_release(&policy);
}

static void jitter_goes_both_ways(void **state)
{
	struct restart_config config = defaults();
	struct policy policy = {0};
	struct policy_end end = {.crash = true, .chance = 1};

	(void)state;
	assert_int_equal(policy_init(&policy, &config), 0);
	policy_decide(&policy, &config, &end);
	assert_true(policy_decide(&policy, &config, &end).delay_ns == 110 * MS);
	end.chance = -1;
	assert_true(policy_decide(&policy, &config, &end).delay_ns == 180 * MS);
	policy_release(&policy);
}

static void the_crash_after_the_limit_cools_down(void **state)
{
	struct restart_config config = defaults();
	struct policy policy = {0};
	struct policy_decision decision;

	(void)state;
	assert_int_equal(policy_init(&policy, &config), 0);
	for (int i = 0; i < 5; i++)
		assert_int_equal(crash_at(&policy, &config, i * S).verdict,
				 POLICY_RESTART);
	decision = crash_at(&policy, &config, 6 * S);
	assert_int_equal(decision.verdict, POLICY_COOLDOWN);
	assert_true(decision.delay_ns == 300 * S);
	policy_release(&policy);
}

static void old_crashes_leave_the_window(void **state)
{
	struct restart_config config = defaults();
	struct policy policy = {0};

	(void)state;
	assert_int_equal(policy_init(&policy, &config), 0);
	for (int i = 0; i < 100; i++)
		assert_int_equal(crash_at(&policy, &config, i * 13 * S).verdict,
				 POLICY_RESTART);
	policy_release(&policy);
}

static void a_failed_probe_doubles_the_cooldown_up_to_an_hour(void **state)
{
	struct restart_config config = defaults();
	struct policy policy = {0};
	int64_t now = 0, expected = 300 * S;

	(void)state;
	assert_int_equal(policy_init(&policy, &config), 0);
	for (int i = 0; i < 5; i++)
		crash_at(&policy, &config, now);
	for (int i = 0; i < 8; i++) {
		struct policy_decision decision =
			crash_at(&policy, &config, now);

		assert_int_equal(decision.verdict, POLICY_COOLDOWN);
		assert_true(decision.delay_ns == expected);
		expected = expected * 2 > 3600 * S ? 3600 * S : expected * 2;
		now += decision.delay_ns;
	}
	policy_release(&policy);
}

static void a_good_probe_clears_everything(void **state)
{
	struct restart_config config = defaults();
	struct policy policy = {0};
	struct policy_end good = {
		.now_ns = 1000 * S, .ready_ns = 10 * S, .crash = true};
	struct policy_decision decision;

	(void)state;
	assert_int_equal(policy_init(&policy, &config), 0);
	for (int i = 0; i < 6; i++)
		crash_at(&policy, &config, i);
	assert_true(policy.probing);
	decision = policy_decide(&policy, &config, &good);
	assert_int_equal(decision.verdict, POLICY_RESTART);
	assert_true(decision.delay_ns == 0);
	assert_int_equal(policy.cooldowns, 0);
	policy_release(&policy);
}

static void then_fail_gives_up(void **state)
{
	struct restart_config config = defaults();
	struct policy policy = {0};

	(void)state;
	config.then = THEN_FAIL;
	config.limit = 1;
	assert_int_equal(policy_init(&policy, &config), 0);
	assert_int_equal(crash_at(&policy, &config, 0).verdict, POLICY_RESTART);
	assert_int_equal(crash_at(&policy, &config, 1).verdict, POLICY_FAIL);
	policy_release(&policy);
}

static void policies_say_when_to_stop(void **state)
{
	struct restart_config config = defaults();
	struct policy policy = {0};
	struct policy_end success = {.crash = false};
	struct policy_end crash = {.crash = true};

	(void)state;
	assert_int_equal(policy_init(&policy, &config), 0);
	config.policy = RESTART_ON_FAILURE;
	assert_int_equal(policy_decide(&policy, &config, &success).verdict,
			 POLICY_DONE);
	assert_int_equal(policy_decide(&policy, &config, &crash).verdict,
			 POLICY_RESTART);
	config.policy = RESTART_NEVER;
	assert_int_equal(policy_decide(&policy, &config, &crash).verdict,
			 POLICY_DONE);
	policy_release(&policy);
}

static void success_under_always_backs_off_but_never_trips(void **state)
{
	struct restart_config config = defaults();
	struct policy policy = {0};
	struct policy_end success = {.crash = false};
	struct policy_decision decision = {0};

	(void)state;
	assert_int_equal(policy_init(&policy, &config), 0);
	for (int i = 0; i < 20; i++) {
		decision = policy_decide(&policy, &config, &success);
		assert_int_equal(decision.verdict, POLICY_RESTART);
	}
	assert_true(decision.delay_ns == config.delay_max_ns);
	policy_release(&policy);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(first_restart_is_immediate_then_delays_grow),
		cmocka_unit_test(delays_end_at_the_maximum),
		cmocka_unit_test(jitter_goes_both_ways),
		cmocka_unit_test(the_crash_after_the_limit_cools_down),
		cmocka_unit_test(old_crashes_leave_the_window),
		cmocka_unit_test(
			a_failed_probe_doubles_the_cooldown_up_to_an_hour),
		cmocka_unit_test(a_good_probe_clears_everything),
		cmocka_unit_test(then_fail_gives_up),
		cmocka_unit_test(policies_say_when_to_stop),
		cmocka_unit_test(
			success_under_always_backs_off_but_never_trips),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
