#ifndef LIVE_SNAPSHOT_H
#define LIVE_SNAPSHOT_H

#include "base/ending.h"
#include "live/table.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * A copy of the live table at one moment, put in order for people: the pools
 * as the table has them, in each its workers by number. What `status`, the
 * control API and the metrics show is made from it.
 */

struct snapshot_worker {
	struct live_worker worker;
	uint32_t slot; /* in the table, for its samples */
	bool chosen; /* for snapshot_take() */
	bool measured; /* `usage` is of the current run */
	struct live_usage usage;
};

struct snapshot_pool {
	struct live_pool pool;
	enum worker_state state; /* of its worst worker */
	uint32_t states[WORKER_STATE_COUNT]; /* how many are in each */
	bool chosen; /* for snapshot_take() */
	struct snapshot_worker *workers; /* those that are chosen */
	size_t worker_count;
};

struct snapshot {
	struct live_instance instance;
	int64_t taken_at_us;
	int64_t taken_mono_ns;
	struct snapshot_pool *pools; /* those that are chosen */
	size_t pool_count;
	struct snapshot_worker *workers; /* all that were copied */
};

/* What a snapshot is to contain. */
struct snapshot_choice {
	/* "web", "web/0" or "all"; of a pool that is named by a worker only
	 * that worker is listed, but all count */
	const char *const *names;
	size_t name_count; /* 0: everything */
	bool hidden; /* the helpers of reeve too */
};

/* Copies the table. Returns 0; or -1 with the reason: a name that does not
 * exist (errno is ENOENT then), or no memory. */
int snapshot_take(struct snapshot *snapshot, const struct live_table *table,
		  const struct snapshot_choice *choice, struct error *error);

/* Frees what snapshot_take() allocated. */
void snapshot_release(struct snapshot *snapshot);

/* Writes "POOL/INDEX". */
void snapshot_worker_name(const struct snapshot_pool *pool,
			  const struct snapshot_worker *worker,
			  char name[WORKER_NAME_SIZE]);

/* Whether the worker is wanted but neither ready nor done. */
bool snapshot_is_missing(const struct live_worker *worker);

/* Whether no chosen worker is missing. */
bool snapshot_is_up(const struct snapshot *snapshot);

/* How long the current run lasts, in nanoseconds; -1 where there is none. */
int64_t snapshot_uptime_ns(const struct snapshot *snapshot,
			   const struct live_worker *worker);

#endif
