#include "config.h"

#include "supervisor/connections.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* States of TCP in /proc/net/tcp that are no connection of anybody:
 * TIME_WAIT, CLOSE, LISTEN. */
enum { TCP_STATE_TIME_WAIT = 6, TCP_STATE_CLOSE = 7, TCP_STATE_LISTEN = 10 };

/* Of a unix socket, SS_CONNECTED of linux/net.h. */
enum { UNIX_STATE_CONNECTED = 3 };

uint64_t connection_path_key(const char *path)
{
	uint32_t hash = UINT32_C(2166136261); /* FNV-1a */

	for (; *path; path++)
		hash = (hash ^ (unsigned char)*path) * UINT32_C(16777619);
	return CONNECTION_PATH | hash;
}

static bool is_key(uint64_t key, const uint64_t *keys, size_t count)
{
	for (size_t i = 0; i < count && keys[i]; i++)
		if (keys[i] == key)
			return true;
	return false;
}

static void add(struct connections *connections, uint64_t inode)
{
	size_t capacity = connections->capacity * 2 + 64;
	uint64_t *inodes;

	/* 0: nobody has taken it yet. */
	if (inode == 0)
		return;
	if (connections->count == connections->capacity) {
		inodes = realloc(connections->inodes,
				 capacity * sizeof(*inodes));
		if (!inodes)
			return;
		connections->inodes = inodes;
		connections->capacity = capacity;
	}
	connections->inodes[connections->count++] = inode;
}

/* proc_net_tcp(5), and the same for IPv6. */
static void read_tcp(struct connections *connections, const char *path,
		     const uint64_t *keys, size_t count)
{
	FILE *file = fopen(path, "re");
	char line[512];

	while (file && fgets(line, sizeof(line), file)) {
		unsigned port, state;
		uint64_t inode;

		if (sscanf(line,
			   " %*u: %*[0-9A-F]:%x %*[0-9A-F]:%*x %x %*s %*s %*s "
			   "%*u %*u %" SCNu64,
			   &port, &state, &inode) == 3 &&
		    state != TCP_STATE_TIME_WAIT && state != TCP_STATE_CLOSE &&
		    state != TCP_STATE_LISTEN && is_key(port, keys, count))
			add(connections, inode);
	}
	if (file)
		fclose(file);
}

/* An accepted socket has the path of the one that listens. */
static void read_unix(struct connections *connections, const uint64_t *keys,
		      size_t count)
{
	FILE *file = fopen("/proc/net/unix", "re");
	char line[512], path[256];

	while (file && fgets(line, sizeof(line), file)) {
		unsigned state;
		uint64_t inode;

		if (sscanf(line, "%*s %*s %*s %*s %*s %x %" SCNu64 " %255[^\n]",
			   &state, &inode, path) == 3 &&
		    state == UNIX_STATE_CONNECTED &&
		    is_key(connection_path_key(path), keys, count))
			add(connections, inode);
	}
	if (file)
		fclose(file);
}

static int compare(const void *left, const void *right)
{
	const uint64_t *a = left, *b = right;

	return *a < *b ? -1 : *a > *b;
}

void connections_read(struct connections *connections, const uint64_t *keys,
		      size_t count)
{
	connections->count = 0;
	read_tcp(connections, "/proc/net/tcp", keys, count);
	read_tcp(connections, "/proc/net/tcp6", keys, count);
	read_unix(connections, keys, count);
	if (connections->count > 0)
		qsort(connections->inodes, connections->count,
		      sizeof(*connections->inodes), compare);
}

bool connections_has(const struct connections *connections, pid_t pid)
{
	char path[64], name[64];
	const struct dirent *entry;
	bool found = false;
	DIR *folder;

	snprintf(path, sizeof(path), "/proc/%d/fd", (int)pid);
	folder = connections->count > 0 ? opendir(path) : NULL;
	while (folder && !found && (entry = readdir(folder))) {
		ssize_t length = readlinkat(dirfd(folder), entry->d_name, name,
					    sizeof(name) - 1);
		uint64_t inode;

		name[length > 0 ? length : 0] = '\0';
		found = sscanf(name, "socket:[%" SCNu64, &inode) == 1 &&
			bsearch(&inode, connections->inodes, connections->count,
				sizeof(inode), compare);
	}
	if (folder)
		closedir(folder);
	return found;
}

void connections_release(struct connections *connections)
{
	free(connections->inodes);
	*connections = (struct connections){NULL, 0, 0};
}
