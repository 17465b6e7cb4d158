#ifndef SUPERVISOR_RUN_REQUEST_H
#define SUPERVISOR_RUN_REQUEST_H

#include "supervisor/worker.h"

/*
 * What the config of a pool says of its processes, as spawn() wants it, and
 * where this one is placed.
 */

/* Sets folder, place, identity, rlimits and scheduling of a run of `worker`;
 * `rlimits` is memory for the request, which has to live as long. */
void run_request_fill(struct spawn_request *request,
		      const struct worker *worker,
		      struct spawn_rlimit rlimits[RLIM_NLIMITS]);

#endif
