#include "config.h"

#include "supervisor/notify-internal.h"

#include "supervisor/environment.h"
#include "supervisor/fd-store.h"
#include "supervisor/handed.h"
#include "supervisor/instance.h"
#include "supervisor/main-process.h"

#include <errno.h>
#include <event2/event.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum {
	/* Messages that are read before others have their turn … */
	READ_AT_ONCE = 32,
	/* … and the pause then: a flood is read at 3,200 messages a second. */
	PAUSE_MS = 10,
	/* Messages that are read when a run has ended: more than a socket
	 * holds (net.unix.max_dgram_qlen). */
	DRAIN_MAX = 1024,
};

/* ---- receiving ---- */

static void take_control(struct msghdr *header, struct received *received)
{
	struct cmsghdr *part = CMSG_FIRSTHDR(header);

	for (; part; part = CMSG_NXTHDR(header, part)) {
		size_t size = part->cmsg_len - CMSG_LEN(0);

		if (part->cmsg_level != SOL_SOCKET)
			continue;
		if (part->cmsg_type == SCM_CREDENTIALS &&
		    size == sizeof(received->sender)) {
			memcpy(&received->sender, CMSG_DATA(part), size);
		} else if (part->cmsg_type == SCM_RIGHTS) {
			memcpy(received->fds, CMSG_DATA(part), size);
			received->fd_count = size / sizeof(int);
		}
	}
}

/* Receives one message. Returns false when there is none. */
static bool receive(int fd, struct received *received)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(struct ucred)) +
			   CMSG_SPACE(NOTIFY_FDS * sizeof(int))];
	} control;
	struct iovec text = {received->text, sizeof(received->text)};
	struct msghdr header = {
		.msg_iov = &text,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	ssize_t size = recvmsg(fd, &header, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);

	if (size < 0)
		return false;
	received->size = (size_t)size;
	received->cut = (header.msg_flags & MSG_TRUNC) != 0;
	received->sender.pid = 0;
	received->sender.uid = (uid_t)-1;
	received->fd_count = 0;
	take_control(&header, received);
	return true;
}

static void close_fds(const struct received *received)
{
	for (size_t i = 0; i < received->fd_count; i++)
		fd_store_discard(received->fds[i]);
}

static bool may_send(struct notify *notify, const struct ucred *sender)
{
	if (sender->uid != 0 && sender->uid != geteuid() &&
	    sender->uid != notify->owner)
		notify_refuse(notify, sender, "a user that may not send");
	else if (sender->pid <= 0 ||
		 main_process_membership(notify->worker, sender->pid) ==
			 MEMBER_NO)
		notify_refuse(notify, sender, "no process of the run");
	else
		return true;
	return false;
}

/* A barrier is lifted by closing what came with it, which is done for every
 * message: all that was sent before has been obeyed then. */
static void take(struct notify *notify, struct received *received)
{
	struct notification notification;

	if (notify->worker->run.pid > 0 &&
	    may_send(notify, &received->sender)) {
		if (received->cut ||
		    !notification_parse(received->text, received->size,
					&notification))
			notify_refuse(notify, &received->sender,
				      received->cut ? "too long"
						    : "no KEY=VALUE");
		else
			notify_obey(notify, received, &notification);
	}
	close_fds(received);
}

static void on_readable(evutil_socket_t fd, short what, void *context)
{
	static const struct timeval pause = {.tv_usec = PAUSE_MS * 1000L};
	struct notify *notify = context;
	struct received received;

	(void)what;
	for (int i = 0; i < READ_AT_ONCE; i++) {
		if (!receive(fd, &received))
			return;
		take(notify, &received);
	}
	event_del(&notify->readable);
	event_add(&notify->pause, &pause);
}

static void on_pause_over(evutil_socket_t fd, short what, void *context)
{
	struct notify *notify = context;

	(void)fd;
	(void)what;
	event_add(&notify->readable, NULL);
}

void notify_drain(struct worker *worker)
{
	struct received received;

	for (int i = 0; worker->notify && i < DRAIN_MAX; i++) {
		if (!receive(worker->notify->fd, &received))
			return;
		take(worker->notify, &received);
	}
}

/* Nobody of the run that is about to start has sent these. */
static void discard(struct notify *notify)
{
	struct received received;

	for (int i = 0; i < DRAIN_MAX && receive(notify->fd, &received); i++)
		close_fds(&received);
}

/* ---- coming and going ---- */

static int bind_socket(struct notify *notify)
{
	const struct sockaddr *address =
		(const struct sockaddr *)&notify->address;
	const char *path = notify->address.sun_path;
	const int on = 1;

	/* A supervisor that was killed leaves them behind. */
	if (bind(notify->fd, address, sizeof(notify->address)) < 0 &&
	    (errno != EADDRINUSE || unlink(path) < 0 ||
	     bind(notify->fd, address, sizeof(notify->address)) < 0))
		return -1;
	return chmod(path, 0600) < 0 ||
			       setsockopt(notify->fd, SOL_SOCKET, SO_PASSCRED,
					  &on, sizeof(on)) < 0
		       ? -1
		       : 0;
}

static int open_socket(struct notify *notify)
{
	const struct worker *worker = notify->worker;
	const char *runtime = worker->pool->instance->folders.runtime;
	struct sockaddr_un *address = &notify->address;
	size_t length;

	address->sun_family = AF_UNIX;
	length = (size_t)snprintf(address->sun_path, sizeof(address->sun_path),
				  "%s/notify/%s.%" PRIu32, runtime,
				  worker->pool->config->name, worker->index);
	if (length >= sizeof(address->sun_path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	notify->fd =
		socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (notify->fd < 0)
		return -1;
	notify->owner = geteuid();
	return bind_socket(notify);
}

static void add_events(struct notify *notify)
{
	struct event_base *base = notify->worker->pool->instance->base;

	event_assign(&notify->readable, base, notify->fd, EV_READ | EV_PERSIST,
		     on_readable, notify);
	event_assign(&notify->pause, base, -1, 0, on_pause_over, notify);
	event_priority_set(&notify->readable, PRIORITY_REQUEST);
	event_priority_set(&notify->pause, PRIORITY_REQUEST);
	notify_init_stop(notify);
	event_add(&notify->readable, NULL);
}

static struct notify *notify_new(struct worker *worker)
{
	struct notify *notify = calloc(1, sizeof(*notify));
	int number;

	if (!notify)
		return NULL;
	notify->worker = worker;
	notify->fd = -1;
	if (open_socket(notify) == 0) {
		add_events(notify);
		return notify;
	}
	number = errno;
	if (notify->fd >= 0)
		close(notify->fd);
	free(notify);
	errno = number;
	return NULL;
}

static void close_store(struct notify *notify)
{
	if (!notify->store)
		return;
	event_del(&notify->dead);
	fd_store_free(notify->store);
	notify->store = NULL;
}

void notify_release(struct worker *worker)
{
	struct notify *notify = worker->notify;

	if (!notify)
		return;
	worker->notify = NULL;
	close_store(notify);
	event_del(&notify->readable);
	event_del(&notify->pause);
	event_del(&notify->stop);
	unlink(notify->address.sun_path);
	close(notify->fd);
	free(notify);
}

/* ---- runs ---- */

static void on_dead(evutil_socket_t fd, short what, void *context)
{
	struct notify *notify = context;
	size_t count = fd_store_drop_dead(notify->store);

	(void)fd;
	(void)what;
	if (count > 0)
		notify_tell(
			notify,
			"dropped %zu stored descriptors: the other end is gone",
			count);
}

/* Makes the store as large as the config wants it. */
static int fit_store(struct notify *notify)
{
	size_t limit = (size_t)notify->worker->pool->config->fd_store;

	if (limit == 0)
		close_store(notify);
	if (limit == 0 || notify->store)
		return limit > 0 ? fd_store_resize(notify->store, limit) : 0;
	notify->store = fd_store_new(limit);
	if (!notify->store)
		return -1;
	event_assign(&notify->dead, notify->worker->pool->instance->base,
		     fd_store_watch_fd(notify->store), EV_READ | EV_PERSIST,
		     on_dead, notify);
	event_priority_set(&notify->dead, PRIORITY_REQUEST);
	event_add(&notify->dead, NULL);
	return 0;
}

/* Only the worker's user, root and reeve may send. */
static int give_to_user(struct notify *notify)
{
	const struct user_config *user = &notify->worker->pool->config->user;
	uid_t owner = user->set ? user->uid : geteuid();

	if (owner != notify->owner &&
	    chown(notify->address.sun_path, owner, (gid_t)-1) < 0)
		return -1;
	notify->owner = owner;
	return 0;
}

int notify_begin_run(struct worker *worker, struct run_offer *offer)
{
	const struct pool_config *config = worker->pool->config;
	struct timespec boot;

	worker->run.told = (struct run_told){.activity = ACTIVITY_NONE};
	if (!pool_config_has_notify(config)) {
		notify_release(worker);
		return 0;
	}
	if (!worker->notify)
		worker->notify = notify_new(worker);
	if (!worker->notify || give_to_user(worker->notify) < 0 ||
	    fit_store(worker->notify) < 0)
		return -1;
	discard(worker->notify);
	event_del(&worker->notify->stop);
	worker->notify->ready_us = 0;
	worker->notify->refused = 0;
	worker->notify->events = 0;
	clock_gettime(CLOCK_BOOTTIME, &boot);
	worker->run.started_boot_ns =
		(int64_t)boot.tv_sec * 1000000000 + boot.tv_nsec;
	offer->notify_socket = worker->notify->address.sun_path;
	offer->watchdog_us = config->alive.heartbeat_ns / 1000;
	return 0;
}

void notify_hand(const struct worker *worker, struct handed *handed)
{
	const struct fd_store *store =
		worker->notify ? worker->notify->store : NULL;

	for (size_t i = 0; store && i < fd_store_count(store); i++)
		handed_add(handed, fd_store_fd(store, i),
			   fd_store_name(store, i));
}

void notify_follow(struct worker *worker)
{
	struct notify *notify = worker->notify;

	if (!notify)
		return;
	if (worker->run.pid <= 0 || worker->state == WORKER_STOPPING)
		event_del(&notify->stop);
	if (notify->store &&
	    (worker->state == WORKER_STOPPED ||
	     worker->state == WORKER_FAILED || worker->state == WORKER_DONE))
		fd_store_clear(notify->store);
}
