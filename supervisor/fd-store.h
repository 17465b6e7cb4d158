#ifndef SUPERVISOR_FD_STORE_H
#define SUPERVISOR_FD_STORE_H

#include <stdbool.h>
#include <stddef.h>

/*
 * The descriptors that a run has left with the supervisor for the run after it
 * (FDSTORE=1 of sd_notify(3)). They are kept, handed on and closed, and never
 * asked what they are, which can take as long as the owner of a file likes.
 * Sockets and pipes of which the other end is gone are dropped
 * where they are watched.
 */

struct fd_store;

/* A store of up to `limit` descriptors; NULL when memory or descriptors are
 * short. */
struct fd_store *fd_store_new(size_t limit);

/* Closes all that is in it, and frees it; NULL is fine. */
void fd_store_free(struct fd_store *store);

/* Changes how many it takes; those too many, the latest, are closed. Returns
 * 0, or -1 when memory is short. */
int fd_store_resize(struct fd_store *store, size_t limit);

/* How many are in it. */
size_t fd_store_count(const struct fd_store *store);

/* The descriptor number `i`, in the order in which they came, and its name. */
int fd_store_fd(const struct fd_store *store, size_t i);
const char *fd_store_name(const struct fd_store *store, size_t i);

/*
 * Takes over `fd` under a name, "stored" where that is empty. Where `watched`,
 * it is dropped when its other end is gone. One that is there already under
 * any name is closed and counts as stored. Returns false when the store is
 * full; then `fd` is closed.
 */
bool fd_store_add(struct fd_store *store, int fd, const char *name,
		  bool watched);

/* Closes those of that name; returns how many. */
size_t fd_store_remove(struct fd_store *store, const char *name);

/* Closes all. */
void fd_store_clear(struct fd_store *store);

/* Readable when some descriptor is to be dropped: for the loop. */
int fd_store_watch_fd(const struct fd_store *store);

/* Drops those whose other end is gone; returns how many. */
size_t fd_store_drop_dead(struct fd_store *store);

/* Closes a descriptor that a worker has sent, and never waits for what a
 * socket has still to send. */
void fd_store_discard(int fd);

#endif
