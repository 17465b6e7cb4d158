#include "config.h"

#include "supervisor/fd-store.h"

#include "supervisor/notification.h"

#include <fcntl.h>
#include <linux/kcmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/socket.h>
#include <unistd.h>

struct stored {
	int fd;
	bool watched;
	char name[NOTIFICATION_NAME_SIZE];
};

struct fd_store {
	int epoll; /* reports hang-ups and errors alone */
	struct stored *items;
	size_t count;
	size_t limit;
};

struct fd_store *fd_store_new(size_t limit)
{
	struct fd_store *store = calloc(1, sizeof(*store));

	if (!store)
		return NULL;
	store->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (store->epoll < 0 || fd_store_resize(store, limit) < 0) {
		fd_store_free(store);
		return NULL;
	}
	return store;
}

void fd_store_free(struct fd_store *store)
{
	if (!store)
		return;
	fd_store_clear(store);
	if (store->epoll >= 0)
		close(store->epoll);
	free(store->items);
	free(store);
}

void fd_store_discard(int fd)
{
	static const struct linger off = {.l_onoff = 0};

	/* A socket that lingers would keep its last owner waiting in close(),
	 * see socket(7). On what is no socket this fails, and no harm done. */
	setsockopt(fd, SOL_SOCKET, SO_LINGER, &off, sizeof(off));
	close(fd);
}

/* Out of epoll before it is closed: others may keep the file open. */
static void drop(struct fd_store *store, size_t i)
{
	struct stored *item = &store->items[i];

	if (item->watched)
		epoll_ctl(store->epoll, EPOLL_CTL_DEL, item->fd, NULL);
	fd_store_discard(item->fd);
	store->count--;
	memmove(item, item + 1, (store->count - i) * sizeof(*item));
}

int fd_store_resize(struct fd_store *store, size_t limit)
{
	struct stored *items;

	while (store->count > limit)
		drop(store, store->count - 1);
	if (limit == store->limit)
		return 0;
	items = realloc(store->items, (limit + 1) * sizeof(*items));
	if (!items)
		return -1;
	store->items = items;
	store->limit = limit;
	return 0;
}

size_t fd_store_count(const struct fd_store *store)
{
	return store->count;
}

int fd_store_fd(const struct fd_store *store, size_t i)
{
	return store->items[i].fd;
}

const char *fd_store_name(const struct fd_store *store, size_t i)
{
	return store->items[i].name;
}

static bool is_same_file(int one, int other)
{
	long pid = getpid();

	return syscall(SYS_kcmp, pid, pid, KCMP_FILE, one, other) == 0;
}

/* Only these have another end; and asking any other kind of file what it is,
 * or whether it is ready, may take as long as its owner likes. */
static bool is_socket_or_pipe(int fd)
{
	socklen_t size = sizeof(int);
	int type;

	return getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) == 0 ||
	       fcntl(fd, F_GETPIPE_SZ) >= 0;
}

bool fd_store_add(struct fd_store *store, int fd, const char *name,
		  bool watched)
{
	/* The kernel always reports EPOLLHUP and EPOLLERR. */
	struct epoll_event event = {.events = 0, .data.fd = fd};
	struct stored *item;

	for (size_t i = 0; i < store->count; i++) {
		if (!is_same_file(store->items[i].fd, fd))
			continue;
		fd_store_discard(fd);
		return true;
	}
	if (store->count == store->limit) {
		fd_store_discard(fd);
		return false;
	}
	item = &store->items[store->count++];
	item->fd = fd;
	item->watched = watched && is_socket_or_pipe(fd) &&
			epoll_ctl(store->epoll, EPOLL_CTL_ADD, fd, &event) == 0;
	snprintf(item->name, sizeof(item->name), "%s", *name ? name : "stored");
	return true;
}

size_t fd_store_remove(struct fd_store *store, const char *name)
{
	size_t before = store->count;

	for (size_t i = store->count; i-- > 0;)
		if (strcmp(store->items[i].name, name) == 0)
			drop(store, i);
	return before - store->count;
}

void fd_store_clear(struct fd_store *store)
{
	while (store->count > 0)
		drop(store, store->count - 1);
}

int fd_store_watch_fd(const struct fd_store *store)
{
	return store->epoll;
}

size_t fd_store_drop_dead(struct fd_store *store)
{
	struct epoll_event events[16];
	int count = epoll_wait(store->epoll, events, 16, 0);
	size_t before = store->count;

	for (int i = 0; i < count; i++)
		for (size_t j = store->count; j-- > 0;)
			if (store->items[j].fd == events[i].data.fd)
				drop(store, j);
	return before - store->count;
}
