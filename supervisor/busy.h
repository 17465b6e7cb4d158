#ifndef SUPERVISOR_BUSY_H
#define SUPERVISOR_BUSY_H

#include "live/table.h"
#include "supervisor/processes.h"

/*
 * Whether a thread of a worker wants all of a CPU, also where others leave it
 * only a part of one: the time that it waits for a CPU counts as well as that
 * which it gets (/proc/PID/schedstat; the kernel's sched-stats.rst), as long as
 * it hardly ever sleeps. One thread at a time is followed, one that runs or
 * waits to; when it turns out to want less, another takes its turn at the next
 * measurement.
 */

/* Follows the thread that was followed at the measurement before it, `former`,
 * or chooses one of the tree of `main`; without one that runs, none. */
struct live_busy busy_follow(const struct processes *processes,
			     const struct process *main,
			     const struct live_busy *former);

#endif
