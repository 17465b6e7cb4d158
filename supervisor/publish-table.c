#include "config.h"

#include "supervisor/publish.h"

#include "base/cpulist.h"
#include "supervisor/health.h"
#include "supervisor/instance.h"
#include "supervisor/process.h"
#include "supervisor/publish-state.h"
#include "supervisor/scaler.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

bool publish_was_unclean(const struct publish *publish)
{
	struct error ignored;
	struct live_table *former =
		live_table_open(publish->table_path, &ignored);
	bool unclean = former && !live_table_is_stopped(former);

	live_table_close(former);
	return unclean;
}

static void describe_bound(const struct bound_config *config,
			   struct live_bound *out)
{
	*out = (struct live_bound){
		.set = config->over >= 0,
		.restart = config->action == ACTION_RESTART,
		.over = config->over,
		.for_ns = config->for_ns,
	};
}

/* A limit that is not set has the value 0. */
static struct live_limits describe_limits(const struct limits_config *config)
{
	return (struct live_limits){
		.memory_bytes = config->memory.value,
		.cpu_permille = config->cpu.value,
		.processes = config->processes.value,
	};
}

static void describe_pool(const struct pool *pool, struct live_pool *out)
{
	*out = (struct live_pool){
		.kind = "service",
		.wanted = pool->gone ? 0 : pool_wanted(pool),
		.hidden = pool->hidden,
		.progress_ns = pool->config->alive.progress_ns,
		.limits = describe_limits(&pool->config->limits),
		.idle_ns = pool->scaler ? pool->config->scaling.idle_ns : 0,
	};
	const struct socket_list *sockets = &pool->config->sockets;

	for (size_t i = 0; i < sockets->count && i < LIVE_SOCKETS; i++)
		out->sockets[i] = address_key(&sockets->items[i].address);
	snprintf(out->name, sizeof(out->name), "%s", pool->config->name);
	for (unsigned i = 0; i < GAUGE_COUNT && !pool->hidden; i++)
		describe_bound(&pool->config->watch.bounds[i], &out->bounds[i]);
}

static uint32_t count_workers(const struct instance *instance)
{
	uint32_t count = 0;

	for (size_t i = 0; i < instance->pool_count; i++)
		count += instance->pools[i]->count;
	return count;
}

bool publish_has_room(const struct instance *instance)
{
	return count_workers(instance) <= instance->publish->capacity;
}

/* For each slot of the former table its slot in the new one. Of the table of
 * a former supervisor nothing is taken over. */
static uint32_t *map_slots(const struct publish *publish)
{
	uint32_t count =
		publish->table ? live_table_capacity(publish->table) : 0;
	uint32_t *map = calloc((size_t)count + 1, sizeof(*map));

	for (uint32_t i = 0; map && i < count; i++)
		map[i] = i < publish->capacity && publish->slots[i]
				 ? i
				 : UINT32_MAX;
	return map;
}

void publish_assign_slots(struct pool *pool)
{
	struct publish *publish = pool->instance->publish;
	uint32_t next = 0;

	for (uint32_t i = 0; i < pool->count; i++) {
		struct worker *worker = pool->workers[i];

		if (worker->slot < publish->capacity &&
		    publish->slots[worker->slot] == worker)
			continue;
		while (next < publish->capacity && publish->slots[next])
			next++;
		if (next == publish->capacity)
			return;
		worker->slot = next;
		publish->slots[next] = worker;
	}
}

static struct live_table *make_table(struct instance *instance,
				     uint32_t capacity, const uint32_t *map,
				     struct error *error)
{
	struct publish *publish = instance->publish;
	struct live_pool *pools = calloc(instance->pool_count, sizeof(*pools));
	struct live_table *table;

	if (!pools) {
		error_set(error, "cannot make the live table: out of memory");
		return NULL;
	}
	for (size_t i = 0; i < instance->pool_count; i++)
		describe_pool(instance->pools[i], &pools[i]);
	publish->header.sample_interval_ns =
		instance->configuration->sample_interval_ns;
	publish->header.config = instance->config_number;
	snprintf(publish->header.config_file,
		 sizeof(publish->header.config_file), "%s",
		 instance->configuration->file);
	table = live_table_prepare(publish->table_path, &publish->header, pools,
				   (uint32_t)instance->pool_count, capacity,
				   publish->table, map, error);
	free(pools);
	return table;
}

static void republish(struct instance *instance)
{
	for (size_t i = 0; i < instance->pool_count; i++) {
		struct pool *pool = instance->pools[i];

		pool->number = (uint32_t)i;
		publish_assign_slots(pool);
		for (uint32_t j = 0; j < pool->count; j++)
			publish_worker(pool->workers[j]);
	}
}

int publish_rebuild(struct instance *instance, struct error *error)
{
	struct publish *publish = instance->publish;
	uint32_t count = count_workers(instance);
	uint32_t capacity = count + count / 8 + 8;
	struct worker **slots;
	struct live_table *former, *table = NULL;
	struct error ignored;
	uint32_t *map;
	int result;

	/* Who still reads the table of a supervisor before this one shall
	 * learn that there is a new one. */
	if (!publish->table)
		publish->table =
			live_table_open_former(publish->table_path, &ignored);
	map = map_slots(publish);

	if (capacity < publish->capacity)
		capacity = publish->capacity;
	slots = calloc(capacity, sizeof(struct worker *));
	if (slots && map)
		table = make_table(instance, capacity, map, error);
	else
		error_set(error, "cannot make the live table: out of memory");
	free(map);
	if (!table) {
		free(slots);
		return -1;
	}
	if (publish->slots)
		memcpy(slots, publish->slots,
		       publish->capacity * sizeof(struct worker *));
	free(publish->slots);
	former = publish->table;
	publish->slots = slots;
	publish->capacity = capacity;
	publish->table = table;
	/* Readers get it with all workers in it. */
	republish(instance);
	result = live_table_install(table, publish->table_path, former, error);
	live_table_close(former);
	return result;
}

void publish_release_slot(struct worker *worker)
{
	struct publish *publish = worker->pool->instance->publish;
	struct live_worker none = {.pool = LIVE_NO_POOL};

	if (!publish || worker->slot >= publish->capacity ||
	    publish->slots[worker->slot] != worker)
		return;
	publish->slots[worker->slot] = NULL;
	live_table_set_worker(publish->table, worker->slot, &none);
}

static uint64_t inode_of(int fd)
{
	struct stat status;

	return fd >= 0 && fstat(fd, &status) == 0 ? status.st_ino : 0;
}

void publish_worker(const struct worker *worker)
{
	struct publish *publish = worker->pool->instance->publish;
	const struct process *process = worker->process;
	struct live_worker live;
	const char *health;

	if (!publish->table || worker->slot >= publish->capacity ||
	    publish->slots[worker->slot] != worker)
		return;
	live = (struct live_worker){
		.pool = worker->pool->number,
		.index = worker->index,
		.state = worker->state,
		.wanted = worker->wanted,
		.parked = worker->parked,
		.health_ok = health_is_good(worker, &health),
		.state_since_us = worker->state_since_us,
		.next_start_at_us = worker->state == WORKER_BACKOFF
					    ? worker->next_start_us
					    : 0,
		.restarts = worker->restarts,
		.lost_bytes = worker->lost_bytes,
		.last_exit = worker->last_exit,
	};
	if (worker->run.pid > 0) {
		live.pid = worker->run.pid;
		live.run = worker->run.number;
		live.config = worker->run.config;
		live.pidfd_inode = inode_of(worker->run.pidfd);
		live.started_at_us = worker->run.started_us;
		live.started_mono_ns = worker->run.started_ns;
		live.activity = worker->run.told.activity;
		memcpy(live.status, worker->run.told.status,
		       sizeof(live.status));
	}
	if (worker->state == WORKER_STARTING && worker->run.pid > 0)
		health_say_missing(worker, live.health, sizeof(live.health));
	else
		snprintf(live.health, sizeof(live.health), "%s", health);
	cpulist_write(worker->run.pid > 0 ? &process->settled : &process->cpus,
		      live.cpus, sizeof(live.cpus));
	if (scaler_waits(worker))
		snprintf(live.status, sizeof(live.status),
			 "waits for a connection");
	live_table_set_worker(publish->table, worker->slot, &live);
}

void publish_wanted(const struct pool *pool)
{
	struct publish *publish = pool->instance->publish;

	if (publish->table)
		live_table_set_wanted(publish->table, pool->number,
				      pool->gone ? 0 : pool_wanted(pool));
}

const struct live_table *instance_live_table(const struct instance *instance)
{
	return instance->publish->table;
}
