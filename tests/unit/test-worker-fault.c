#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <signal.h>
#include <string.h>
#include <cmocka.h>

#include "worker-fixture.h"

/* Runs that are not ready, or not well. */

static void a_run_is_not_ready_before_its_program_runs(void **state)
{
	(void)state;
	world.launching = true;
	input(INPUT_START);
	assert_int_equal(worker.state, WORKER_STARTING);
	assert_true(world.timer_ns == 60 * S);
	worker.run.launching = false;
	input(INPUT_READY);
	assert_int_equal(worker.state, WORKER_READY);
	assert_true(world.timer_ns == -1);
	assert_true(worker.run.ready_ns == world.now_ns);
}

static void a_run_that_has_to_say_so_is_starting_until_then(void **state)
{
	(void)state;
	config.ready.when = READY_STARTED + 1;
	input(INPUT_START);
	assert_int_equal(worker.state, WORKER_STARTING);
	assert_true(world.timer_ns == 60 * S);
	worker_extend(&worker, 90 * S);
	assert_true(world.timer_ns == 90 * S);
	input(INPUT_READY);
	assert_int_equal(worker.state, WORKER_READY);
	assert_true(world.timer_ns == -1);
}

static void a_run_that_is_not_ready_in_time_ends(void **state)
{
	(void)state;
	config.ready.when = READY_STARTED + 1;
	input(INPUT_START);
	world.now_ns += 60 * S;
	input(INPUT_TIMER);
	assert_int_equal(worker.state, WORKER_STOPPING);
	assert_string_equal(worker.run.why, "tcp: no answer yet");
	end_by(-1, SIGTERM);
	assert_int_equal(worker.last_exit.cause, CAUSE_START_TIMEOUT);
	assert_int_equal(worker.state, WORKER_STARTING);
	config.start.action = ACTION_NONE;
	input(INPUT_TIMER);
	assert_int_equal(worker.state, WORKER_STARTING);
}

static void unhealthy_and_back(void **state)
{
	(void)state;
	input(INPUT_START);
	input(INPUT_UNHEALTHY);
	assert_int_equal(worker.state, WORKER_UNHEALTHY);
	assert_false(worker_is_up(&worker));
	input(INPUT_HEALTHY);
	assert_int_equal(worker.state, WORKER_READY);
}

static void an_unhealthy_run_may_end(void **state)
{
	(void)state;
	input(INPUT_START);
	input(INPUT_UNHEALTHY);
	end_by(1, 0);
	assert_int_equal(worker.state, WORKER_READY);
	assert_int_equal(world.spawns, 2);
	assert_int_equal(worker.last_exit.cause, CAUSE_CRASHED);
	input(INPUT_UNHEALTHY);
	worker_end(&worker, CAUSE_MEMORY, "memory %dM over 400M", 412);
	assert_int_equal(worker.state, WORKER_STOPPING);
}

static void a_fault_stores_evidence_then_stops(void **state)
{
	(void)state;
	world.evidence = true;
	input(INPUT_START);
	worker_end(&worker, CAUSE_MEMORY, "memory %dM over 400M", 412);
	assert_int_equal(worker.state, WORKER_STOPPING);
	assert_int_equal(world.evidences, 1);
	assert_int_equal(world.signals, 0);
	assert_int_equal(world.last.text.size, strlen("memory 412M over 400M"));
	input(INPUT_EVIDENCE);
	assert_int_equal(world.signal, SIGTERM);
	assert_true(world.timer_ns == 10 * S);
	end_by(-1, SIGTERM);
	assert_int_equal(worker.last_exit.cause, CAUSE_MEMORY);
	assert_int_equal(worker.state, WORKER_READY);
	/* It counts as a crash. */
	assert_int_equal(worker.policy.count, 1);
	assert_string_equal(worker.run.why, "");
}

static void evidence_is_not_waited_for_for_ever(void **state)
{
	(void)state;
	world.evidence = true;
	input(INPUT_START);
	worker_end(&worker, CAUSE_UNHEALTHY, "http: status 500");
	assert_true(world.timer_ns == S);
	input(INPUT_TIMER);
	assert_int_equal(world.signal, SIGTERM);
	/* The stop takes too long: it is looked at again, then killed. */
	input(INPUT_TIMER);
	assert_int_equal(world.evidences, 2);
	assert_int_equal(world.signal, SIGTERM);
	input(INPUT_TIMER);
	assert_int_equal(world.signal, SIGKILL);
	assert_int_equal(world.sweeps, 1);
	/* An answer that comes late changes nothing. */
	input(INPUT_EVIDENCE);
	assert_int_equal(world.signals, 2);
}

static void a_kill_by_hand_waits_for_nothing(void **state)
{
	(void)state;
	world.evidence = true;
	input(INPUT_START);
	worker_input(&worker, INPUT_STOP, CAUSE_STOPPED);
	input(INPUT_KILL);
	assert_int_equal(world.signal, SIGKILL);
	assert_int_equal(world.evidences, 0);
}

static void a_stop_of_a_faulty_run_keeps_the_cause(void **state)
{
	(void)state;
	input(INPUT_START);
	worker_end(&worker, CAUSE_ZOMBIES, "zombies 3 over 0 for 10s");
	worker_input(&worker, INPUT_STOP, CAUSE_STOPPED);
	end_by(0, 0);
	assert_int_equal(worker.state, WORKER_STOPPED);
	assert_int_equal(worker.last_exit.cause, CAUSE_ZOMBIES);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_run_is_not_ready_before_its_program_runs),
		TEST(a_run_that_has_to_say_so_is_starting_until_then),
		TEST(a_run_that_is_not_ready_in_time_ends),
		TEST(unhealthy_and_back),
		TEST(an_unhealthy_run_may_end),
		TEST(a_fault_stores_evidence_then_stops),
		TEST(evidence_is_not_waited_for_for_ever),
		TEST(a_kill_by_hand_waits_for_nothing),
		TEST(a_stop_of_a_faulty_run_keeps_the_cause),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
