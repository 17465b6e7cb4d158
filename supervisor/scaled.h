#ifndef SUPERVISOR_SCALED_H
#define SUPERVISOR_SCALED_H

#include "supervisor/worker.h"

#include <stdint.h>

struct pool;

/*
 * The workers of a pool that scales: how many there are and what they use; and
 * having more or fewer of them, by parking (scaler.h).
 */

struct scaled_census {
	uint32_t wanted;
	uint32_t parked;
	uint32_t well; /* wanted, up, and not just between two crashes */
	uint32_t alive; /* not stopped */
};

struct scaled_census scaled_count(const struct pool *pool);

/* Percent of one CPU that all its workers use together. */
double scaled_cpu_percent(const struct pool *pool);

/* Has `number` more workers come up: those that are parked first. */
void scaled_raise(struct pool *pool, uint32_t number);

/* Stops a worker until it is needed, and drops what is parked at the end. */
void scaled_park(struct worker *worker);

/* Stops the worker with the highest number. */
void scaled_lower(struct pool *pool);

/* Parks the workers whose run has ended by itself and is not to be started
 * again: it has done what it was started for. */
void scaled_park_done(struct pool *pool);

#endif
