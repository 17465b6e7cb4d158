#ifndef SUPERVISOR_CGROUP_H
#define SUPERVISOR_CGROUP_H

#include "base/error.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * A cgroup for each worker, below one for the instance, which lies in the
 * cgroup (version 2; of a hybrid set-up too) that reeve was started in:
 *
 *	OWN/reeve.INSTANCE.MARK/POOL.INDEX
 *
 * where the mark stands for the runtime folder: two instances may have the
 * same name, and must not end each other's workers.
 *
 * Runs are born into it (spawn_request.cgroup), so nothing that they start
 * gets out of sight. No controllers are needed. The supervisor only makes,
 * looks and removes; it never writes cgroup.procs or cgroup.kill, which can
 * block for long. Killing is the sweeper's work, and it makes the worker's
 * cgroup anew when it has killed in it.
 */

/* As in a message (supervisor/message.h). */
enum { CGROUP_PATH_SIZE = 512 };

/* What the name of the cgroup ends with that reeve itself may move into. */
#define CGROUP_LEAF ".self"

struct cgroups {
	char path[CGROUP_PATH_SIZE]; /* of the instance, absolute; "": none */
	int folder; /* the same, open (O_PATH) */
};

/*
 * Finds out where the cgroups of `instance` with this runtime folder go and
 * makes the instance's; what is there of an earlier supervisor stays. Reads
 * /proc, so it is for the start only. Returns 0, or -1 and the reason why there
 * can be none: no cgroup2 here, not writable, or environment REEVE_CGROUP=off.
 */
int cgroups_open(struct cgroups *cgroups, const char *instance,
		 const char *runtime, struct error *error);

/*
 * Removes the instance's cgroup with all that are in it, as far as they are
 * empty, and closes.
 */
void cgroups_close(struct cgroups *cgroups);

/*
 * Opens the cgroup of a worker to start a run in it, and makes it where it is
 * missing. Returns a descriptor, which the caller closes, or -1 and the reason.
 */
int cgroup_open(const struct cgroups *cgroups, const char *pool, uint64_t index,
		struct error *error);

/*
 * Makes the cgroups of the workers 0 to `count` - 1 of a pool, below that of
 * the instance at `path`, from the last one down to the first that is there
 * already: meanwhile the supervisor starts the workers from the first one up,
 * and makes those that it finds missing. Where that fails, so will
 * cgroup_open(), which says why.
 */
void cgroup_make_ahead(const char *path, const char *pool, uint64_t count);

/* Whether a process that is no zombie is in the cgroup of a worker or below
 * it. Costs about 15 µs. */
bool cgroup_is_populated(const struct cgroups *cgroups, const char *pool,
			 uint64_t index);

/*
 * Opens the file that says whether the cgroup of a worker is populated; it is
 * readable in the sense of epoll(7) whenever that changes, EPOLLET taken for
 * granted. Returns a descriptor, which the caller closes, or -1 with errno.
 */
int cgroup_open_events(const struct cgroups *cgroups, const char *pool,
		       uint64_t index);

/* Whether that cgroup is populated: 1, 0, or -1 when it is removed. Costs about
 * 5 µs. */
int cgroup_events_populated(int events);

/* Whether a process, a zombie too, is in the cgroup of a worker or below it: 1,
 * 0, or -1 when there is no such process. Reads /proc/PID/cgroup, about 10 µs.
 */
int cgroup_holds(const struct cgroups *cgroups, const char *pool,
		 uint64_t index, pid_t pid);

/* Removes the cgroup of a worker that is gone for good, if it is empty. */
void cgroup_remove(const struct cgroups *cgroups, const char *pool,
		   uint64_t index);

/* Writes the path of a worker's cgroup. */
void cgroup_path(const struct cgroups *cgroups, const char *pool,
		 uint64_t index, char path[CGROUP_PATH_SIZE]);

/* ---- where cgroups are ---- */

/* Writes the folder of this process' own cgroup in the hierarchy of a
 * controller of version 1, or, for NULL, in cgroup2. Reads /proc. Returns 0, or
 * -1 and the reason. */
int cgroup_find_own(const char *controller, char folder[CGROUP_PATH_SIZE],
		    struct error *error);

/* Writes the path of an instance's cgroup below `own`. Returns 0, or -1 when it
 * is too long. */
int cgroup_name_instance(const char *own, const char *instance,
			 const char *runtime, char path[CGROUP_PATH_SIZE],
			 struct error *error);

/* ---- for any cgroup, given as an open folder ---- */

/* Whether the cgroup `name` below `folder` ("." is itself) is populated. */
bool cgroup_folder_is_populated(int folder, const char *name);

/* Removes all cgroups below `folder`, itself not, as far as they are empty. */
void cgroup_folder_clear(int folder);

#endif
