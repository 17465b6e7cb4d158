#ifndef BASE_FOLDERS_H
#define BASE_FOLDERS_H

#include <stddef.h>
#include <sys/types.h>

#include "base/error.h"

/* Where an instance keeps its files. Paths are absolute. */
struct folders {
	char runtime[512];
	char state[512];
};

/*
 * Finds the folders of `instance`: `runtime_dir` and `state_dir` from the
 * config win where they are not NULL, then REEVE_RUNTIME_DIR and
 * REEVE_STATE_DIR (not inside a worker, where REEVE_RUN is set), then for root
 * /run/reeve/INSTANCE and /var/lib/reeve/INSTANCE, for others
 * $XDG_RUNTIME_DIR/reeve/INSTANCE and $XDG_STATE_HOME/reeve/INSTANCE
 * (~/.local/state). Nothing is made. Returns 0, or -1 and the reason (no home,
 * a path too long).
 */
int folders_find(struct folders *folders, const char *instance,
		 const char *runtime_dir, const char *state_dir,
		 struct error *error);

/*
 * The folder below which the runtime folders of all instances of this user
 * lie by default, for the command line to look for running ones: writes it to
 * `path` of `size` bytes; returns 0 or -1.
 */
int folders_runtime_parent(char *path, size_t size, struct error *error);

/* The same for the state folders. */
int folders_state_parent(char *path, size_t size, struct error *error);

/*
 * The pid of the supervisor that holds the lock of that runtime folder, or 0.
 * The lock is tried only when the pid in its file exists, so that a supervisor
 * that is about to take it never finds it taken by somebody who only looks.
 */
pid_t folders_lock_holder(const char *runtime);

#endif
