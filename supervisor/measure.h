#ifndef SUPERVISOR_MEASURE_H
#define SUPERVISOR_MEASURE_H

#include "base/error.h"
#include "live/table.h"
#include "supervisor/judge.h"
#include "supervisor/processes.h"

/*
 * One measurement of all workers: finds the tree of each in the list of
 * processes, publishes its usage in the live table and judges it. It has no
 * memory of its own: what was measured before stands in the table.
 */

/* Is told a verdict on the worker in `slot` before its usage is published.
 * Returns whether it could be passed on. */
typedef bool verdict_fn(const struct live_table *table, uint32_t slot,
			const struct verdict *verdict, void *context);

/* Is asked whether some process of the worker in `slot` has a connection open
 * that came by a socket of its pool. */
typedef bool connected_fn(const struct live_pool *pool, uint32_t slot,
			  void *context);

/* Whom a measurement asks and tells. */
struct measure_calls {
	verdict_fn *tell;
	connected_fn *is_connected;
	void *context; /* of both */
};

/* Reads /proc and measures. Returns 0; or -1 and the reason, and nothing
 * changed. */
int measure_workers(struct live_table *table, struct processes *processes,
		    const struct measure_calls *calls, struct error *error);

#endif
