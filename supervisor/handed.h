#ifndef SUPERVISOR_HANDED_H
#define SUPERVISOR_HANDED_H

#include "supervisor/environment.h"
#include "supervisor/spawn.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

/*
 * The descriptors that one run is handed: its three standard streams, then
 * those that it learns of by LISTEN_FDS, with their names as LISTEN_FDNAMES
 * has them.
 */
struct handed {
	int fds[SPAWN_FD_MAX];
	size_t count;
	char names[LISTEN_NAMES_SIZE];
};

/* Adds one. Returns whether there was room for it and its name. */
static inline bool handed_add(struct handed *handed, int fd, const char *name)
{
	size_t used = strlen(handed->names);

	if (handed->count == SPAWN_FD_MAX ||
	    used + strlen(name) + 2 > sizeof(handed->names))
		return false;
	snprintf(handed->names + used, sizeof(handed->names) - used, "%s%s",
		 handed->count > 3 ? ":" : "", name);
	handed->fds[handed->count++] = fd;
	return true;
}

#endif
