#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <signal.h>
#include <cmocka.h>

#include "worker-fixture.h"

/* What counts as a crash, and what follows from the end of a run. */

static void a_crash_restarts_at_once_then_later(void **state)
{
	(void)state;
	input(INPUT_START);
	end_by(-1, SIGSEGV);
	assert_int_equal(worker.state, WORKER_READY);
	assert_int_equal(world.spawns, 2);
	assert_int_equal(worker.restarts, 1);
	assert_int_equal(worker.last_exit.cause, CAUSE_CRASHED);
	assert_int_equal(worker.last_exit.signal, SIGSEGV);
	end_by(3, 0);
	assert_int_equal(worker.state, WORKER_BACKOFF);
	assert_true(world.timer_ns == S);
	/* The timer goes off a bit early, as those of the loop may. */
	world.now_ns += S - 4000000;
	input(INPUT_TIMER);
	assert_int_equal(world.spawns, 2);
	assert_true(world.timer_ns == 4000000);
	world.now_ns += 4000000;
	input(INPUT_TIMER);
	assert_int_equal(world.spawns, 3);
	assert_int_equal(worker.state, WORKER_READY);
}

static void too_many_crashes_fail(void **state)
{
	(void)state;
	input(INPUT_START);
	for (int i = 0; i < 4; i++) {
		end_by(1, 0);
		world.now_ns += 10 * S;
		input(INPUT_TIMER);
	}
	assert_int_equal(worker.state, WORKER_FAILED);
	assert_true(worker.wanted);
	input(INPUT_START);
	assert_int_equal(worker.state, WORKER_READY);
}

static void a_restart_by_hand_is_no_crash(void **state)
{
	(void)state;
	for (int i = 0; i < 20; i++) {
		if (i == 0)
			input(INPUT_START);
		worker_input(&worker, INPUT_RESTART, CAUSE_RESTARTED);
		assert_int_equal(worker.state, WORKER_STOPPING);
		end_by(-1, SIGTERM);
		assert_int_equal(worker.state, WORKER_READY);
		world.event_count = 0;
	}
	assert_int_equal(worker.restarts, 20);
	assert_int_equal(worker.last_exit.cause, CAUSE_RESTARTED);
	assert_int_equal(worker.policy.count, 0);
}

static void a_signal_by_hand_is_no_crash(void **state)
{
	(void)state;
	input(INPUT_START);
	worker.run.hand_signal = SIGKILL;
	end_by(-1, SIGKILL);
	assert_int_equal(worker.state, WORKER_READY);
	assert_int_equal(worker.last_exit.cause, CAUSE_RESTARTED);
	assert_int_equal(worker.policy.count, 0);
}

static void a_signal_by_hand_is_a_stop_where_nothing_starts_again(void **state)
{
	(void)state;
	config.restart.policy = RESTART_NEVER;
	input(INPUT_START);
	worker.run.hand_signal = SIGKILL;
	end_by(-1, SIGKILL);
	assert_int_equal(worker.state, WORKER_DONE);
	assert_int_equal(worker.last_exit.cause, CAUSE_STOPPED);
}

static void a_lifetime_is_no_crash(void **state)
{
	(void)state;
	world.evidence = true;
	config.restart.policy = RESTART_NEVER;
	input(INPUT_START);
	worker_end(&worker, CAUSE_LIFETIME, "12h");
	assert_int_equal(world.evidences, 0);
	assert_int_equal(world.signal, SIGTERM);
	end_by(-1, SIGTERM);
	assert_int_equal(worker.state, WORKER_READY);
	assert_int_equal(worker.policy.count, 0);
}

static void success_ends_on_failure_pools(void **state)
{
	(void)state;
	config.restart.policy = RESTART_ON_FAILURE;
	input(INPUT_START);
	end_by(0, 0);
	assert_int_equal(worker.state, WORKER_DONE);
	assert_int_equal(worker.last_exit.cause, CAUSE_EXITED);
	assert_true(worker_is_up(&worker));
	assert_int_equal(world.last.kind, EVENT_ENDED);
	assert_int_equal(world.last.pid, 1001);
}

static void term_by_others_is_a_crash_unless_listed(void **state)
{
	(void)state;
	input(INPUT_START);
	end_by(-1, SIGTERM);
	assert_int_equal(worker.last_exit.cause, CAUSE_CRASHED);
	config.restart.success.signals[SIGTERM] = true;
	end_by(-1, SIGTERM);
	assert_int_equal(worker.last_exit.cause, CAUSE_EXITED);
}

static void the_first_stop_names_the_cause(void **state)
{
	(void)state;
	input(INPUT_START);
	worker_input(&worker, INPUT_STOP, CAUSE_STOPPED);
	worker_input(&worker, INPUT_STOP, CAUSE_RELOAD);
	end_by(-1, SIGTERM);
	assert_int_equal(worker.last_exit.cause, CAUSE_STOPPED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_crash_restarts_at_once_then_later),
		TEST(too_many_crashes_fail),
		TEST(a_restart_by_hand_is_no_crash),
		TEST(a_signal_by_hand_is_no_crash),
		TEST(a_signal_by_hand_is_a_stop_where_nothing_starts_again),
		TEST(a_lifetime_is_no_crash),
		TEST(success_ends_on_failure_pools),
		TEST(term_by_others_is_a_crash_unless_listed),
		TEST(the_first_stop_names_the_cause),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
