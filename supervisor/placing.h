#ifndef SUPERVISOR_PLACING_H
#define SUPERVISOR_PLACING_H

#include "base/error.h"

#include <stdbool.h>
#include <stdint.h>

struct instance;
struct message;
struct pool;
struct worker;

/* Puts in force where workers go (placement.h). */

/*
 * Places all pools anew, after the config, the size of a pool or the CPUs that
 * reeve may use have changed. Each worker is moved there by the sweeper, its
 * next run starts there. When memory is short all stays as it is, with a
 * warning.
 */
void placing_update(struct instance *instance);

/* The sampler has seen that reeve may use other CPUs: does the same when it is
 * so. */
void placing_look(struct instance *instance);

/* Has a running worker moved where its place has changed. To be called again
 * when its program runs, and when the sweeper can be asked again. */
void placing_move(struct worker *worker);

/* The sweeper has moved a run. */
void placing_moved(struct worker *worker, const struct message *message);

/* A run has chosen its CPUs itself. */
void placing_chosen(struct worker *worker, const struct message *message);

/* Whether there are enough CPUs for `count` workers in this pool and for all
 * others; else why not. */
bool placing_fits(const struct instance *instance, const struct pool *pool,
		  uint32_t count, struct error *error);

#endif
