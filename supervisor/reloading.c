#include "config.h"

#include "supervisor/reloading.h"

#include "supervisor/environment.h"
#include "supervisor/helpers.h"
#include "supervisor/instance.h"
#include "supervisor/limits.h"
#include "supervisor/loading.h"
#include "supervisor/loop.h"
#include "supervisor/mini-init.h"
#include "supervisor/numbers.h"
#include "supervisor/placing.h"
#include "supervisor/operations.h"
#include "supervisor/plan.h"
#include "supervisor/pool.h"
#include "supervisor/publish.h"
#include "supervisor/scaler.h"
#include "supervisor/sockets.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct reloading {
	struct instance *instance;
	struct loading *loading; /* NULL: none is under way */
	struct operation *waiting; /* NULL: nobody waits */
	struct asker asker; /* who wants the one that is under way */
	bool dry_run;
	bool again; /* SIGHUP came meanwhile … */
	struct asker next_asker; /* … from this one */
};

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

struct reloading *reloading_open(struct instance *instance)
{
	struct reloading *reloading = calloc(1, sizeof(*reloading));

	if (reloading)
		reloading->instance = instance;
	return reloading;
}

void reloading_close(struct reloading *reloading)
{
	if (!reloading)
		return;
	loading_cancel(reloading->loading);
	free(reloading);
}

/* ---- putting a config in force ---- */

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

static int apply(struct instance *instance, struct configuration *configuration,
		 struct operation *operation, struct error *error)
{
	const struct asker *asker = &instance->reloading->asker;
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

/* ---- the loader has answered ---- */

void instance_report_config(struct instance *instance,
			    const struct asker *asker)
{
	const char *text = instance->configuration->text;
	struct event_record event = {
		.kind = EVENT_CONFIG_LOADED,
		.config = instance->config_number,
		.text = {text, strlen(text)},
	};

	if (asker)
		asker_tell(asker, &event);
	publish_event(instance, &event);
}

static void refuse(struct instance *instance, struct operation *operation,
		   const char *messages)
{
	struct event_record event = {
		.kind = EVENT_CONFIG_REFUSED,
		.text = {messages, strlen(messages)},
	};

	asker_tell(&instance->reloading->asker, &event);
	publish_event(instance, &event);
	if (operation)
		operation_end(operation, OPERATION_FAILED, messages);
}

/* The plan of what the new config changes; NULL when memory is short. The
 * caller frees it. */
static char *make_plan(const struct instance *instance,
		       const struct configuration *configuration)
{
	const struct pool_config **sections =
		calloc(instance->pool_count, sizeof(*sections));
	size_t count = 0;
	char *text;

	if (!sections)
		return NULL;
	for (size_t i = HELPER_COUNT; i < instance->pool_count; i++)
		if (!instance->pools[i]->gone)
			sections[count++] = instance->pools[i]->config;
	text = plan_text(sections, count, configuration);
	free(sections);
	return text;
}

static void put_in_force(struct instance *instance,
			 struct configuration *configuration,
			 struct operation *operation)
{
	char *plan = make_plan(instance, configuration);
	struct error error;

	if (operation && plan)
		operation_set_text(operation, plan);
	free(plan);
	if (apply(instance, configuration, operation, &error) < 0) {
		configuration_free(configuration);
		refuse(instance, operation, error.text);
		return;
	}
	instance_report_config(instance, &instance->reloading->asker);
	helpers_tell_retention(instance);
	loop_take_signals(instance);
	loop_start_workers(instance);
	loop_collect(instance);
	if (operation)
		operation_settle(operation);
	mini_init_look(instance);
}

/* Whether the config can be put in force now; else why not. */
static bool is_fit(const struct instance *instance,
		   const struct configuration *configuration,
		   struct error *error)
{
	if (instance->phase <= PHASE_RUNNING)
		return plan_check(instance->configuration, configuration,
				  error) == 0;
	error_set(error, "cannot reload: the instance is stopping");
	return false;
}

static void take(struct reloading *reloading,
		 struct configuration *configuration, const char *messages,
		 struct operation *operation)
{
	struct instance *instance = reloading->instance;
	struct error error;
	char *plan;

	if (!configuration) {
		refuse(instance, operation, messages);
	} else if (!is_fit(instance, configuration, &error)) {
		configuration_free(configuration);
		refuse(instance, operation, error.text);
	} else if (reloading->dry_run) {
		plan = make_plan(instance, configuration);
		operation_end(operation, OPERATION_DONE, plan);
		free(plan);
		configuration_free(configuration);
	} else {
		put_in_force(instance, configuration, operation);
	}
}

static void on_loaded(struct configuration *configuration, const char *messages,
		      void *context)
{
	struct reloading *reloading = context;
	struct operation *operation = reloading->waiting;
	bool again = reloading->again;

	reloading->loading = NULL;
	reloading->waiting = NULL;
	reloading->again = false;
	take(reloading, configuration, messages, operation);
	if (again)
		reloading_begin(reloading->instance, NULL, false,
				&reloading->next_asker);
}

void reloading_begin(struct instance *instance, struct operation *operation,
		     bool dry_run, const struct asker *asker)
{
	struct reloading *reloading = instance->reloading;
	struct error error;

	if (reloading->loading && !operation) {
		/* The file may have changed since it was read. */
		reloading->again = true;
		reloading->next_asker = *asker;
		return;
	}
	if (reloading->loading) {
		operation_end(operation, OPERATION_FAILED,
			      "cannot reload: another reload is under way");
		return;
	}
	reloading->asker = *asker;
	reloading->dry_run = dry_run;
	reloading->waiting = operation;
	reloading->loading =
		loading_begin(instance->base, instance->configuration->file,
			      on_loaded, reloading, &error);
	if (!reloading->loading) {
		reloading->waiting = NULL;
		refuse(instance, operation, error.text);
	}
}
