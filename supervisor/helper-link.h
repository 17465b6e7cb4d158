#ifndef SUPERVISOR_HELPER_LINK_H
#define SUPERVISOR_HELPER_LINK_H

#include "base/list.h"
#include "base/programs.h"
#include "supervisor/helpers.h"

#include <event2/event.h>
#include <stdbool.h>
#include <stdint.h>

/*
 * What goes over the sockets to the helpers. Nothing is queued here: what a
 * helper has not been told stands in the workers, and is sent when there is
 * room, or when the helper has come back.
 */

/* How many messages go out or come in before other events have their turn. */
enum { HELPER_LINK_AT_ONCE = 64 };

/* The way to one helper. */
struct helper_link {
	struct instance *instance;
	enum helper_role role;
	int socket; /* ours; -1 while it does not run */
	int theirs; /* its end, only while it is being started */
	struct event *readable;
	struct event *writable; /* added while the socket is full */
	bool full;
	bool finishing; /* it shall finish and not come back */
	bool finish_sent; /* to the one that runs now */
	int64_t finish_until_ns; /* CLOCK_MONOTONIC; then it is given up */
	struct pool_config config;
	char path[PROGRAM_PATH_SIZE];
	char *argv[5];
};

struct helpers {
	struct helper_link links[HELPER_COUNT];
	int wake_fd;
	void (*cleaned)(struct instance *); /* NULL: no cleaning goes on */
	bool clean_sent;
	bool retention_sent; /* to the recorder that runs now */
	struct list_link untold; /* workers of which the logger lacks news */
	struct event *tell; /* goes off soon when there are any */
};

/* Sends all that this helper has not been told. */
void helper_link_flush(struct helper_link *link);

/* Sends that it shall finish, if that is so and it has not been told. */
void helper_link_finish(struct helper_link *link);

/* Nobody knows what a helper that died had done: the next one is told all. */
void helper_link_forget(struct helper_link *link);

/* Takes some of what it says (helper-receive.c). Returns whether there may be
 * more. */
bool helper_link_receive(struct helper_link *link);

/* For libevent. The context is the link, which is readable or writable … */
void helper_link_on_readable(evutil_socket_t fd, short what, void *context);
void helper_link_on_writable(evutil_socket_t fd, short what, void *context);

/* … or the helpers: there are untold workers. */
void helper_link_on_tell(evutil_socket_t fd, short what, void *context);

#endif
