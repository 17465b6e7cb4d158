#include "config.h"

#include "supervisor/applying.h"

#include "supervisor/environment.h"
#include "supervisor/helpers.h"
#include "supervisor/instance.h"
#include "supervisor/limits.h"
#include "supervisor/numbers.h"
#include "supervisor/operations.h"
#include "supervisor/placing.h"
#include "supervisor/plan.h"
#include "supervisor/pool.h"
#include "supervisor/publish.h"
#include "supervisor/scaler.h"
#include "supervisor/sockets.h"

#include <stdlib.h>

/* A pool of the new config before it is in force. */
struct staged {
	struct pool *pool;
	const struct asker *asker; /* who wants it */
	char **environment; /* NULL: the pool is new and has one */
	struct sockets *sockets;
	enum plan_change change;
	struct former_section former; /* none where the pool is new */
	uint32_t size; /* that it had */
	bool resized;
};

static void unstage(struct staged *staged, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (staged[i].change == PLAN_NEW && staged[i].pool)
			pool_free(staged[i].pool);
		free(staged[i].environment);
		sockets_close(staged[i].sockets);
	}
	free(staged);
}

/* Everything that can fail, before anything changes. */
static struct staged *stage(struct instance *instance,
			    const struct configuration *configuration,
			    struct error *error)
{
	struct staged *staged =
		calloc(configuration->pool_count + 1, sizeof(*staged));

	error_set(error, "cannot reload: out of memory");
	for (size_t i = 0; staged && i < configuration->pool_count; i++) {
		const struct pool_config *config = &configuration->pools[i];
		struct staged *one = &staged[i];

		one->pool = instance_find_pool(instance, config->name);
		one->change =
			plan_pool(one->pool ? one->pool->config : NULL, config);
		/* One that was going stays: its workers have to come back. */
		if (one->pool && one->pool->gone)
			one->change = PLAN_CHANGED;
		if (one->pool)
			one->environment = environment_of_pool(
				instance->environment, config);
		else
			one->pool = pool_new(instance, config, false);
		/* Those that stay are open; the others are, before former ones
		 * are closed. */
		if (one->pool)
			one->sockets =
				sockets_open(&instance->sockets, config, error);
		if (!one->sockets ||
		    (one->change != PLAN_NEW && !one->environment)) {
			unstage(staged, i + 1);
			return NULL;
		}
	}
	return staged;
}

/* The helpers, the pools of the new config, and those that are gone until
 * they are down. */
static struct pool **arrange(const struct instance *instance,
			     const struct staged *staged, size_t count,
			     size_t *total)
{
	struct pool **pools =
		calloc(instance->pool_count + count, sizeof(struct pool *));

	*total = 0;
	for (size_t i = 0; pools && i < HELPER_COUNT; i++)
		pools[(*total)++] = instance->pools[i];
	for (size_t i = 0; pools && i < count; i++)
		pools[(*total)++] = staged[i].pool;
	for (size_t i = HELPER_COUNT; pools && i < instance->pool_count; i++) {
		bool kept = false;

		for (size_t j = 0; j < count; j++)
			kept |= staged[j].pool == instance->pools[i];
		if (!kept)
			pools[(*total)++] = instance->pools[i];
	}
	return pools;
}

/* Gives the pool as many workers as its new section says. What somebody has
 * scaled by hand stays, as long as the section says the same. */
static void resize(struct staged *staged)
{
	struct pool *pool = staged->pool;

	if (staged->change == PLAN_UNCHANGED ||
	    (staged->change == PLAN_LIVE &&
	     !plan_changes(staged->former.config, pool->config, "workers")))
		return;
	staged->resized = true;
	staged->size = pool_size(pool);
	if (pool_resize(pool, scaler_size(pool), CAUSE_RELOAD, staged->asker) <
	    0)
		publish_warning(pool->instance,
				"cannot scale %s to %lld: out of memory",
				pool->config->name,
				(long long)pool->config->workers);
}

/* Has the workers that it has now come up. */
static void raise(const struct staged *staged, struct operation *operation)
{
	struct pool *pool = staged->pool;

	for (uint32_t i = 0; i < pool->count; i++) {
		struct worker *worker = pool->workers[i];

		/* What was parked may be needed by the new config. */
		if ((i >= staged->size || worker->parked) && !worker->gone) {
			scaler_want(worker);
			worker_note_reason(worker,
					   staged->change == PLAN_NEW
						   ? "config"
						   : "reload",
					   staged->asker);
		}
		if (operation && (worker->wanted || worker->gone))
			operation_wait_for(operation, worker);
	}
}

/* Whether its workers could run by the former section again: sockets that are
 * closed do not come back. */
static bool can_go_back(const struct staged *staged)
{
	return staged->former.config &&
	       !plan_changes(staged->former.config, staged->pool->config,
			     "sockets");
}

/* A new or changed pool is to run by its new section. */
static void renew(const struct staged *staged, struct operation *operation)
{
	struct pool *pool = staged->pool;

	if (staged->resized)
		raise(staged, operation);
	if (staged->change == PLAN_CHANGED &&
	    rolling_begin(pool, CAUSE_RELOAD, staged->asker,
			  can_go_back(staged) ? &staged->former : NULL) < 0)
		publish_warning(pool->instance, "cannot roll %s: out of memory",
				pool->config->name);
	if (staged->change == PLAN_LIVE)
		rolling_resume(pool);
}

static void retire(struct pool *pool, struct operation *operation,
		   const struct asker *asker)
{
	/* The end of its surge would give it workers again. */
	rolling_cancel(pool);
	pool->gone = true;
	for (uint32_t i = 0; i < pool->count && operation; i++)
		operation_wait_for(operation, pool->workers[i]);
	pool_resize(pool, 0, CAUSE_RELOAD, asker);
}

/*
 * The sections of gone pools are still needed while their workers stop, so the
 * former configuration is kept for as long as one of its pools is there.
 */
static void replace_configuration(struct instance *instance,
				  struct configuration *configuration)
{
	configuration->former = instance->configuration;
	instance->configuration = configuration;
	instance->config_number = numbers_next_config(instance->numbers);
}

/* What the pools run by until now. A roll-out goes on where the section stays,
 * but for what is applied live. */
static void note_former(struct staged *staged, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct pool *pool = staged[i].pool;

		if (staged[i].change == PLAN_CHANGED)
			rolling_cancel(pool);
		else if (staged[i].change == PLAN_LIVE)
			rolling_pause(pool);
		if (staged[i].change != PLAN_NEW)
			staged[i].former = (struct former_section){
				.config = pool->config,
				.since = pool->since,
				.number = pool_config_number(pool),
			};
	}
}

int applying_do(struct instance *instance, struct configuration *configuration,
		struct operation *operation, const struct asker *asker,
		struct error *error)
{
	size_t count = configuration->pool_count;
	size_t total;
	struct staged *staged;
	struct pool **pools;

	if (limits_find(instance->limits, configuration, error) < 0)
		return -1;
	staged = stage(instance, configuration, error);
	if (!staged)
		return -1;
	pools = arrange(instance, staged, count, &total);
	if (!pools) {
		unstage(staged, count);
		return error_set(error, "cannot reload: out of memory");
	}
	note_former(staged, count);
	replace_configuration(instance, configuration);
	free(instance->pools);
	instance->pools = pools;
	instance->pool_count = total;
	for (size_t i = 0; i < count; i++) {
		const struct pool_config *config = &configuration->pools[i];

		if (staged[i].change != PLAN_NEW)
			pool_configure(staged[i].pool, config,
				       staged[i].environment,
				       staged[i].change != PLAN_UNCHANGED);
		if (staged[i].change == PLAN_CHANGED)
			staged[i].pool->since = instance->config_number;
		staged[i].pool->gone = false;
		pool_set_sockets(staged[i].pool, staged[i].sockets);
	}
	for (size_t i = 0; i < count; i++) {
		staged[i].asker = asker;
		resize(&staged[i]);
	}
	for (size_t i = HELPER_COUNT + count; i < total; i++)
		retire(pools[i], operation, asker);
	/* What it may use is asked anew with each config. */
	sched_getaffinity(0, sizeof(instance->cpus), &instance->cpus);
	placing_update(instance);
	for (size_t i = 0; i < count; i++)
		if (staged[i].change != PLAN_UNCHANGED)
			renew(&staged[i], operation);
	free(staged);
	if (publish_rebuild(instance, error) < 0)
		publish_warning(instance, "%s", error->text);
	return 0;
}
