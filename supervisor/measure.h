#ifndef SUPERVISOR_MEASURE_H
#define SUPERVISOR_MEASURE_H

#include "base/error.h"
#include "live/table.h"
#include "supervisor/processes.h"

/*
 * One measurement of all workers: finds the main process of each in the list of
 * processes and publishes its usage in the live table. It has no memory of its
 * own: what was measured before stands in the table.
 */

/* Reads /proc and measures. Returns 0; or -1 and the reason, and nothing
 * changed. */
int measure_workers(struct live_table *table, struct processes *processes,
		    struct error *error);

#endif
