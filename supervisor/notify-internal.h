#ifndef SUPERVISOR_NOTIFY_INTERNAL_H
#define SUPERVISOR_NOTIFY_INTERNAL_H

#include "supervisor/notification.h"
#include "supervisor/notify-socket.h"

#include <event2/event_struct.h>
#include <sys/socket.h>
#include <sys/un.h>

/*
 * Within the notify socket: notify-socket.c receives messages,
 * notify-obey.c does what they ask for.
 */

/* Descriptors that a message can carry (the kernel's SCM_MAX_FD). */
enum { NOTIFY_FDS = 253 };

struct fd_store;

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
	int fds[NOTIFY_FDS];
	size_t fd_count;
};

/* An event about the run, unless there were too many. */
void notify_tell(struct notify *notify, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* A message does not count: the first one, the tenth, the hundredth … is
 * told. */
void notify_refuse(struct notify *notify, const struct ucred *sender,
		   const char *reason);

/* Does what a message asks for; descriptors that are kept are taken out of
 * it. */
void notify_obey(struct notify *notify, struct received *received,
		 const struct notification *notification);

/* Prepares notify->stop. */
void notify_init_stop(struct notify *notify);

#endif
