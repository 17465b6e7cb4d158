#ifndef SUPERVISOR_LAUNCH_H
#define SUPERVISOR_LAUNCH_H

#include "supervisor/worker.h"

/*
 * How runs start: with a number, the descriptors that they are handed, and
 * their program, in the cgroup of their worker.
 */

/* Starts the next run of a worker, as kernel->spawn() of struct kernel. */
int launch_run(struct worker *worker, struct spawn_failure *failure);

#endif
