#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <cmocka.h>

#include "worker-fixture.h"

/* How workers start and stop. */

static void a_start_is_spawned_and_ready(void **state)
{
	(void)state;
	input(INPUT_START);
	assert_int_equal(worker.state, WORKER_READY);
	assert_true(worker.wanted);
	assert_int_equal(world.event_count, 2);
	assert_int_equal(world.events[0], EVENT_SPAWNED);
	assert_int_equal(world.events[1], EVENT_READY);
	assert_int_equal(worker.restarts, 0);
	assert_int_equal(world.changes, 1);
}

static void a_failed_start_is_a_crash_with_step_and_errno(void **state)
{
	(void)state;
	world.next_failure = ENOENT;
	input(INPUT_START);
	assert_int_equal(worker.state, WORKER_BACKOFF);
	assert_int_equal(worker.last_exit.cause, CAUSE_NOT_STARTED);
	assert_string_equal(worker.last_exit.step, "execve");
	assert_int_equal(worker.last_exit.error_number, ENOENT);
	assert_string_equal(world.last.object, "/srv/x");
	/* The next try comes from the loop, not from here. */
	assert_true(world.timer_ns > 0);
	world.next_failure = 0;
	world.now_ns += S;
	input(INPUT_TIMER);
	assert_int_equal(worker.state, WORKER_READY);
}

static void a_launch_that_fails_is_a_failed_start(void **state)
{
	(void)state;
	world.launching = true;
	config.restart.policy = RESTART_NEVER;
	input(INPUT_START);
	worker.run.end = (struct run_end){
		.code = 127,
		.failure = {.step = "execve",
			    .error_number = ENOENT,
			    .object = "/srv/x"},
	};
	worker.run.launching = false;
	input(INPUT_ENDED);
	assert_int_equal(worker.state, WORKER_DONE);
	assert_int_equal(worker.last_exit.cause, CAUSE_NOT_STARTED);
	assert_int_equal(worker.last_exit.error_number, ENOENT);
	assert_string_equal(world.last.step, "execve");
	assert_true(world.timer_ns == -1);
	for (int i = 0; i < world.event_count; i++)
		assert_int_not_equal(world.events[i], EVENT_READY);
}

static void a_start_waits_for_undrained_output(void **state)
{
	(void)state;
	input(INPUT_START);
	worker.outputs[0].run = 7;
	worker.outputs[1].run = 8;
	worker.run.end = (struct run_end){.code = 1};
	input(INPUT_ENDED);
	assert_int_equal(worker.state, WORKER_BACKOFF);
	assert_int_equal(world.spawns, 1);
	worker.outputs[0].run = 0;
	input(INPUT_CLEARED);
	assert_int_equal(worker.state, WORKER_READY);
}

static void leftovers_go_before_the_next_run(void **state)
{
	(void)state;
	input(INPUT_START);
	world.leftovers = true;
	end_by(-1, SIGSEGV);
	assert_int_equal(worker.state, WORKER_BACKOFF);
	assert_int_equal(world.sweeps, 1);
	assert_int_equal(world.spawns, 1);
	worker.sweep_run = 0;
	input(INPUT_CLEARED);
	assert_int_equal(worker.state, WORKER_READY);
	assert_int_equal(world.spawns, 2);
}

static void leftovers_are_kept_where_the_config_says_so(void **state)
{
	(void)state;
	config.leftovers = LEFTOVERS_KEEP;
	world.leftovers = true;
	input(INPUT_START);
	end_by(-1, SIGSEGV);
	assert_int_equal(world.sweeps, 0);
	assert_int_equal(worker.state, WORKER_READY);
}

static void a_stop_waits_for_the_end(void **state)
{
	(void)state;
	input(INPUT_START);
	worker_input(&worker, INPUT_STOP, CAUSE_STOPPED);
	assert_int_equal(worker.state, WORKER_STOPPING);
	assert_int_equal(world.signal, SIGTERM);
	assert_true(world.timer_ns == 10 * S);
	end_by(-1, SIGTERM);
	assert_int_equal(worker.state, WORKER_STOPPED);
	assert_int_equal(worker.last_exit.cause, CAUSE_STOPPED);
	assert_true(world.timer_ns == -1);
	assert_int_equal(world.spawns, 1);
}

static void a_stop_that_takes_too_long_kills_the_tree(void **state)
{
	(void)state;
	input(INPUT_START);
	worker_input(&worker, INPUT_STOP, CAUSE_STOPPED);
	input(INPUT_TIMER);
	assert_int_equal(world.signal, SIGKILL);
	assert_int_equal(world.sweeps, 1);
	end_by(-1, SIGKILL);
	/* An end that was asked for is no crash, not even by SIGKILL. */
	assert_int_equal(worker.last_exit.cause, CAUSE_STOPPED);
	assert_int_equal(worker.state, WORKER_STOPPING);
	worker.sweep_run = 0;
	input(INPUT_CLEARED);
	assert_int_equal(worker.state, WORKER_STOPPED);
}

static void a_stop_in_backoff_cancels_the_start(void **state)
{
	(void)state;
	input(INPUT_START);
	end_by(1, 0);
	end_by(1, 0);
	assert_int_equal(worker.state, WORKER_BACKOFF);
	worker_input(&worker, INPUT_STOP, CAUSE_STOPPED);
	assert_int_equal(worker.state, WORKER_STOPPED);
	assert_true(world.timer_ns == -1);
	world.now_ns += 100 * S;
	input(INPUT_TIMER);
	input(INPUT_CLEARED);
	assert_int_equal(world.spawns, 2);
}

static void a_start_while_stopping_starts_again(void **state)
{
	(void)state;
	input(INPUT_START);
	worker_input(&worker, INPUT_STOP, CAUSE_STOPPED);
	input(INPUT_START);
	end_by(-1, SIGTERM);
	assert_int_equal(worker.state, WORKER_READY);
	assert_int_equal(world.spawns, 2);
}

static void a_stop_during_a_restart_stays_down(void **state)
{
	(void)state;
	input(INPUT_START);
	worker_input(&worker, INPUT_RESTART, CAUSE_RESTARTED);
	worker_input(&worker, INPUT_STOP, CAUSE_STOPPED);
	end_by(-1, SIGTERM);
	assert_int_equal(worker.state, WORKER_STOPPED);
	assert_int_equal(worker.last_exit.cause, CAUSE_STOPPED);
}

static void a_closed_gate_holds_starts_and_restarts(void **state)
{
	(void)state;
	world.gate_closed = true;
	input(INPUT_START);
	assert_int_equal(worker.state, WORKER_STOPPED);
	assert_true(worker.wanted);
	world.gate_closed = false;
	input(INPUT_START);
	assert_int_equal(worker.state, WORKER_READY);
	world.gate_closed = true;
	end_by(1, 0);
	assert_int_equal(worker.state, WORKER_BACKOFF);
	assert_true(worker.gated);
	input(INPUT_CLEARED);
	assert_int_equal(worker.state, WORKER_BACKOFF);
	world.gate_closed = false;
	input(INPUT_CLEARED);
	assert_int_equal(worker.state, WORKER_READY);
	assert_false(worker.gated);
}

/* Brings the new worker into a state, as it comes to it by itself. */
static void reach(enum worker_state state)
{
	int crashes = state == WORKER_BACKOFF  ? 2
		      : state == WORKER_FAILED ? 4
					       : 0;

	if (state == WORKER_STARTING)
		config.ready.when = READY_STARTED + 1;
	if (state == WORKER_DONE)
		config.restart.policy = RESTART_NEVER;
	world.gate_closed = state == WORKER_STOPPED;
	input(INPUT_START);
	world.gate_closed = false;
	for (int i = 0; i < crashes; i++) {
		if (worker.state == WORKER_BACKOFF) {
			world.now_ns += 10 * S;
			input(INPUT_TIMER);
		}
		end_by(1, 0);
	}
	if (state == WORKER_UNHEALTHY)
		input(INPUT_UNHEALTHY);
	if (state == WORKER_STOPPING)
		worker_input(&worker, INPUT_STOP, CAUSE_STOPPED);
	if (state == WORKER_DONE)
		end_by(0, 0);
	assert_int_equal(worker.state, state);
}

/* A start, a stop and a restart by hand lead from each state to these. */
static void wishes_are_heard_in_each_state(void **state)
{
	static const enum worker_state after[WORKER_STATE_COUNT][3] = {
		[WORKER_STOPPED] = {WORKER_READY, WORKER_STOPPED, WORKER_READY},
		[WORKER_STARTING] = {WORKER_STARTING, WORKER_STOPPING,
				     WORKER_STOPPING},
		[WORKER_READY] = {WORKER_READY, WORKER_STOPPING,
				  WORKER_STOPPING},
		[WORKER_UNHEALTHY] = {WORKER_UNHEALTHY, WORKER_STOPPING,
				      WORKER_STOPPING},
		[WORKER_STOPPING] = {WORKER_STOPPING, WORKER_STOPPING,
				     WORKER_STOPPING},
		[WORKER_BACKOFF] = {WORKER_READY, WORKER_STOPPED, WORKER_READY},
		[WORKER_FAILED] = {WORKER_READY, WORKER_STOPPED, WORKER_READY},
		[WORKER_DONE] = {WORKER_READY, WORKER_STOPPED, WORKER_READY},
	};
	static const enum worker_input wishes[3] = {INPUT_START, INPUT_STOP,
						    INPUT_RESTART};

	for (int from = 0; from < WORKER_STATE_COUNT; from++) {
		for (int i = 0; i < 3; i++) {
			teardown(state);
			assert_int_equal(setup(state), 0);
			reach(from);
			worker_input(&worker, wishes[i],
				     wishes[i] == INPUT_STOP ? CAUSE_STOPPED
							     : CAUSE_RESTARTED);
			assert_int_equal(worker.state, after[from][i]);
			assert_int_equal(worker.wanted,
					 wishes[i] != INPUT_STOP);
		}
	}
}

/* Whatever comes in whatever state: no assertion fails, and nothing runs that
 * the machine does not know of. */
static void any_order_of_inputs_is_survived(void **state)
{
	uint32_t random = 12345;

	(void)state;
	config.restart.limit_window_ns = S;
	for (int i = 0; i < 200000; i++) {
		enum worker_input what;

		random = random * 1664525 + 1013904223;
		what = (random >> 16) % INPUT_COUNT;
		world.event_count = 0;
		world.now_ns += S / 8;
		world.leftovers = random >> 30 == 1;
		world.evidence = random >> 29 & 1;
		world.gate_closed = random >> 27 == 3;
		if (what == INPUT_READY)
			continue;
		if (what == INPUT_CLEARED)
			worker.sweep_run = 0;
		if (what == INPUT_ENDED && worker.run.pid == 0)
			continue;
		if (what == INPUT_ENDED)
			end_by(random >> 28 & 1,
			       random >> 29 & 1 ? SIGKILL : 0);
		else
			worker_input(&worker, what,
				     what == INPUT_STOP	 ? CAUSE_STOPPED
				     : what == INPUT_END ? CAUSE_MEMORY
							 : CAUSE_RESTARTED);
		assert_int_equal(worker.run.pid > 0,
				 worker.state == WORKER_READY ||
					 worker.state == WORKER_UNHEALTHY ||
					 (worker.state == WORKER_STOPPING &&
					  worker.run.pid > 0));
	}
	assert_true(world.spawns > 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_start_is_spawned_and_ready),
		TEST(a_failed_start_is_a_crash_with_step_and_errno),
		TEST(a_launch_that_fails_is_a_failed_start),
		TEST(a_start_waits_for_undrained_output),
		TEST(leftovers_go_before_the_next_run),
		TEST(leftovers_are_kept_where_the_config_says_so),
		TEST(a_stop_waits_for_the_end),
		TEST(a_stop_that_takes_too_long_kills_the_tree),
		TEST(a_stop_in_backoff_cancels_the_start),
		TEST(a_start_while_stopping_starts_again),
		TEST(a_stop_during_a_restart_stays_down),
		TEST(a_closed_gate_holds_starts_and_restarts),
		TEST(wishes_are_heard_in_each_state),
		TEST(any_order_of_inputs_is_survived),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
