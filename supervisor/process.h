#ifndef SUPERVISOR_PROCESS_H
#define SUPERVISOR_PROCESS_H

#include "supervisor/remains.h"
#include "supervisor/limits.h"
#include "supervisor/worker.h"

#include <event2/event.h>
#include <event2/event_struct.h>
#include <sched.h>

/*
 * The real kernel of workers, in the loop of the instance: launch.h says how
 * runs start, reaper.h how they end; timers and signals are here.
 */

/* What a worker needs of the loop; worker->process points to it. */
struct process {
	int64_t due_ns; /* when the timer is to go off, CLOCK_MONOTONIC */
	struct event timer;
	struct event exit; /* of reaper.c: its pidfd; added while a run lives */
	/* Of verdict.c: added while a child has not run its program. */
	struct event verdict;
	int verdict_fd; /* the same; else -1 */
	struct remains remains;
	struct event lifetime; /* of watch.c */
	uint64_t lifetime_run; /* that it was set for; 0: none */
	int64_t lifetime_due_ns; /* CLOCK_MONOTONIC; when that timer goes off */
	struct run_limits limits;
	bool placed; /* it is bound to `cpus` */
	cpu_set_t cpus; /* where it is to run */
	int node; /* whose memory it is to have; -1: any */
	cpu_set_t settled; /* where its run was put */
	bool moving; /* the sweeper has been told to move it to `cpus` */
	uint64_t choice_run; /* the last one that chose CPUs itself; 0: none */
};

extern const struct kernel process_kernel;

/* Gives a new worker its struct process. Returns 0, or -1 when memory is
 * short. */
int process_init(struct worker *worker);

/* Takes over a changed config: where the worker is placed. */
void process_configure(struct worker *worker);

/* Undoes process_init(). The worker has no process. */
void process_release(struct worker *worker);

#endif
