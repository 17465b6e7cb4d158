#include "config.h"

#include "supervisor/gate.h"

#include "base/clock.h"
#include "supervisor/instance.h"
#include "supervisor/loop.h"
#include "supervisor/pool.h"
#include "supervisor/publish.h"

#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct gate {
	uint32_t starting; /* workers that are */
	struct event *timer; /* when a governor lets the next one start */
	int64_t due_ns; /* of the timer, CLOCK_MONOTONIC; 0: not set */
};

static void on_timer(evutil_socket_t fd, short what, void *context)
{
	struct instance *instance = context;

	(void)fd;
	(void)what;
	instance->gate->due_ns = 0;
	loop_start_workers(instance);
}

struct gate *gate_open(struct instance *instance, struct error *error)
{
	struct gate *gate = calloc(1, sizeof(*gate));

	if (gate)
		gate->timer = evtimer_new(instance->base, on_timer, instance);
	if (gate && gate->timer)
		return gate;
	error_set(error, "cannot prepare starts: out of memory");
	free(gate);
	return NULL;
}

void gate_close(struct gate *gate)
{
	if (gate)
		event_free(gate->timer);
	free(gate);
}

/* ---- what a start waits for ---- */

static bool follows_others(const struct pool *pool)
{
	const struct text_list *after = &pool->config->after;

	for (size_t i = 0; i < after->count; i++) {
		const struct pool *other =
			instance_find_pool(pool->instance, after->items[i]);

		if (other && !pool_is_up(other))
			return false;
	}
	return true;
}

/* Asks the governor; where it says no, the loop comes back in time. */
static bool ask_governor(struct pool *pool)
{
	struct gate *gate = pool->instance->gate;
	int64_t now_ns = clock_monotonic_ns();
	int64_t wait_ns = governor_wait_ns(
		&pool->governor, &pool->config->restart, pool->count, now_ns);
	struct timeval wait = clock_timeval(wait_ns);

	if (wait_ns == 0) {
		governor_start(&pool->governor, now_ns);
		return true;
	}
	/* One timer for all pools: the first that is due. */
	if (gate->due_ns > 0 && gate->due_ns <= now_ns + wait_ns)
		return false;
	gate->due_ns = now_ns + wait_ns;
	event_add(gate->timer, &wait);
	return false;
}

uint32_t gate_room(const struct instance *instance)
{
	uint32_t most = (uint32_t)instance->configuration->start_at_once;
	uint32_t starting = instance->gate->starting;

	return starting < most ? most - starting : 0;
}

bool gate_may_start(struct worker *worker)
{
	struct pool *pool = worker->pool;

	if (pool->hidden)
		return true;
	if (gate_room(pool->instance) == 0 || !follows_others(pool) ||
	    (pool->governor.storm && !ask_governor(pool))) {
		loop_hold(pool->instance);
		return false;
	}
	return true;
}

/* ---- what changes it ---- */

static void tell_storm(struct pool *pool)
{
	const struct restart_config *restart = &pool->config->restart;
	char text[160];
	struct event_record event = {.kind = EVENT_WARNING};

	snprintf(text, sizeof(text),
		 "its %u workers crash too often (more than %u times within "
		 "%.0fs): they start one at a time",
		 (unsigned)pool->count,
		 (unsigned)(restart->limit + pool->count),
		 (double)restart->limit_window_ns / 1e9);
	event.text = (struct bytes){text, strlen(text)};
	snprintf(event.pool, sizeof(event.pool), "%s", pool->config->name);
	publish_event(pool->instance, &event);
}

static void count_starting(struct worker *worker, bool starting)
{
	struct instance *instance = worker->pool->instance;

	if (worker->seat.starting == starting)
		return;
	worker->seat.starting = starting;
	instance->gate->starting += starting ? 1 : UINT32_MAX;
	if (!starting)
		loop_worker_up(instance);
}

static void count_crash(struct worker *worker)
{
	const struct live_exit *last = &worker->last_exit;
	struct pool *pool = worker->pool;

	if (worker->seat.counted_run == last->run)
		return;
	worker->seat.counted_run = last->run;
	if (end_cause_is_crash(last->cause) &&
	    governor_crash(&pool->governor, &pool->config->restart, pool->count,
			   worker->kernel->now_ns()))
		tell_storm(pool);
}

void gate_follow(struct worker *worker)
{
	if (worker->pool->hidden)
		return;
	count_starting(worker, worker->state == WORKER_STARTING);
	count_crash(worker);
}

void gate_forget(struct worker *worker)
{
	count_starting(worker, false);
}
