#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <signal.h>
#include <string.h>
#include <cmocka.h>

#include "worker-fixture.h"

struct world world;
struct pool_config config;
struct worker worker;

static struct pool pool = {.config = &config};

static int64_t now_ns(void)
{
	return world.now_ns;
}

static int64_t now_us(void)
{
	return world.real_us + world.now_ns / 1000;
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

static void say_missing(const struct worker *asked, char *text, size_t size)
{
	(void)asked;
	snprintf(text, size, "tcp: no answer yet");
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
	.say_missing = say_missing,
	.gather_evidence = gather_evidence,
	.report = report,
	.changed = changed,
};

int setup(void **state)
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

int teardown(void **state)
{
	(void)state;
	policy_release(&worker.policy);
	return 0;
}

void input(enum worker_input what)
{
	worker_input(&worker, what, CAUSE_NONE);
}

void end_by(int code, int number)
{
	uint64_t run = worker.run.number;

	worker.run.end = (struct run_end){.code = code, .signal = number};
	for (int i = 0; i < OUTPUT_PAIRS; i++)
		if (worker.outputs[i].run == run)
			worker.outputs[i].run = 0;
	input(INPUT_ENDED);
}
