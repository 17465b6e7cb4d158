#ifndef SUPERVISOR_REAPER_H
#define SUPERVISOR_REAPER_H

#include "supervisor/worker.h"

#include <sys/types.h>

struct instance;

/*
 * How runs end: a pidfd in the loop tells that a main process is dead,
 * waitid(2) tells how, and the worker goes on before the process is reaped.
 */

/* Watches the main process of a run that has just been started. Nothing where
 * there are no pidfds. */
void reaper_watch(struct worker *worker);

/* Makes `pid` the main process of the present run, in place of the one that it
 * had; `pidfd` is taken over. */
void reaper_follow(struct worker *worker, pid_t pid, int pidfd);

/* The worker goes: whatever process it has is no longer watched. */
void reaper_forget(struct worker *worker);

/* The worker whose main process is `pid`, or NULL. */
struct worker *reaper_find_worker(const struct instance *instance, pid_t pid);

/*
 * Reaps whatever has ended and is not known by a pidfd: orphans that came to
 * the supervisor as their subreaper, and, where the kernel has no pidfds, the
 * workers themselves.
 */
void reaper_reap_all(struct instance *instance);

#endif
