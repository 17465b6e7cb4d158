#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <cmocka.h>

#include "supervisor/pool.h"
#include "supervisor/worker.h"

#define S INT64_C(1000000000)

/* The world as the machine sees it: what it asked for is written down. */
static struct {
	int64_t now_ns;
	int spawns;
	int next_failure; /* errno of the next spawn; 0: it succeeds */
	bool launching; /* that it succeeds is known later */
	int signal; /* the last one that was sent */
	int signals;
	int64_t timer_ns; /* -1: none is set */
	bool leftovers;
	int sweeps;
	uint64_t events[32]; /* kinds, in order */
	struct event_record last;
	int event_count;
	int changes;
	bool gate_closed;
	bool evidence; /* somebody can gather it */
	int evidences;
} world;

static struct pool_config config;
static struct pool pool = {.config = &config};
static struct worker worker;

static int64_t now_ns(void)
{
	return world.now_ns;
}

static int64_t now_us(void)
{
	return world.now_ns / 1000;
}

static double chance(void)
{
	return 0;
}

static int fake_spawn(struct worker *spawned, struct spawn_failure *failure)
{
	int pair = worker_free_output(spawned);

	spawned->run.number++;
	assert_true(pair >= 0);
	spawned->run.pair = (unsigned)pair;
	if (world.next_failure) {
		*failure = (struct spawn_failure){
			.step = "execve",
			.error_number = world.next_failure,
			.object = "/srv/x",
		};
		return -1;
	}
	world.spawns++;
	spawned->outputs[pair].run = spawned->run.number;
	spawned->run.pid = 1000 + world.spawns;
	spawned->run.started_ns = world.now_ns;
	spawned->run.launching = world.launching;
	spawned->run.stop_signal = config.stop.signal;
	spawned->run.stop_timeout_ns = config.stop.timeout_ns;
	return 0;
}

static void send_signal(struct worker *signalled, int number)
{
	assert_true(signalled->run.pid > 0);
	world.signal = number;
	world.signals++;
}

static void set_timer(struct worker *timed, int64_t delay_ns)
{
	(void)timed;
	world.timer_ns = delay_ns;
}

static bool has_leftovers(struct worker *asked)
{
	(void)asked;
	return world.leftovers;
}

static void fake_sweep(struct worker *swept)
{
	assert_true(swept->sweep_run > 0);
	world.sweeps++;
}

static bool may_start(struct worker *asked)
{
	(void)asked;
	return !world.gate_closed;
}

static bool gather_evidence(struct worker *looked_at)
{
	assert_true(looked_at->run.pid > 0);
	world.evidences += world.evidence;
	return world.evidence;
}

static void report(struct worker *reported, struct event_record *event)
{
	(void)reported;
	assert_in_range(world.event_count, 0, 31);
	world.events[world.event_count++] = event->kind;
	world.last = *event;
}

static void changed(struct worker *what)
{
	(void)what;
	world.changes++;
}

static const struct kernel kernel = {
	.now_ns = now_ns,
	.now_us = now_us,
	.chance = chance,
	.spawn = fake_spawn,
	.send_signal = send_signal,
	.set_timer = set_timer,
	.has_leftovers = has_leftovers,
	.sweep = fake_sweep,
	.may_start = may_start,
	.gather_evidence = gather_evidence,
	.report = report,
	.changed = changed,
};

static int setup(void **state)
{
	(void)state;
	memset(&world, 0, sizeof(world));
	world.now_ns = 1000 * S;
	world.timer_ns = -1;
	config = (struct pool_config){
		.name = "web",
		.restart = {.delay_min_ns = S,
			    .delay_max_ns = 30 * S,
			    .factor = 2,
			    .reset_ns = 10 * S,
			    .limit = 3,
			    .limit_window_ns = 60 * S,
			    .then = THEN_FAIL},
		.start = {.timeout_ns = 60 * S},
		.stop = {.signal = SIGTERM, .timeout_ns = 10 * S},
	};
	config.restart.success.codes[0] = true;
	memset(&worker, 0, sizeof(worker));
	worker.pool = &pool;
	worker.kernel = &kernel;
	worker.next_reason = "config";
	worker.run.pair = 1;
	return policy_init(&worker.policy, &config.restart);
}

static int teardown(void **state)
{
	(void)state;
	policy_release(&worker.policy);
	return 0;
}

static void input(enum worker_input what)
{
	worker_input(&worker, what, CAUSE_NONE);
}

/* The main process ends; the logger has drained it at once. */
static void end_by(int code, int number)
{
	uint64_t run = worker.run.number;

	worker.run.end = (struct run_end){.code = code, .signal = number};
	for (int i = 0; i < OUTPUT_PAIRS; i++)
		if (worker.outputs[i].run == run)
			worker.outputs[i].run = 0;
	input(INPUT_ENDED);
}

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

static void the_first_stop_names_the_cause(void **state)
{
	(void)state;
	input(INPUT_START);
	worker_input(&worker, INPUT_STOP, CAUSE_STOPPED);
	worker_input(&worker, INPUT_STOP, CAUSE_RELOAD);
	end_by(-1, SIGTERM);
	assert_int_equal(worker.last_exit.cause, CAUSE_STOPPED);
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

/* ---- runs that are not well ---- */

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

/* ---- readiness ---- */

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
	end_by(-1, SIGTERM);
	assert_int_equal(worker.last_exit.cause, CAUSE_START_TIMEOUT);
	assert_int_equal(worker.state, WORKER_STARTING);
	config.start.action = ACTION_NONE;
	input(INPUT_TIMER);
	assert_int_equal(worker.state, WORKER_STARTING);
}

/* ---- the gate ---- */

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

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_start_is_spawned_and_ready),
		TEST(a_crash_restarts_at_once_then_later),
		TEST(too_many_crashes_fail),
		TEST(a_stop_waits_for_the_end),
		TEST(a_stop_that_takes_too_long_kills_the_tree),
		TEST(leftovers_go_before_the_next_run),
		TEST(leftovers_are_kept_where_the_config_says_so),
		TEST(a_start_waits_for_undrained_output),
		TEST(a_failed_start_is_a_crash_with_step_and_errno),
		TEST(a_run_is_not_ready_before_its_program_runs),
		TEST(a_launch_that_fails_is_a_failed_start),
		TEST(a_restart_by_hand_is_no_crash),
		TEST(a_signal_by_hand_is_no_crash),
		TEST(a_signal_by_hand_is_a_stop_where_nothing_starts_again),
		TEST(a_stop_in_backoff_cancels_the_start),
		TEST(a_start_while_stopping_starts_again),
		TEST(a_stop_during_a_restart_stays_down),
		TEST(the_first_stop_names_the_cause),
		TEST(success_ends_on_failure_pools),
		TEST(term_by_others_is_a_crash_unless_listed),
		TEST(a_fault_stores_evidence_then_stops),
		TEST(evidence_is_not_waited_for_for_ever),
		TEST(a_kill_by_hand_waits_for_nothing),
		TEST(a_stop_of_a_faulty_run_keeps_the_cause),
		TEST(a_lifetime_is_no_crash),
		TEST(unhealthy_and_back),
		TEST(a_run_that_has_to_say_so_is_starting_until_then),
		TEST(a_run_that_is_not_ready_in_time_ends),
		TEST(a_closed_gate_holds_starts_and_restarts),
		TEST(any_order_of_inputs_is_survived),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
