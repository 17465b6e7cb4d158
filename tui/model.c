#include "config.h"

#include "tui/model.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* A crash is shown as new for this long. */
enum { FRESH_US = 10 * 1000 * 1000 };

static void *allocate(size_t count, size_t size)
{
	void *memory = calloc(count ? count : 1, size);

	assert(memory);
	return memory;
}

static void sum_add(struct model_sum *sum, const struct model_worker *worker)
{
	enum worker_state state = worker->life->state;

	sum->counts[state]++;
	sum->workers++;
	sum->ready += state == WORKER_READY || state == WORKER_DONE;
	sum->restarts += worker->life->restarts;
	sum->cpu_permille += worker->usage->cpu_permille;
	sum->rss_bytes += worker->usage->rss_bytes;
}

static void take_worker(struct model_worker *worker,
			const struct model_pool *pool,
			const struct snapshot_pool *from,
			const struct snapshot_worker *copy)
{
	static const struct live_usage unknown;

	*worker = (struct model_worker){
		.pool = pool,
		.slot = copy->slot,
		.life = &copy->worker,
		.usage = copy->measured ? &copy->usage : &unknown,
	};
	snapshot_worker_name(from, copy, worker->name);
}

static void take_pool(struct model *model, const struct snapshot_pool *from)
{
	struct model_pool *pool = &model->pools[model->pool_count++];

	pool->info = &from->pool;
	pool->state = from->state;
	pool->workers = &model->workers[model->worker_count];
	pool->sum.wanted = from->pool.wanted;
	model->sum.wanted += from->pool.wanted;
	for (size_t i = 0; i < from->worker_count; i++) {
		struct model_worker *worker =
			&model->workers[model->worker_count++];

		take_worker(worker, pool, from, &from->workers[i]);
		sum_add(&pool->sum, worker);
		sum_add(&model->sum, worker);
		if (worker->life->last_exit.at_us > pool->last_exit.at_us)
			pool->last_exit = worker->life->last_exit;
	}
}

void model_take(struct model *model, const struct live_table *table,
		bool helpers)
{
	struct snapshot_choice everything = {.hidden = helpers};
	struct error error;
	int taken;

	model_release(model);
	model->table = table;
	taken = snapshot_take(&model->snapshot, table, &everything, &error);
	assert(taken == 0); /* fails for memory alone */
	model->pools =
		allocate(model->snapshot.pool_count, sizeof(*model->pools));
	model->workers =
		allocate(live_table_capacity(table), sizeof(*model->workers));
	for (size_t i = 0; i < model->snapshot.pool_count; i++)
		take_pool(model, &model->snapshot.pools[i]);
}

void model_release(struct model *model)
{
	snapshot_release(&model->snapshot);
	free(model->pools);
	free(model->workers);
	*model = (struct model){0};
}

int64_t model_time_us(const struct model *model)
{
	return model->snapshot.taken_at_us;
}

const struct model_pool *model_find_pool(const struct model *model,
					 const char *name)
{
	for (size_t i = 0; i < model->pool_count; i++)
		if (strcmp(model->pools[i].info->name, name) == 0)
			return &model->pools[i];
	return NULL;
}

const struct model_worker *model_find_worker(const struct model *model,
					     const char *name)
{
	for (size_t i = 0; i < model->worker_count; i++)
		if (strcmp(model->workers[i].name, name) == 0)
			return &model->workers[i];
	return NULL;
}

bool model_is_fresh(const struct model *model,
		    const struct live_exit *last_exit)
{
	return last_exit->at_us > 0 && end_cause_is_crash(last_exit->cause) &&
	       model_time_us(model) - last_exit->at_us < FRESH_US;
}

uint32_t sample_cpu_permille(const struct live_sample *sample)
{
	return sample->cpu_permille;
}

uint32_t sample_rss_kib(const struct live_sample *sample)
{
	return sample->rss_kib;
}

size_t model_samples(const struct model *model,
		     const struct model_worker *workers, size_t count,
		     sample_value_fn *value, uint32_t *out, size_t capacity)
{
	uint32_t sums[LIVE_SAMPLES] = {0}; /* the newest at the end */
	size_t longest = 0;

	if (capacity > LIVE_SAMPLES)
		capacity = LIVE_SAMPLES;
	for (size_t i = 0; i < count; i++) {
		struct live_sample own[LIVE_SAMPLES];
		size_t got = live_table_get_samples(
			model->table, workers[i].slot, own, capacity);

		for (size_t k = 0; k < got; k++)
			sums[LIVE_SAMPLES - got + k] += value(&own[k]);
		longest = got > longest ? got : longest;
	}
	memcpy(out, sums + LIVE_SAMPLES - longest, longest * sizeof(*out));
	return longest;
}

uint64_t model_sample_number(const struct model *model)
{
	int64_t interval_us =
		model->snapshot.instance.sample_interval_ns / 1000;

	return interval_us > 0 ? (uint64_t)(model_time_us(model) / interval_us)
			       : 0;
}
