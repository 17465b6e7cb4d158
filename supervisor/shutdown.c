#include "config.h"

#include "supervisor/shutdown.h"

#include "supervisor/helpers.h"
#include "supervisor/hooks.h"
#include "supervisor/instance.h"
#include "supervisor/pool.h"
#include "supervisor/publish.h"
#include "supervisor/task.h"
#include "supervisor/worker.h"

#include <event2/event.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* How long the helpers may look after what workers left when all are down. */
enum { DRAIN_S = 10 };

struct shutdown {
	struct instance *instance;
	struct event *step;
	struct event *deadline; /* added when all workers are down */
	struct asker asker; /* who wants the workers to stop */
	bool workers; /* all of them are to stop, and the instance goes on */
	bool late; /* nobody waits for the helpers any more */
};

static bool comes_after(const struct pool *pool, const struct pool *other)
{
	const struct text_list *after = &pool->config->after;

	for (size_t i = 0; i < after->count; i++)
		if (strcmp(after->items[i], other->config->name) == 0)
			return true;
	return false;
}

static bool is_quiet(const struct pool *pool)
{
	for (uint32_t i = 0; i < pool->count; i++)
		if (pool->workers[i]->state != WORKER_STOPPED)
			return false;
	return true;
}

/* Whether all pools that come after this one are down. */
static bool may_stop(const struct instance *instance, const struct pool *pool)
{
	for (size_t i = HELPER_COUNT; i < instance->pool_count; i++) {
		const struct pool *other = instance->pools[i];

		if (comes_after(other, pool) && !is_quiet(other))
			return false;
	}
	return true;
}

static void stop_pool(struct pool *pool)
{
	const struct asker *asker = &pool->instance->shutdown->asker;

	for (uint32_t i = pool->count; i-- > 0;) {
		struct worker *worker = pool->workers[i];

		if (worker->wanted)
			worker_ask(worker, INPUT_STOP, CAUSE_STOPPED, asker);
	}
}

/* Stops what may stop. */
static void stop_pools(struct instance *instance)
{
	for (size_t i = instance->pool_count; i-- > HELPER_COUNT;)
		if (may_stop(instance, instance->pools[i]))
			stop_pool(instance->pools[i]);
}

/* Whether no worker has a process, nor will get one. What a worker left may
 * still be looked after. */
static bool is_over(const struct instance *instance)
{
	for (size_t i = HELPER_COUNT; i < instance->pool_count; i++) {
		const struct pool *pool = instance->pools[i];

		for (uint32_t j = 0; j < pool->count; j++) {
			const struct worker *worker = pool->workers[j];

			if (worker->run.pid > 0 || worker->wanted ||
			    (worker->state != WORKER_STOPPED &&
			     worker->state != WORKER_STOPPING))
				return false;
		}
	}
	return true;
}

static uint32_t count_busy(const struct instance *instance)
{
	uint32_t count = 0;

	for (size_t i = HELPER_COUNT; i < instance->pool_count; i++)
		for (uint32_t j = 0; j < instance->pools[i]->count; j++)
			count += worker_is_busy(instance->pools[i]->workers[j]);
	return count;
}

static void leave(struct instance *instance)
{
	struct event_record event = {.kind = EVENT_INSTANCE_STOPPED};

	asker_tell(&instance->shutdown->asker, &event);
	publish_event(instance, &event);
	instance->phase = PHASE_LEAVING;
	tasks_cancel_all(instance);
	helpers_finish(instance, HELPER_LOGGER);
	helpers_finish(instance, HELPER_SWEEPER);
	helpers_finish(instance, HELPER_SAMPLER);
}

/* Everything is down: leaves when the helpers have seen to all of it. */
static void leave_when_drained(struct shutdown *shutdown)
{
	const struct timeval patience = {.tv_sec = DRAIN_S};
	struct instance *instance = shutdown->instance;
	uint32_t busy = count_busy(instance);
	bool waiting = busy > 0 || tasks_are_busy(instance) ||
		       hooks_are_waiting(instance);

	if (waiting && !shutdown->late) {
		if (!event_pending(shutdown->deadline, EV_TIMEOUT, NULL))
			event_add(shutdown->deadline, &patience);
		return;
	}
	if (busy > 0)
		publish_warning(instance,
				"stopping though the output or the leftovers "
				"of %u workers are not seen to",
				(unsigned)busy);
	event_del(shutdown->deadline);
	leave(instance);
}

static void on_step(evutil_socket_t fd, short what, void *context)
{
	struct shutdown *shutdown = context;
	struct instance *instance = shutdown->instance;

	(void)fd;
	(void)what;
	if (shutdown->workers) {
		stop_pools(instance);
		shutdown->workers = !is_over(instance);
	}
	if (instance->phase == PHASE_STOPPING) {
		stop_pools(instance);
		if (is_over(instance))
			leave_when_drained(shutdown);
	}
	if (instance->phase == PHASE_LEAVING &&
	    helpers_is_gone(instance, HELPER_LOGGER) &&
	    helpers_is_gone(instance, HELPER_SWEEPER) &&
	    helpers_is_gone(instance, HELPER_SAMPLER)) {
		helpers_finish(instance, HELPER_RECORDER);
		if (helpers_is_gone(instance, HELPER_RECORDER))
			event_base_loopbreak(instance->base);
	}
}

static void on_deadline(evutil_socket_t fd, short what, void *context)
{
	struct shutdown *shutdown = context;

	shutdown->late = true;
	on_step(fd, what, context);
}

void shutdown_go_on(struct instance *instance)
{
	event_active(instance->shutdown->step, EV_TIMEOUT, 0);
}

static void note_asker(struct shutdown *shutdown, const struct asker *asker)
{
	shutdown->asker = asker ? *asker : (struct asker){.command = NULL};
}

void shutdown_begin(struct instance *instance, const struct asker *asker)
{
	if (instance->phase >= PHASE_STOPPING)
		return;
	note_asker(instance->shutdown, asker);
	instance->phase = PHASE_STOPPING;
	shutdown_go_on(instance);
}

void shutdown_stop_workers(struct instance *instance, const struct asker *asker)
{
	note_asker(instance->shutdown, asker);
	instance->shutdown->workers = true;
	shutdown_go_on(instance);
}

void shutdown_spare_workers(struct instance *instance)
{
	instance->shutdown->workers = false;
}

bool shutdown_is_under_way(const struct instance *instance)
{
	return instance->shutdown->workers;
}

void shutdown_kill(struct instance *instance)
{
	helpers_kill(instance);
	/* Nothing to kill, and still somebody has to wait. */
	instance->shutdown->late = is_over(instance);
	for (size_t i = HELPER_COUNT; i < instance->pool_count; i++) {
		struct pool *pool = instance->pools[i];

		stop_pool(pool);
		for (uint32_t j = 0; j < pool->count; j++)
			worker_input(pool->workers[j], INPUT_KILL, CAUSE_NONE);
	}
	shutdown_go_on(instance);
}

struct shutdown *shutdown_open(struct instance *instance, struct error *error)
{
	struct shutdown *shutdown = calloc(1, sizeof(*shutdown));

	if (shutdown) {
		shutdown->instance = instance;
		shutdown->step = evtimer_new(instance->base, on_step, shutdown);
		shutdown->deadline =
			evtimer_new(instance->base, on_deadline, shutdown);
	}
	if (!shutdown || !shutdown->step || !shutdown->deadline) {
		error_set(error, "cannot prepare the end: out of memory");
		shutdown_close(shutdown);
		return NULL;
	}
	/* After the deaths that are there already: one step for all. */
	event_priority_set(shutdown->step, PRIORITY_START);
	return shutdown;
}

void shutdown_close(struct shutdown *shutdown)
{
	if (!shutdown)
		return;
	if (shutdown->step)
		event_free(shutdown->step);
	if (shutdown->deadline)
		event_free(shutdown->deadline);
	free(shutdown);
}
