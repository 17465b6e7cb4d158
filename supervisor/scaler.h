#ifndef SUPERVISOR_SCALER_H
#define SUPERVISOR_SCALER_H

#include "supervisor/worker.h"

#include <stdbool.h>
#include <stdint.h>

struct message;
struct pool;
struct scaler;

/*
 * Has a pool whose `workers` has a min and a max scale itself (scaling.h
 * decides), and start its first worker when a connection comes.
 *
 * A worker that is not needed is `parked`: stopped, and not wanted, until it is
 * needed again. Parked ones at the end of a pool are dropped, but for the
 * first. What somebody has stopped by hand is not parked, and stays down.
 */

/* The pool has a new config or other sockets. Returns 0, or -1 when memory is
 * short (then it does not scale). */
int scaler_configure(struct pool *pool);

/* Frees; NULL is fine. */
void scaler_close(struct scaler *scaler);

/* How many workers a pool is to have by its config: those that it has now, as
 * long as the config allows so many. */
uint32_t scaler_size(const struct pool *pool);

/* Has a new worker come up, or wait until it is needed. */
void scaler_want(struct worker *worker);

/* A worker has changed. */
void scaler_follow(struct worker *worker);

/* A worker goes. */
void scaler_forget(const struct worker *worker);

/* The sampler says that a run has been idle for so long (MESSAGE_IDLE). */
void scaler_idle(struct worker *worker, const struct message *message);

/* Whether the pool waits for a connection, with this worker. */
bool scaler_waits(const struct worker *worker);

#endif
