#ifndef SUPERVISOR_HEALTH_H
#define SUPERVISOR_HEALTH_H

#include "supervisor/worker.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * Readiness and liveness of a worker. While a run is starting, the checks of
 * `ready` are asked, again and again, until each of them has passed once
 * (INPUT_READY); none of them ever ends a run. From ready on the checks of
 * `alive` count, each by itself: http, tcp and exec fail after `failures` in a
 * row and are good again after `successes`; heartbeat, silence and progress
 * fail when their time is over and are good again at the first sign of life.
 * A worker is healthy when none of its checks fails; else it is ended
 * (CAUSE_UNHEALTHY), or with `action: none` unhealthy until all are good again.
 *
 * A worker whose config asks for no check has worker->health == NULL, and
 * costs nothing here.
 */
struct health;

/* Whether two sections of a pool, of which the former may be NULL, check other
 * things or in other ways. */
bool health_is_changed(const struct pool_config *before,
		       const struct pool_config *after);

/*
 * Takes over the config of the worker's pool: to be called for a new worker and
 * when its checks have changed. A run that is ready by then is not checked any
 * more: it is to be replaced, and may not be what the new checks expect.
 * Returns -1 when memory is short; then there are no checks.
 */
int health_configure(struct worker *worker);

/* Another config is in force for the worker's pool, which says the same for it:
 * nothing refers to the former one afterwards. */
void health_renew(struct worker *worker);

/* Ends all checks of the worker, which goes. */
void health_release(struct worker *worker);

/* The worker has changed: arms or disarms its checks. */
void health_follow(struct worker *worker);

/* Whether no check of `alive` fails; `text` is what is wrong ("http: status
 * 500, 3 times"), or "". It stays valid until the worker changes. */
bool health_is_good(const struct worker *worker, const char **text);

/* Says what a run that is starting lacks to be ready, as far as that is known:
 * "http: status 500; log: no line matches ^up"; or "". */
void health_say_missing(const struct worker *worker, char *text, size_t size);

/* ---- signs from elsewhere ---- */

/* WATCHDOG=1 came. */
void health_heartbeat(struct worker *worker);

/* WATCHDOG_USEC= came: this run has `interval_ns` between two heartbeats from
 * now on, whatever the config says, also where it asks for no check at all;
 * 0 turns the check off. */
void health_heartbeat_interval(struct worker *worker, int64_t interval_ns);

/* WATCHDOG=trigger came: the run itself asks to be treated as one that missed
 * its heartbeat, also where none is expected. */
void health_trigger(struct worker *worker);

/* The run has printed nothing for alive.silence, or prints again. */
void health_silent(struct worker *worker, uint64_t run, bool silent);

/* A line of the output of the run matched ready.log. */
void health_log_matched(struct worker *worker, uint64_t run);

/* The run makes no progress, `text` says how ("no CPU time and no I/O for
 * 30s"); NULL: it does again. */
void health_stuck(struct worker *worker, uint64_t run, const char *text);

#endif
