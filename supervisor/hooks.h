#ifndef SUPERVISOR_HOOKS_H
#define SUPERVISOR_HOOKS_H

#include "base/error.h"
#include "store/event.h"

struct hooks;
struct instance;
struct worker;

/*
 * Hooks: commands that a pool wants to be run when something happens to one of
 * its workers. They are tasks, started some milliseconds later, so many at a
 * time. The others wait; where one of the same worker and kind waits already it
 * stands for both, and when too many wait one of the same pool and kind does.
 * How they ended is an event (EVENT_HOOK).
 */

/* NULL and the reason. */
struct hooks *hooks_open(struct instance *instance, struct error *error);

/* NULL is fine. To be called after tasks_close(). */
void hooks_close(struct hooks *hooks);

/* An event of a worker was published: runs what is hooked to it. */
void hooks_worker_event(struct worker *worker,
			const struct event_record *event);

/* The worker goes: what still waits for its turn is not run. */
void hooks_forget(const struct worker *worker);

/* Whether some wait for their turn. */
bool hooks_are_waiting(const struct instance *instance);

#endif
