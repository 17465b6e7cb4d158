#ifndef SUPERVISOR_METER_H
#define SUPERVISOR_METER_H

#include "base/error.h"

/*
 * The meter of a pool: the command of `workers: {by: exec …}`, which is run
 * every so often as a task (task.h) and prints a number.
 */

struct meter;
struct pool;

/* Called from the loop each time it has printed a number. */
typedef void meter_fn(double value, void *context);

/* Begins to run it. NULL when memory is short. */
struct meter *meter_open(struct pool *pool, meter_fn *told, void *context);

/* Ends what runs now, on behalf of a worker that goes. */
void meter_cancel(struct meter *meter);

/* Ends it; NULL is fine. */
void meter_close(struct meter *meter);

#endif
