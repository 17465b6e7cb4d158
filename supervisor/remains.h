#ifndef SUPERVISOR_REMAINS_H
#define SUPERVISOR_REMAINS_H

#include <event2/event.h>
#include <event2/event_struct.h>
#include <stdbool.h>

/*
 * Whether anything of a run is left when its main process has ended.
 *
 * The cgroup.events of the worker's cgroup says so. From the first death of a
 * worker on that file is kept open, and the loop waits for it beside the pidfd:
 * that takes a tenth off the time of a restart. A process that dies leaves its
 * cgroup first, of which a thread of the kernel is told on the same CPU; then
 * it is announced as dead. A supervisor that waits for the second alone finds
 * that CPU busy, is woken on another, and so is its child later moved.
 */

struct worker;

/* A part of struct process. */
struct remains {
	struct event emptied; /* while `fd` is not -1 */
	int fd; /* cgroup.events; -1: not kept */
};

void remains_init(struct worker *worker);

/* Closes what is kept open. */
void remains_forget(struct worker *worker);

/* Whether anything of the run may be alive though its main process has
 * ended. Without cgroups only the sweeper's search can tell. */
bool remains_exist(struct worker *worker);

#endif
