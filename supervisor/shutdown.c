#include "config.h"

#include "supervisor/shutdown.h"

#include "supervisor/helpers.h"
#include "supervisor/instance.h"
#include "supervisor/pool.h"
#include "supervisor/publish.h"
#include "supervisor/worker.h"

#include <event2/event.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>

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
	for (uint32_t i = pool->count; i-- > 0;) {
		struct worker *worker = pool->workers[i];

		if (worker->wanted)
			worker_input(worker, INPUT_STOP, CAUSE_STOPPED);
	}
}

/* Stops what may stop; returns whether everything is down. */
static bool stop_pools(struct instance *instance)
{
	bool down = true;

	for (size_t i = instance->pool_count; i-- > HELPER_COUNT;) {
		struct pool *pool = instance->pools[i];

		if (may_stop(instance, pool))
			stop_pool(pool);
		down &= is_quiet(pool) && pool_is_down(pool);
	}
	return down;
}

static bool is_drained(const struct instance *instance)
{
	for (size_t i = HELPER_COUNT; i < instance->pool_count; i++)
		for (uint32_t j = 0; j < instance->pools[i]->count; j++)
			if (worker_is_busy(instance->pools[i]->workers[j]))
				return false;
	return true;
}

static void leave(struct instance *instance)
{
	struct event_record event = {.kind = EVENT_INSTANCE_STOPPED};

	publish_event(instance, &event);
	instance->phase = PHASE_LEAVING;
	helpers_finish(instance, HELPER_LOGGER);
	helpers_finish(instance, HELPER_SWEEPER);
	helpers_finish(instance, HELPER_SAMPLER);
}

void shutdown_step(struct instance *instance)
{
	/* Stopping one worker comes back here for each change. */
	if (instance->in_step)
		return;
	instance->in_step = true;
	if (instance->phase == PHASE_STOPPING && stop_pools(instance) &&
	    is_drained(instance))
		leave(instance);
	if (instance->phase == PHASE_LEAVING &&
	    helpers_is_gone(instance, HELPER_LOGGER) &&
	    helpers_is_gone(instance, HELPER_SWEEPER) &&
	    helpers_is_gone(instance, HELPER_SAMPLER)) {
		helpers_finish(instance, HELPER_RECORDER);
		if (helpers_is_gone(instance, HELPER_RECORDER))
			event_base_loopbreak(instance->base);
	}
	instance->in_step = false;
}

void shutdown_begin(struct instance *instance)
{
	if (instance->phase >= PHASE_STOPPING)
		return;
	instance->phase = PHASE_STOPPING;
	shutdown_step(instance);
}

void shutdown_kill(struct instance *instance)
{
	for (size_t i = HELPER_COUNT; i < instance->pool_count; i++) {
		struct pool *pool = instance->pools[i];

		stop_pool(pool);
		for (uint32_t j = 0; j < pool->count; j++)
			worker_input(pool->workers[j], INPUT_TIMER, CAUSE_NONE);
	}
}
