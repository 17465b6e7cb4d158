#include "config.h"

#include "supervisor/scaled.h"

#include "base/clock.h"
#include "supervisor/instance.h"
#include "supervisor/placing.h"
#include "supervisor/pool.h"
#include "supervisor/publish.h"

/* How many measurements of a run the use of CPU is the mean of. */
enum { CPU_SAMPLES = 5 };

/* ---- what there is ---- */

/* Whether it is up, and not just between two crashes. */
static bool is_well(const struct worker *worker)
{
	const struct restart_config *restart = &worker->pool->config->restart;

	return worker_is_up(worker) &&
	       (worker->policy.in_a_row == 0 ||
		clock_monotonic_ns() - worker->run.ready_ns >=
			restart->reset_ns);
}

struct scaled_census scaled_count(const struct pool *pool)
{
	struct scaled_census census = {0};

	for (uint32_t i = 0; i < pool->count; i++) {
		const struct worker *worker = pool->workers[i];

		census.wanted += worker->wanted;
		census.parked += worker->parked && !worker->gone;
		census.well += worker->wanted && is_well(worker);
		census.alive += worker->state != WORKER_STOPPED;
	}
	return census;
}

double scaled_cpu_percent(const struct pool *pool)
{
	const struct live_table *table = instance_live_table(pool->instance);
	double total = 0;

	for (uint32_t i = 0; i < pool->count; i++) {
		const struct worker *worker = pool->workers[i];
		struct live_sample samples[CPU_SAMPLES];
		struct live_usage usage;
		size_t number = CPU_SAMPLES;
		uint64_t permille = 0;

		if (worker->run.pid <= 0 ||
		    !live_table_get_usage(table, worker->slot, &usage) ||
		    usage.run != worker->run.number)
			continue;
		if (number > usage.run_samples)
			number = usage.run_samples;
		number = live_table_get_samples(table, worker->slot, samples,
						number);
		for (size_t k = 0; k < number; k++)
			permille += samples[k].cpu_permille;
		if (number > 0)
			total += (double)permille / 10 / (double)number;
	}
	return total;
}

/* ---- changing it ---- */

static void want(struct worker *worker)
{
	worker->parked = false;
	worker->gone = false;
	worker_note_reason(worker, "scale", NULL);
	if (worker->state == WORKER_STOPPED) {
		worker->wanted = true;
		publish_worker(worker);
	} else {
		worker_input(worker, INPUT_START, CAUSE_SCALED);
	}
}

void scaled_raise(struct pool *pool, uint32_t number)
{
	uint32_t size = pool_size(pool);

	for (uint32_t i = 0; i < size && number > 0; i++) {
		if (!pool->workers[i]->parked)
			continue;
		want(pool->workers[i]);
		number--;
	}
	if (number > 0 &&
	    pool_resize(pool, size + number, CAUSE_SCALED, NULL) < 0)
		publish_warning(pool->instance,
				"cannot scale %s: out of memory",
				pool->config->name);
	placing_update(pool->instance);
	for (uint32_t i = size; i < pool_size(pool); i++)
		want(pool->workers[i]);
	pool_resized(pool);
}

void scaled_park(struct worker *worker)
{
	struct pool *pool = worker->pool;

	worker->parked = true;
	worker_ask(worker, INPUT_STOP, CAUSE_SCALED, NULL);
	for (uint32_t i = pool_size(pool); i-- > 1;) {
		if (!pool->workers[i]->parked)
			break;
		pool->workers[i]->gone = true;
	}
	publish_worker(worker);
	pool_resized(pool);
}

void scaled_lower(struct pool *pool)
{
	for (uint32_t i = pool->count; i-- > 0;) {
		if (!pool->workers[i]->wanted)
			continue;
		scaled_park(pool->workers[i]);
		return;
	}
}

void scaled_park_done(struct pool *pool)
{
	for (uint32_t i = pool->count; i-- > 0;)
		if (pool->workers[i]->state == WORKER_DONE)
			scaled_park(pool->workers[i]);
}
