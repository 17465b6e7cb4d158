#ifndef SUPERVISOR_CONTROLLER_H
#define SUPERVISOR_CONTROLLER_H

#include "base/error.h"
#include "supervisor/cgroup.h"

#include <stdint.h>

/*
 * The cgroup controllers by which workers are limited, and where they are: in
 * cgroup2, where reeve's own cgroup has them to give (Delegate=yes of systemd),
 * else in a hierarchy of version 1, of which a machine may have several beside
 * cgroup2. There the cgroups of workers have the same names below reeve's own
 * one:
 *
 *	OWN/reeve.INSTANCE.MARK/POOL.INDEX
 */

enum controller {
	CONTROLLER_MEMORY,
	CONTROLLER_PROCESSES,
	CONTROLLER_CPU,
	CONTROLLER_COUNT
};

struct controller_place {
	int version; /* of cgroups: 1 or 2 */
	char path[CGROUP_PATH_SIZE]; /* reeve's own cgroup there */
};

/* Looks where a controller is that can be used. Reads /proc. Returns 0, or -1
 * and the reason why there is none. */
int controller_find(enum controller controller, struct controller_place *place,
		    struct error *error);

/*
 * Hands a controller of cgroup2 on to the workers below the instance's cgroup.
 * Where reeve's own cgroup may not hold processes for that, reeve moves into
 * one beside the instance's, called like that with ".self" at the end, and
 * takes its helpers along. May take some milliseconds. Returns 0, or -1 and the
 * reason: there are processes in reeve's own cgroup that are not reeve's.
 */
int controller_enable(enum controller controller,
		      const struct controller_place *place,
		      const struct cgroups *cgroups, struct error *error);

/* Takes back what controller_enable() did at the end of reeve, as far as that
 * can be. */
void controller_disable(const struct controller_place *place,
			const struct cgroups *cgroups);

/* Writes the limit of a cgroup; a negative one is none. `limit` is bytes, a
 * number, or thousandths of a CPU. Returns 0, or -1 with errno. */
int controller_write(enum controller controller, int version, int folder,
		     int64_t limit);

/* Reads the number behind `key` in a file of a cgroup, or the first one when
 * `key` is NULL; 0 where there is none. */
uint64_t controller_read(int folder, const char *file, const char *key);

/* Lets a memory cgroup of version 1 count from here on. */
void controller_reset_memory(int folder);

/* Removes the cgroups of an instance in the hierarchies of version 1, as far as
 * they are empty. */
void controllers_remove(const char *instance, const char *runtime);

#endif
