#ifndef SUPERVISOR_CONTROL_H
#define SUPERVISOR_CONTROL_H

#include "base/error.h"

struct control;
struct event_base;
struct instance;

/*
 * Serves the control API (HTTP/1.1 with JSON) on the unix socket `path`, mode
 * 0600, from `base`, at event priority `priority`. Clients that say nothing,
 * say garbage or do not read cost a bounded number of connections and bytes
 * and never delay the loop. Returns NULL and the reason: a path too long for
 * a socket, for example. What stands at `path` is replaced: the caller holds
 * the lock of the instance.
 */
struct control *control_open(struct instance *instance, struct event_base *base,
			     int priority, const char *path,
			     struct error *error);

/* Ends all connections, removes the socket and frees; NULL is fine. */
void control_close(struct control *control);

#endif
