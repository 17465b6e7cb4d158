#include "config.h"

#include "supervisor/sockets.h"

#include "supervisor/spawn.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A socket that is open, of one or several pools. */
struct listener {
	struct list_link link; /* of all */
	struct address address;
	int fd;
	unsigned users; /* pools that have it, of both configs in a reload */
};

struct sockets {
	const struct pool_config *config;
	size_t count;
	struct listener *listeners[];
};

/* ---- opening one ---- */

/* Whether somebody listens to a unix socket. */
static bool is_alive(const struct address *address)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int result = connect(fd, &address->name.any, address->size);
	/* EAGAIN: its backlog is full. */
	bool alive = result == 0 || errno == EAGAIN;

	close(fd);
	return alive;
}

/* Removes the file of a socket whose owner is dead. What is alive stays, and
 * bind(2) says that it is there. Returns -1 with errno where what is there is
 * no socket. */
static int remove_stale(const struct address *address)
{
	const char *path = address->name.path.sun_path;
	struct stat status;

	if (lstat(path, &status) < 0)
		return 0;
	if (!S_ISSOCK(status.st_mode)) {
		errno = ENOTSOCK;
		return -1;
	}
	if (!is_alive(address))
		unlink(path);
	return 0;
}

/* Who may connect to a unix socket: the file belongs to the pool's user. */
static int set_owner(const struct pool_config *config,
		     const struct socket_config *socket)
{
	const char *path = socket->address.name.path.sun_path;

	if (config->user.set &&
	    chown(path, config->user.uid, config->user.gid) < 0)
		return -1;
	return chmod(path, (mode_t)socket->mode);
}

static int set_options(int fd, const struct address *address)
{
	const int on = 1, ip6_only = !address->any_family;

	if (address->name.any.sa_family == AF_INET6 &&
	    setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &ip6_only,
		       sizeof(ip6_only)) < 0)
		return -1;
	/* Of UDP it would let others bind the same address. */
	if (address->name.any.sa_family == AF_UNIX ||
	    address->type == SOCK_DGRAM)
		return 0;
	return setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
}

/* Where the kernel has no IPv6, `*` is every address of IPv4. */
static int make_socket(struct address *address)
{
	int type = address->type | SOCK_CLOEXEC;
	int fd = socket(address->name.any.sa_family, type, 0);
	struct sockaddr_in every = {
		.sin_family = AF_INET,
		.sin_port = address->name.ip6.sin6_port,
	};

	if (fd >= 0 || errno != EAFNOSUPPORT || !address->any_family)
		return fd;
	address->name.ip4 = every;
	address->size = sizeof(every);
	return socket(AF_INET, type, 0);
}

/* Returns the descriptor, or -1 with errno. */
static int open_socket(const struct pool_config *config,
		       const struct socket_config *socket)
{
	struct address address = socket->address;
	bool is_path = address.name.any.sa_family == AF_UNIX;
	int fd = make_socket(&address);
	bool bound;
	int number;

	if (fd < 0)
		return -1;
	bound = (!is_path || remove_stale(&address) == 0) &&
		set_options(fd, &address) == 0 &&
		bind(fd, &address.name.any, address.size) == 0;
	if (bound && (!is_path || set_owner(config, socket) == 0) &&
	    (address.type == SOCK_DGRAM ||
	     listen(fd, (int)socket->backlog) == 0))
		return fd;
	number = errno;
	if (bound && is_path)
		unlink(address.name.path.sun_path);
	close(fd);
	errno = number;
	return -1;
}

/* ---- those of all pools ---- */

static struct listener *find(struct list_link *all, const char *text)
{
	for (struct list_link *at = all->next; at != all; at = at->next) {
		struct listener *listener =
			list_entry(at, struct listener, link);

		if (strcmp(listener->address.text, text) == 0)
			return listener;
	}
	return NULL;
}

static void let_go(struct listener *listener)
{
	if (--listener->users > 0)
		return;
	if (listener->address.name.any.sa_family == AF_UNIX)
		unlink(listener->address.name.path.sun_path);
	close(listener->fd);
	list_remove(&listener->link);
	free(listener);
}

/* The open socket of that address, or a new one; NULL and the reason. */
static struct listener *take(struct list_link *all,
			     const struct pool_config *config,
			     const struct socket_config *socket,
			     struct error *error)
{
	struct listener *listener = find(all, socket->address.text);

	if (listener) {
		assert(listener->users > 0);
		listener->users++;
		return listener;
	}
	listener = calloc(1, sizeof(*listener));
	if (!listener) {
		error_set(error, "cannot listen on %s: out of memory",
			  socket->address.text);
		return NULL;
	}
	listener->fd = open_socket(config, socket);
	if (listener->fd < 0) {
		error_set_errno(error, "cannot listen on %s",
				socket->address.text);
		free(listener);
		return NULL;
	}
	listener->address = socket->address;
	listener->users = 1;
	list_append(all, &listener->link);
	return listener;
}

/* What may have changed of one that was open before. */
static void adjust(const struct listener *listener,
		   const struct pool_config *config,
		   const struct socket_config *socket)
{
	if (listener->address.type == SOCK_STREAM)
		listen(listener->fd, (int)socket->backlog);
	if (listener->address.name.any.sa_family == AF_UNIX)
		set_owner(config, socket);
}

struct sockets *sockets_open(struct list_link *all,
			     const struct pool_config *config,
			     struct error *error)
{
	size_t count = config->sockets.count;
	struct sockets *sockets =
		calloc(1, sizeof(*sockets) + count * sizeof(struct listener *));

	if (!sockets) {
		error_set(error, "cannot open sockets: out of memory");
		return NULL;
	}
	sockets->config = config;
	for (size_t i = 0; i < count; i++) {
		struct listener *listener =
			take(all, config, &config->sockets.items[i], error);

		if (!listener) {
			sockets_close(sockets);
			return NULL;
		}
		sockets->listeners[sockets->count++] = listener;
	}
	return sockets;
}

void sockets_adjust(const struct sockets *sockets)
{
	for (size_t i = 0; i < sockets->count; i++)
		adjust(sockets->listeners[i], sockets->config,
		       &sockets->config->sockets.items[i]);
}

void sockets_close(struct sockets *sockets)
{
	if (!sockets)
		return;
	for (size_t i = 0; i < sockets->count; i++)
		let_go(sockets->listeners[i]);
	free(sockets);
}

/* ---- looking at them ---- */

size_t sockets_count(const struct sockets *sockets)
{
	return sockets->count;
}

int sockets_fd(const struct sockets *sockets, size_t i)
{
	return sockets->listeners[i]->fd;
}

const char *sockets_name(const struct sockets *sockets, size_t i)
{
	const struct socket_config *socket = &sockets->config->sockets.items[i];

	return *socket->name ? socket->name : sockets->config->name;
}

void sockets_make_blocking(const struct sockets *sockets)
{
	for (size_t i = 0; i < sockets->count; i++) {
		int fd = sockets->listeners[i]->fd;
		int flags = fcntl(fd, F_GETFL);

		if (flags >= 0 && flags & O_NONBLOCK)
			fcntl(fd, F_SETFL, flags & ~O_NONBLOCK);
	}
}

bool sockets_have_waiting(const struct sockets *sockets)
{
	struct pollfd wait[SPAWN_FD_MAX];

	for (size_t i = 0; i < sockets->count; i++)
		wait[i] = (struct pollfd){.fd = sockets->listeners[i]->fd,
					  .events = POLLIN};
	return poll(wait, sockets->count, 0) > 0;
}
