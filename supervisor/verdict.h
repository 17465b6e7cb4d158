#ifndef SUPERVISOR_VERDICT_H
#define SUPERVISOR_VERDICT_H

#include "supervisor/worker.h"

/*
 * How the start of a child went that the supervisor did not wait for, because
 * it enters cgroups of version 1 by itself (spawn_request.attach): a pipe in
 * the loop tells. Until then run.launching is set.
 */

/* Waits for the verdict on a run that has just been started; `fd` is taken
 * over, -1: it is known already. */
void verdict_watch(struct worker *worker, int fd);

/* Takes the verdict where it is there: a failure goes into run.end, as the
 * child is about to end; one that runs its program is ready, where that is all
 * it takes. Nothing when there is none to wait for. */
void verdict_take(struct worker *worker);

/* It is not waited for any longer. */
void verdict_forget(struct worker *worker);

#endif
