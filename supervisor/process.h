#ifndef SUPERVISOR_PROCESS_H
#define SUPERVISOR_PROCESS_H

#include "supervisor/limits.h"
#include <sched.h>

#include "supervisor/worker.h"

#include <event2/event.h>
#include <event2/event_struct.h>

struct instance;

/*
 * The real kernel of workers: processes, pidfds and timers in the loop of the
 * instance.
 */

/* What a worker needs of the loop; worker->process points to it. */
struct process {
	struct event exit; /* its pidfd; added while a run is alive */
	struct event timer;
	struct event lifetime; /* of watch.c */
	uint64_t lifetime_run; /* that it was set for; 0: none */
	struct event verdict; /* added while a child has not run its program */
	int64_t lifetime_due_ns; /* CLOCK_MONOTONIC; when that timer goes off */
	int verdict_fd; /* the same; else -1 */
	struct run_limits limits;
	bool placed; /* it is bound to `cpus` */
	cpu_set_t cpus; /* where it is to run */
	int node; /* whose memory it is to have; -1: any */
	cpu_set_t settled; /* where its run was put */
	bool moving; /* the sweeper has been told to move it */
};

extern const struct kernel process_kernel;

/* Gives a new worker its struct process. Returns 0, or -1 when memory is
 * short. */
int process_init(struct worker *worker);

/* Takes over a changed config: where the worker is placed. */
void process_configure(struct worker *worker);

/* Undoes process_init(). The worker has no process. */
void process_release(struct worker *worker);

/* Makes `pid` the main process of the present run, in place of the one that it
 * had; `pidfd` is taken over. */
void process_follow(struct worker *worker, pid_t pid, int pidfd);

/*
 * Reaps whatever has ended and is not known by a pidfd: orphans that came to
 * the supervisor as their subreaper, and, where the kernel has no pidfds, the
 * workers themselves.
 */
void process_reap_all(struct instance *instance);

#endif
