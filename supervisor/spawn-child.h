#ifndef SUPERVISOR_SPAWN_CHILD_H
#define SUPERVISOR_SPAWN_CHILD_H

#include "supervisor/spawn.h"

#include <limits.h>
#include <stdint.h>

/*
 * What the child does between clone and exec. It runs in the memory of the
 * caller, who waits: so it makes plain system calls, and nothing that locks,
 * allocates or is instrumented.
 */

#define SPAWN_IN_CHILD __attribute__((no_sanitize("address", "undefined")))

struct spawn_child {
	const struct spawn_request *request;
	struct spawn_failure *failure; /* filled here; step NULL: no failure */
	/* Signals, by bit `number - 1`, to be set to their default. */
	uint64_t reset_signals;
	/* Memory and descriptors are shared with the caller, these up to
	 * close_range(). Where not, `failure` is written to the descriptor
	 * after the staged ones too: what calls itself vfork may copy, as it
	 * does in valgrind. */
	bool shared;
	bool has_terminal; /* the caller */
	pid_t parent;
	char path[PATH_MAX]; /* to build a program's path in */
};

/* Notes what failed by errno, and ends the child. */
void spawn_child_fail(struct spawn_child *child, const char *step,
		      const char *object);

/* spawn-setup.c: gives the child its cgroups, limits, placement, scheduling,
 * identity and folder. Where a program is found depends on them. */
void spawn_child_set_up(struct spawn_child *child);

/* Becomes the program of `child->request`; comes back never: exits with 127
 * when a step fails. `context` is a struct spawn_child. */
void spawn_child_run(void *context);

#endif
