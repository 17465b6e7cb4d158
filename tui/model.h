#ifndef TUI_MODEL_H
#define TUI_MODEL_H

#include "live/snapshot.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * One look at the live table: what the screens show, a snapshot with names and
 * sums. It is taken anew once a second; rows point into it until then.
 */
struct model_worker {
	char name[WORKER_NAME_SIZE]; /* "web/0" */
	const struct model_pool *pool;
	uint32_t slot; /* in the live table */
	const struct live_worker *life;
	const struct live_usage *usage; /* of this run; zeros: none yet */
};

/* What several workers add up to. */
struct model_sum {
	unsigned counts[WORKER_STATE_COUNT]; /* workers in each state */
	unsigned workers;
	unsigned wanted;
	unsigned ready; /* those in state done too */
	uint64_t restarts;
	uint64_t cpu_permille;
	uint64_t rss_bytes;
};

struct model_pool {
	const struct live_pool *info;
	struct model_sum sum;
	enum worker_state state; /* the worst of its workers */
	struct live_exit last_exit; /* the latest of its workers */
	const struct model_worker *workers; /* by index; in the model */
};

struct model {
	const struct live_table *table; /* for samples; not owned */
	struct snapshot snapshot;
	struct model_pool *pools; /* in the order of the config; owned */
	size_t pool_count;
	struct model_worker *workers; /* pool by pool, by index; owned */
	size_t worker_count;
	struct model_sum sum;
};

/* Reads `table` into `model`, which is one of zeros or was taken before: what
 * it had is freed. Hidden pools are left out unless `helpers`. Ends the
 * program when memory is short. */
void model_take(struct model *model, const struct live_table *table,
		bool helpers);

void model_release(struct model *model);

/* When the model was taken, in microseconds since 1970. */
int64_t model_time_us(const struct model *model);

/* The pool or the worker of that name, or NULL. */
const struct model_pool *model_find_pool(const struct model *model,
					 const char *name);
const struct model_worker *model_find_worker(const struct model *model,
					     const char *name);

/* Whether `last_exit` is a crash so new that it should catch the eye. */
bool model_is_fresh(const struct model *model,
		    const struct live_exit *last_exit);

/* How a chart reads one value of a sample. */
typedef uint32_t sample_value_fn(const struct live_sample *sample);
uint32_t sample_cpu_permille(const struct live_sample *sample);
uint32_t sample_rss_kib(const struct live_sample *sample);

/* Writes the latest samples, `capacity` at most, oldest first, added up over
 * `count` workers that stand side by side in the model; returns how many. */
size_t model_samples(const struct model *model,
		     const struct model_worker *workers, size_t count,
		     sample_value_fn *value, uint32_t *out, size_t capacity);

/* The number of the latest sample, counted by the clock: see chart_bins(). */
uint64_t model_sample_number(const struct model *model);

#endif
