#ifndef SUPERVISOR_SWEEP_H
#define SUPERVISOR_SWEEP_H

#include "supervisor/cgroup.h"
#include "supervisor/message.h"
#include "supervisor/stray.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What the sweeper has to do: each request of the supervisor is one sweep. It
 * is looked at again and again, first soon and then less often, until nothing
 * is left that it is about.
 */

/* A process that was killed, or that reeve may not kill. */
struct victim {
	pid_t pid;
	uint64_t start_ticks;
	bool spared; /* no permission: it is none of ours to wait for */
};

struct sweep {
	struct sweep *next;
	uint64_t run; /* 0: all runs of the instance */
	char pool[NAME_SIZE]; /* its worker, named in the answer */
	uint64_t index;
	pid_t pid; /* of the main process when it may be alive; or 0 */
	char cgroup[CGROUP_PATH_SIZE]; /* "": there is none */
	bool cgroup_done;
	bool done; /* nothing left; to be answered */
	int64_t look_at_ns; /* CLOCK_MONOTONIC */
	int64_t pause_ns; /* from one look to the next */
	/* What the last search has found, to see whether it still grows. */
	uint64_t found_mark;
	unsigned searches;
	/* For the answer. */
	struct victim *victims;
	size_t victim_count;
	uint64_t killed;
	char text[sizeof(((struct message *)0)->text)];
};

/* What all sweeps need to know. */
struct sweeper {
	const char *instance;
	const char *runtime; /* marks the instance's processes */
	pid_t supervisor;
	struct sweep *sweeps; /* under way, owned */
};

/* Kills `process` for `sweep` and notes it; each process is noted once, one
 * that may not be killed is spared from then on. */
void sweep_kill(struct sweep *sweep, const struct stray *process);

/* Notes that `process` is killed, without doing it. */
void sweep_note(struct sweep *sweep, const struct stray *process);

/* Whether reeve may not kill `process`. */
bool sweep_spares(const struct sweep *sweep, const struct stray *process);

/*
 * Looks at the cgroup of a sweep: kills what is in it; when it is empty, makes
 * it anew and sets cgroup_done. (After a write to cgroup.kill some kernels
 * kill whatever is cloned into the same cgroup later.) Of the whole instance's
 * cgroup those below it are removed.
 */
void sweep_cgroup(const struct sweeper *sweeper, struct sweep *sweep);

/*
 * Searches /proc once for all sweeps that have `look_at_ns` behind them at
 * `now_ns` and no cgroup to empty any more: processes with the run in their
 * environment, and their descendants, whoever they belong to. What is found is
 * stopped until a search finds no more than the one before, so that it cannot
 * multiply, then killed. Sets `done` where nothing is found.
 */
void sweep_search(const struct sweeper *sweeper, int64_t now_ns);

typedef void sweep_visit_fn(void *context, const struct stray *process);

/* Calls `visit` for each process in the cgroup at `path` and those below it. */
void sweep_visit_cgroup(const char *path, sweep_visit_fn *visit, void *context);

/* Searches /proc and calls `visit` for each process of a run, of which `pid` is
 * the main process. */
void sweep_visit_run(const struct sweeper *sweeper, uint64_t run, pid_t pid,
		     sweep_visit_fn *visit, void *context);

/* Does what a MESSAGE_PLACE asks for, and fills the answer. */
void sweep_place(const struct sweeper *sweeper, const struct message *request,
		 struct message *answer);

#endif
