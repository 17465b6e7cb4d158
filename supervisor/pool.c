#include "config.h"

#include "supervisor/pool.h"

#include "supervisor/environment.h"
#include "supervisor/health.h"
#include "supervisor/helpers.h"
#include "supervisor/hooks.h"
#include "supervisor/instance.h"
#include "supervisor/loop.h"
#include "supervisor/operations.h"
#include "supervisor/process.h"
#include "supervisor/publish.h"
#include "supervisor/scaler.h"
#include "supervisor/sockets.h"

#include <stdlib.h>

struct pool *pool_new(struct instance *instance,
		      const struct pool_config *config, bool hidden)
{
	struct pool *pool = calloc(1, sizeof(*pool));
	char **environment = environment_of_pool(instance->environment, config);

	if (!pool || !environment) {
		free(pool);
		free(environment);
		return NULL;
	}
	pool->instance = instance;
	pool->hidden = hidden;
	pool_configure(pool, config, environment, false);
	return pool;
}

static void worker_free(struct worker *worker)
{
	operations_forget_worker(worker);
	scaler_forget(worker);
	helpers_forget(worker);
	publish_release_slot(worker);
	health_release(worker);
	hooks_forget(worker);
	process_release(worker);
	policy_release(&worker->policy);
	free(worker);
}

void pool_free(struct pool *pool)
{
	for (uint32_t i = 0; i < pool->count; i++)
		worker_free(pool->workers[i]);
	scaler_close(pool->scaler);
	rolling_release(pool);
	sockets_close(pool->sockets);
	free(pool->workers);
	free(pool->environment);
	placement_release(&pool->placement);
	free(pool);
}

uint64_t pool_config_number(const struct pool *pool)
{
	return pool->config_number ? pool->config_number
				   : pool->instance->config_number;
}

void pool_configure(struct pool *pool, const struct pool_config *config,
		    char **environment, bool changed)
{
	bool checks = changed && health_is_changed(pool->config, config);

	free(pool->environment);
	pool->environment = environment;
	pool->config = config;
	pool->config_number = 0;
	if (changed)
		governor_reset(&pool->governor);
	for (uint32_t i = 0; i < pool->count; i++) {
		struct worker *worker = pool->workers[i];

		if (!checks)
			health_renew(worker);
		if (!changed)
			continue;
		/* Short of memory the window stays as long as it was. */
		if (policy_init(&worker->policy, &config->restart) < 0)
			policy_reset(&worker->policy);
		worker->run.stop_signal = config->stop.signal;
		worker->run.stop_timeout_ns = config->stop.timeout_ns;
		/* They may have to belong to another user. */
		for (unsigned pair = 0; pair < OUTPUT_PAIRS; pair++)
			worker->outputs[pair].made = false;
		process_configure(worker);
		if (checks && health_configure(worker) < 0)
			publish_warning(pool->instance,
					"%s/%u is not checked: out of memory",
					config->name, worker->index);
		health_follow(worker);
	}
}

void pool_set_sockets(struct pool *pool, struct sockets *sockets)
{
	sockets_close(pool->sockets);
	pool->sockets = sockets;
	if (scaler_configure(pool) < 0)
		publish_warning(pool->instance,
				"%s does not scale: out of memory",
				pool->config->name);
	if (sockets)
		sockets_adjust(sockets);
}

static struct worker *worker_new(struct pool *pool, uint32_t index)
{
	struct worker *worker = calloc(1, sizeof(*worker));

	if (!worker)
		return NULL;
	*worker = (struct worker){
		.pool = pool,
		.kernel = &process_kernel,
		.index = index,
		.run = {.pidfd = -1, .pair = 1},
		.next_reason = "config",
		.outputs = {{.fds = {-1, -1}}, {.fds = {-1, -1}}},
		.state_since_us = process_kernel.now_us(),
	};
	if (policy_init(&worker->policy, &pool->config->restart) < 0 ||
	    health_configure(worker) < 0 || process_init(worker) < 0) {
		health_release(worker);
		policy_release(&worker->policy);
		free(worker);
		return NULL;
	}
	return worker;
}

static int grow(struct pool *pool, uint32_t count)
{
	struct worker **workers =
		realloc(pool->workers, count * sizeof(*workers));
	uint32_t former = pool->count;

	if (!workers)
		return -1;
	pool->workers = workers;
	while (pool->count < count) {
		struct worker *worker = worker_new(pool, pool->count);

		if (!worker)
			break;
		pool->workers[pool->count++] = worker;
	}
	if (pool->count == count)
		return 0;
	while (pool->count > former)
		worker_free(pool->workers[--pool->count]);
	return -1;
}

uint32_t pool_size(const struct pool *pool)
{
	uint32_t count = 0;

	while (count < pool->count && !pool->workers[count]->gone)
		count++;
	return count;
}

uint32_t pool_wanted(const struct pool *pool)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < pool->count; i++)
		count += !pool->workers[i]->gone && !pool->workers[i]->parked;
	return count;
}

void pool_resized(struct pool *pool)
{
	struct instance *instance = pool->instance;
	struct error error;

	if (publish_has_room(instance))
		publish_assign_slots(pool);
	else if (publish_rebuild(instance, &error) < 0)
		publish_warning(instance, "%s", error.text);
	publish_wanted(pool);
	loop_start_workers(instance);
	loop_collect(instance);
}

int pool_resize(struct pool *pool, uint32_t count, enum end_cause cause,
		const struct asker *asker)
{
	if (count > pool->count && grow(pool, count) < 0)
		return -1;
	for (uint32_t i = 0; i < count; i++)
		pool->workers[i]->gone = false;
	for (uint32_t i = pool->count; i-- > count;) {
		struct worker *worker = pool->workers[i];

		worker->gone = true;
		worker_ask(worker, INPUT_STOP, cause, asker);
	}
	return 0;
}

bool pool_drop_gone(struct pool *pool)
{
	bool dropped = false;

	while (pool->count > 0) {
		struct worker *worker = pool->workers[pool->count - 1];

		if (!worker->gone || worker_is_busy(worker) ||
		    worker->state != WORKER_STOPPED)
			break;
		pool->count--;
		worker_free(worker);
		dropped = true;
	}
	return dropped;
}

bool pool_is_up(const struct pool *pool)
{
	for (uint32_t i = 0; i < pool->count; i++)
		if (pool->workers[i]->wanted && !worker_is_up(pool->workers[i]))
			return false;
	return true;
}
