#ifndef SUPERVISOR_RUN_END_H
#define SUPERVISOR_RUN_END_H

#include "supervisor/worker.h"

/*
 * How the run of a worker has ended, by worker->run.end.
 */

/* Why it ended: because reeve asked for it, or by itself or by others. */
enum end_cause run_end_cause(const struct worker *worker);

/* Fills an EVENT_ENDED with all that is known of the end. */
void run_end_describe(const struct worker *worker, enum end_cause cause,
		      struct event_record *event);

/* Keeps the end as the worker's last one. */
void run_end_remember(struct worker *worker, enum end_cause cause);

#endif
