#include "config.h"

#include "live/snapshot.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

static int compare_workers(const void *left, const void *right)
{
	const struct live_worker *a = left, *b = right;

	if (a->pool != b->pool)
		return a->pool < b->pool ? -1 : 1;
	return a->index < b->index ? -1 : a->index > b->index;
}

/* Copies all workers of the table, in order. Returns how many. */
static size_t copy_workers(struct snapshot_worker *workers,
			   const struct live_table *table)
{
	uint32_t capacity = live_table_capacity(table);
	size_t count = 0;
	bool sorted = true;

	static_assert(offsetof(struct snapshot_worker, worker) == 0,
		      "compare_workers() takes one for the other");
	for (uint32_t slot = 0; slot < capacity; slot++) {
		struct snapshot_worker *entry = &workers[count];

		if (!live_table_get_worker(table, slot, &entry->worker))
			continue;
		entry->slot = slot;
		entry->chosen = false;
		entry->measured =
			live_table_get_usage(table, slot, &entry->usage) &&
			entry->worker.run != 0 &&
			entry->usage.run == entry->worker.run;
		sorted = sorted &&
			 (count == 0 || compare_workers(entry - 1, entry) < 0);
		count++;
	}
	if (!sorted)
		qsort(workers, count, sizeof(*workers), compare_workers);
	return count;
}

/* Makes the pools from the workers, which are in order. Pool i of the table is
 * pool i of the snapshot. */
static void count_pools(struct snapshot *snapshot,
			const struct live_table *table, size_t worker_count)
{
	struct snapshot_worker *next = snapshot->workers;
	struct snapshot_worker *end = next + worker_count;

	for (uint32_t i = 0; i < snapshot->pool_count; i++) {
		struct snapshot_pool *pool = &snapshot->pools[i];
		size_t counted = 0;

		*pool = (struct snapshot_pool){.workers = next};
		live_table_get_pool(table, i, &pool->pool);
		for (; next < end && next->worker.pool == i; next++) {
			enum worker_state state = next->worker.state;

			pool->worker_count++;
			pool->states[state]++;
			/* One that is not needed is nothing bad, while there
			 * are others. */
			if (next->worker.parked)
				continue;
			if (counted++ == 0 ||
			    worker_state_rank(state) <
				    worker_state_rank(pool->state))
				pool->state = state;
		}
	}
}

static void choose_pool(struct snapshot_pool *pool)
{
	pool->chosen = true;
	for (size_t i = 0; i < pool->worker_count; i++)
		pool->workers[i].chosen = true;
}

/* Chooses the worker of `pool` that is called `name`. */
static bool choose_worker(struct snapshot_pool *pool, const char *name)
{
	size_t length = strlen(pool->pool.name);

	if (strncmp(name, pool->pool.name, length) != 0 || name[length] != '/')
		return false;
	for (size_t i = 0; i < pool->worker_count; i++) {
		char other[WORKER_NAME_SIZE];

		snapshot_worker_name(pool, &pool->workers[i], other);
		if (strcmp(name, other) == 0) {
			pool->chosen = pool->workers[i].chosen = true;
			return true;
		}
	}
	return false;
}

/* Chooses what `name` means; returns whether it means anything. */
static bool choose_name(struct snapshot *snapshot, const char *name,
			bool hidden)
{
	bool all = strcmp(name, "all") == 0;
	bool found = all;

	for (size_t i = 0; i < snapshot->pool_count; i++) {
		struct snapshot_pool *pool = &snapshot->pools[i];

		if (pool->pool.hidden && !hidden)
			continue;
		if (all || strcmp(name, pool->pool.name) == 0) {
			choose_pool(pool);
			found = true;
		} else if (choose_worker(pool, name)) {
			found = true;
		}
	}
	return found;
}

/* Leaves only what was chosen. */
static void drop_others(struct snapshot *snapshot)
{
	size_t pools = 0;

	for (size_t i = 0; i < snapshot->pool_count; i++) {
		struct snapshot_pool *pool = &snapshot->pools[i];
		size_t workers = 0;

		for (size_t j = 0; j < pool->worker_count; j++) {
			if (pool->workers[j].chosen && workers++ != j)
				pool->workers[workers - 1] = pool->workers[j];
		}
		pool->worker_count = workers;
		if (pool->chosen)
			snapshot->pools[pools++] = *pool;
	}
	snapshot->pool_count = pools;
}

static int choose(struct snapshot *snapshot,
		  const struct snapshot_choice *choice, struct error *error)
{
	if (choice->name_count == 0)
		choose_name(snapshot, "all", choice->hidden);
	for (size_t i = 0; i < choice->name_count; i++) {
		const char *name = choice->names[i];

		if (!choose_name(snapshot, name, choice->hidden)) {
			errno = ENOENT;
			return error_set(error,
					 "cannot find %s: %s has no such pool "
					 "or worker",
					 name, snapshot->instance.name);
		}
	}
	drop_others(snapshot);
	return 0;
}

int snapshot_take(struct snapshot *snapshot, const struct live_table *table,
		  const struct snapshot_choice *choice, struct error *error)
{
	/* One more of each, since there may be none. */
	size_t pools = live_table_pool_count(table) + 1;
	size_t workers = live_table_capacity(table) + 1;

	*snapshot = (struct snapshot){
		.instance = *live_table_instance(table),
		.taken_at_us = clock_real_us(),
		.taken_mono_ns = clock_monotonic_ns(),
		.pools = malloc(pools * sizeof(*snapshot->pools)),
		.pool_count = pools - 1,
		.workers = malloc(workers * sizeof(*snapshot->workers)),
	};
	if (!snapshot->pools || !snapshot->workers) {
		snapshot_release(snapshot);
		return error_set_errno(error, "cannot copy the live table");
	}
	count_pools(snapshot, table, copy_workers(snapshot->workers, table));
	if (choose(snapshot, choice, error) < 0) {
		snapshot_release(snapshot);
		errno = ENOENT;
		return -1;
	}
	return 0;
}

void snapshot_release(struct snapshot *snapshot)
{
	free(snapshot->pools);
	free(snapshot->workers);
	*snapshot = (struct snapshot){0};
}

void snapshot_worker_name(const struct snapshot_pool *pool,
			  const struct snapshot_worker *worker,
			  char name[WORKER_NAME_SIZE])
{
	snprintf(name, WORKER_NAME_SIZE, "%s/%u", pool->pool.name,
		 worker->worker.index);
}

bool snapshot_is_missing(const struct live_worker *worker)
{
	return worker->wanted && worker->state != WORKER_READY &&
	       worker->state != WORKER_DONE;
}

bool snapshot_is_up(const struct snapshot *snapshot)
{
	for (size_t i = 0; i < snapshot->pool_count; i++) {
		const struct snapshot_pool *pool = &snapshot->pools[i];

		for (size_t j = 0; j < pool->worker_count; j++) {
			if (snapshot_is_missing(&pool->workers[j].worker))
				return false;
		}
	}
	return true;
}

int64_t snapshot_uptime_ns(const struct snapshot *snapshot,
			   const struct live_worker *worker)
{
	int64_t uptime_ns = snapshot->taken_mono_ns - worker->started_mono_ns;

	if (!worker->pid)
		return -1;
	return uptime_ns > 0 ? uptime_ns : 0;
}
