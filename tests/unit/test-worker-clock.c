#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <signal.h>
#include <cmocka.h>

#include "worker-fixture.h"

/* The machine's clock is set while a worker lives. */

struct moment {
	enum worker_state state;
	int64_t timer_ns;
	int64_t next_start_ns;
	int spawns;
	int signals;
};

enum { LIFE_LENGTH = 16 };

/* Notes what can be seen now; then time goes on, and the clock is set. */
static void note(struct moment *life, int *length, int64_t step_us)
{
	assert_in_range(*length, 0, LIFE_LENGTH - 1);
	life[(*length)++] = (struct moment){
		.state = worker.state,
		.timer_ns = world.timer_ns,
		.next_start_ns = worker.next_start_ns,
		.spawns = world.spawns,
		.signals = world.signals,
	};
	world.now_ns += S;
	world.real_us += step_us;
}

/* The time of the timer comes. */
static void expire(void)
{
	assert_true(world.timer_ns > 0);
	world.now_ns += world.timer_ns;
	input(INPUT_TIMER);
}

/* What a worker comes through: a start that takes too long, crashes up to the
 * limit, a cool-down, its probe, a good run, a stop that is not heeded. The
 * clock is set between any two of them. Returns how many moments were noted. */
static int live(struct moment life[LIFE_LENGTH], int64_t step_us)
{
	int length = 0;

	config.ready.when = READY_NOTIFY;
	config.restart.then = THEN_COOLDOWN;
	config.restart.cooldown_ns = 300 * S;
	input(INPUT_START);
	note(life, &length, step_us);
	expire(); /* not ready in time */
	note(life, &length, step_us);
	end_by(-1, SIGTERM);
	note(life, &length, step_us);
	for (int i = 0; i < 2; i++) {
		input(INPUT_READY);
		end_by(1, 0);
		note(life, &length, step_us);
		expire();
		note(life, &length, step_us);
	}
	input(INPUT_READY);
	end_by(1, 0); /* over the limit */
	note(life, &length, step_us);
	expire();
	input(INPUT_READY);
	world.now_ns += 20 * S; /* a good run */
	note(life, &length, step_us);
	end_by(1, 0);
	note(life, &length, step_us);
	input(INPUT_READY);
	worker_input(&worker, INPUT_STOP, CAUSE_STOPPED);
	note(life, &length, step_us);
	expire();
	note(life, &length, step_us);
	end_by(-1, SIGKILL);
	note(life, &length, step_us);
	return length;
}

static void steps_of_the_clock_change_no_timer(void **state)
{
	static const int64_t steps_us[] = {
		INT64_C(3600000000),
		INT64_C(-3600000000),
		INT64_C(-1000000), /* it stands still */
		INT64_C(400) * 24 * 3600 * 1000000,
		INT64_C(-400) * 24 * 3600 * 1000000,
	};
	struct moment expected[LIFE_LENGTH], life[LIFE_LENGTH];
	int length = live(expected, 0);

	/* It has been through all of it. */
	assert_int_equal(expected[7].state, WORKER_BACKOFF);
	assert_true(expected[7].timer_ns == 300 * S);
	assert_int_equal(expected[8].state, WORKER_READY);
	for (size_t i = 0; i < sizeof(steps_us) / sizeof(steps_us[0]); i++) {
		teardown(state);
		setup(state);
		assert_int_equal(live(life, steps_us[i]), length);
		for (int j = 0; j < length; j++) {
			assert_int_equal(life[j].state, expected[j].state);
			assert_true(life[j].timer_ns == expected[j].timer_ns);
			assert_true(life[j].next_start_ns ==
				    expected[j].next_start_ns);
			assert_int_equal(life[j].spawns, expected[j].spawns);
			assert_int_equal(life[j].signals, expected[j].signals);
		}
	}
}

static void what_is_shown_follows_the_clock(void **state)
{
	(void)state;
	input(INPUT_START);
	end_by(1, 0); /* starts again at once */
	world.real_us = 7000 * INT64_C(1000000);
	end_by(1, 0);
	assert_int_equal(worker.state, WORKER_BACKOFF);
	assert_true(worker.state_since_us == worker.kernel->now_us());
	assert_true(worker.next_start_us ==
		    worker.kernel->now_us() +
			    config.restart.delay_min_ns / 1000);
	assert_true(worker.next_start_ns ==
		    world.now_ns + config.restart.delay_min_ns);
	assert_true(worker.last_exit.at_us == worker.kernel->now_us());
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(steps_of_the_clock_change_no_timer),
		TEST(what_is_shown_follows_the_clock),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
