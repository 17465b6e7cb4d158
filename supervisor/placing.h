#ifndef SUPERVISOR_PLACING_H
#define SUPERVISOR_PLACING_H

#include "base/error.h"

#include <stdbool.h>
#include <stdint.h>

struct instance;
struct pool;

/* Puts in force where workers go (placement.h). */

/*
 * Places all pools anew, after the config, the size of a pool or the CPUs that
 * reeve may use have changed. The next run of each worker starts there. When
 * memory is short all stays as it is, with a warning.
 */
void placing_update(struct instance *instance);

/* Whether there are enough CPUs for `count` workers in this pool and for all
 * others; else why not. */
bool placing_fits(const struct instance *instance, const struct pool *pool,
		  uint32_t count, struct error *error);

#endif
