#ifndef SUPERVISOR_PROBE_H
#define SUPERVISOR_PROBE_H

#include "base/error.h"
#include "supervisor/configuration.h"

#include <event2/event.h>
#include <stdbool.h>
#include <stdint.h>

struct worker;

/*
 * One question to a server, by a socket in the loop that never blocks: whether
 * it accepts a connection (tcp), or what it answers to GET (http).
 */
struct probe;

/* The answer: NULL when it is good, else what is wrong ("status 500",
 * "connection refused", "no answer in 2s"). */
typedef void probe_done_fn(const char *wrong, void *context);

/*
 * Asks the http (or else the tcp) of `config`, with the braces filled in for
 * `worker`. `done` is called once, from the loop, never from here; the probe is
 * gone then. `config` must stay until then. Returns NULL where the supervisor
 * itself is short of something: that says nothing of the server.
 */
struct probe *probe_start(const struct worker *worker,
			  const struct probe_config *config, bool http,
			  probe_done_fn *done, void *context);

/* Gives it up: `done` is not called. NULL is fine. */
void probe_cancel(struct probe *probe);

#endif
