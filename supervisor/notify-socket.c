#include "config.h"

#include "supervisor/notify-socket.h"

#include "base/clock.h"
#include "supervisor/environment.h"
#include "supervisor/fd-store.h"
#include "supervisor/handed.h"
#include "supervisor/health.h"
#include "supervisor/instance.h"
#include "supervisor/main-process.h"
#include "supervisor/notification.h"
#include "supervisor/publish.h"

#include <errno.h>
#include <event2/event.h>
#include <event2/event_struct.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
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
	/* Descriptors that a message can carry (the kernel's SCM_MAX_FD). */
	MESSAGE_FDS = 253,
	/* Events about one run; then they end, whatever it does. */
	EVENTS_OF_RUN = 32,
};

/* Longer times that a run asks for are cut to this. */
static const int64_t longest_us = INT64_C(365) * 24 * 3600 * 1000000;

struct notify {
	struct worker *worker;
	int fd;
	uid_t owner; /* of the socket's file: the worker's user */
	struct sockaddr_un address;
	struct event readable;
	struct event pause;
	struct event stop; /* time is up for a run that stops by itself */
	struct event dead; /* something stored has lost its other end */
	struct fd_store *store; /* NULL: none is wanted */
	/* Of the present run: */
	int64_t ready_us; /* CLOCK_MONOTONIC, of the last READY=1 */
	uint64_t refused; /* messages that did not count */
	unsigned events; /* that were published */
};

/* One message as it was received. */
struct received {
	char text[NOTIFICATION_SIZE];
	size_t size;
	bool cut; /* it was longer */
	struct ucred sender; /* pid 0: unknown */
	int fds[MESSAGE_FDS];
	size_t fd_count;
};

/* ---- telling ---- */

static void tell(struct notify *notify, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static void tell(struct notify *notify, const char *format, ...)
{
	char text[512];
	struct event_record event = {.kind = EVENT_NOTIFY, .text = {text, 0}};
	va_list arguments;

	if (notify->events++ >= EVENTS_OF_RUN)
		return;
	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	event.text.size = strlen(text);
	event.state = notify->worker->state;
	publish_worker_event(notify->worker, &event);
}

/* The first message, the tenth, the hundredth … that is refused is told. */
static void refuse(struct notify *notify, const struct ucred *sender,
		   const char *reason)
{
	uint64_t power = 1;

	notify->refused++;
	while (power < notify->refused)
		power *= 10;
	if (power == notify->refused)
		tell(notify,
		     "refused %" PRIu64 " message%s, the last one from "
		     "process %d of user %u: %s",
		     notify->refused, notify->refused > 1 ? "s" : "",
		     (int)sender->pid, (unsigned)sender->uid, reason);
}

/* ---- what a message asks for ---- */

static void change_activity(struct worker *worker, enum run_activity activity)
{
	worker->run.told.activity = activity;
	publish_worker(worker);
}

static void arm_stop(struct notify *notify, int64_t delay_us)
{
	const struct timeval delay = {delay_us / 1000000,
				      delay_us % 1000000 + 1};

	event_add(&notify->stop, &delay);
}

/* A run that stops by itself has as long for it as one that is told to. */
static void stopping(struct notify *notify)
{
	struct worker *worker = notify->worker;

	if (worker->run.told.activity == ACTIVITY_STOPPING)
		return;
	change_activity(worker, ACTIVITY_STOPPING);
	health_heartbeat_interval(worker, 0);
	arm_stop(notify, worker->run.stop_timeout_ns / 1000);
}

static void on_stop_late(evutil_socket_t fd, short what, void *context)
{
	struct notify *notify = context;

	(void)fd;
	(void)what;
	worker_end(notify->worker, CAUSE_UNHEALTHY,
		   "it said STOPPING=1, and did not end");
}

/* What was sent before READY=1 and comes after it is over. */
static void reloading(struct notify *notify, int64_t since_us)
{
	struct worker *worker = notify->worker;

	if (worker->run.told.activity == ACTIVITY_NONE &&
	    (since_us < 0 || since_us > notify->ready_us))
		change_activity(worker, ACTIVITY_RELOADING);
}

static void ready(struct notify *notify)
{
	struct worker *worker = notify->worker;

	notify->ready_us = worker->kernel->now_ns() / 1000;
	if (worker->run.told.activity == ACTIVITY_RELOADING)
		change_activity(worker, ACTIVITY_NONE);
	if (worker->pool->config->ready.when == READY_NOTIFY)
		worker_input(worker, INPUT_READY, CAUSE_NONE);
}

static void extend(struct notify *notify, int64_t delay_us)
{
	if (delay_us > longest_us)
		delay_us = longest_us;
	worker_extend(notify->worker, delay_us * 1000);
	if (event_pending(&notify->stop, EV_TIMEOUT, NULL))
		arm_stop(notify, delay_us);
}

static void change_main_process(struct notify *notify, pid_t pid)
{
	struct worker *worker = notify->worker;
	pid_t former = worker->run.pid;

	if (pid == former)
		return;
	if (main_process_change(worker, pid)) {
		publish_worker(worker);
		tell(notify, "the main process is now %d, before it was %d",
		     (int)pid, (int)former);
	} else {
		tell(notify, "refused MAINPID=%d: no process of the run",
		     (int)pid);
	}
}

static void heartbeat(struct worker *worker,
		      const struct notification *notification)
{
	int64_t interval_us = notification->watchdog_us;

	if (interval_us > longest_us)
		interval_us = longest_us;
	if (interval_us >= 0)
		health_heartbeat_interval(worker, interval_us * 1000);
	if (notification->flags & NOTIFICATION_WATCHDOG)
		health_heartbeat(worker);
	if (notification->flags & NOTIFICATION_TRIGGER)
		health_trigger(worker);
}

static void store(struct notify *notify, struct received *received,
		  const struct notification *notification)
{
	bool watched = !(notification->flags & NOTIFICATION_FD_KEEP);
	size_t full = 0;

	for (size_t i = 0; i < received->fd_count; i++)
		full += !fd_store_add(notify->store, received->fds[i],
				      notification->fd_name, watched);
	tell(notify, "stored %zu descriptors as \"%s\", %zu in all%s",
	     received->fd_count - full,
	     *notification->fd_name ? notification->fd_name : "stored",
	     fd_store_count(notify->store),
	     full > 0 ? "; there was no room for more" : "");
	received->fd_count = 0;
}

static void keep_fds(struct notify *notify, struct received *received,
		     const struct notification *notification)
{
	if (!notify->store)
		return;
	if (notification->flags & NOTIFICATION_FD_REMOVE)
		fd_store_remove(notify->store, notification->fd_name);
	if (notification->flags & NOTIFICATION_FD_STORE &&
	    received->fd_count > 0)
		store(notify, received, notification);
}

static void note(struct worker *worker, const struct notification *notification)
{
	struct run_told *told = &worker->run.told;

	if (notification->error_number > 0)
		told->error_number = notification->error_number;
	if (notification->exit_status >= 0) {
		told->exit_status = notification->exit_status;
		told->has_exit_status = true;
	}
	if (!(notification->flags & NOTIFICATION_STATUS) ||
	    strcmp(told->status, notification->status) == 0)
		return;
	memcpy(told->status, notification->status, sizeof(told->status));
	publish_worker(worker);
}

/* In the order in which one depends on the other. */
static void obey(struct notify *notify, struct received *received,
		 const struct notification *notification)
{
	struct worker *worker = notify->worker;

	if (notification->main_pid > 0)
		change_main_process(notify, notification->main_pid);
	note(worker, notification);
	if (notification->flags & NOTIFICATION_STOPPING)
		stopping(notify);
	if (notification->flags & NOTIFICATION_RELOADING)
		reloading(notify, notification->monotonic_us);
	if (notification->extend_us >= 0)
		extend(notify, notification->extend_us);
	if (notification->flags & NOTIFICATION_READY)
		ready(notify);
	heartbeat(worker, notification);
	keep_fds(notify, received, notification);
}

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
			   CMSG_SPACE(MESSAGE_FDS * sizeof(int))];
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
		close(received->fds[i]);
}

static bool may_send(struct notify *notify, const struct ucred *sender)
{
	if (sender->uid != 0 && sender->uid != geteuid() &&
	    sender->uid != notify->owner)
		refuse(notify, sender, "a user that may not send");
	else if (sender->pid <= 0 ||
		 main_process_membership(notify->worker, sender->pid) ==
			 MEMBER_NO)
		refuse(notify, sender, "no process of the run");
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
			refuse(notify, &received->sender,
			       received->cut ? "too long" : "no KEY=VALUE");
		else
			obey(notify, received, &notification);
	}
	close_fds(received);
}

static void on_readable(evutil_socket_t fd, short what, void *context)
{
	static const struct timeval pause = {.tv_usec = PAUSE_MS * 1000};
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
	event_assign(&notify->stop, base, -1, 0, on_stop_late, notify);
	event_priority_set(&notify->readable, PRIORITY_REQUEST);
	event_priority_set(&notify->pause, PRIORITY_REQUEST);
	event_priority_set(&notify->stop, PRIORITY_EXIT);
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
		tell(notify,
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
