#ifndef SUPERVISOR_CONNECTIONS_H
#define SUPERVISOR_CONNECTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * The connections of this machine (of its network namespace) that came by
 * certain sockets, and who has them open.
 */

/* What a connection is known by: the local port of TCP, or CONNECTION_PATH and
 * the hash of a unix socket's path. 0: none. */
#define CONNECTION_PATH (UINT64_C(1) << 32)

/* The key of a path. */
uint64_t connection_path_key(const char *path);

struct connections {
	uint64_t *inodes; /* of their sockets, sorted */
	size_t count;
	size_t capacity;
};

/* Reads those whose key is among `keys`, which 0 or `count` ends, from
 * /proc/net. What cannot be read has none. */
void connections_read(struct connections *connections, const uint64_t *keys,
		      size_t count);

/* Whether the process has one of them open. */
bool connections_has(const struct connections *connections, pid_t pid);

void connections_release(struct connections *connections);

#endif
