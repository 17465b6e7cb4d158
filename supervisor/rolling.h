#ifndef SUPERVISOR_ROLLING_H
#define SUPERVISOR_ROLLING_H

#include "base/words.h"
#include "supervisor/configuration.h"

#include <stdbool.h>
#include <stdint.h>

struct event;
struct pool;
struct worker;

/*
 * A rolling change of a pool: its workers get new runs a few at a time
 * (`rolling.at_once`), each ready before the next one's turn. With
 * `rolling.surge` so many workers more than usual are started first, and
 * stopped when all is done: there are never fewer ready workers than before.
 * The first new run that ends before its turn is over stops the roll-out; with
 * `rolling.rollback` the pool goes back to its former section then.
 */
struct rolling {
	bool active;
	enum end_cause cause; /* CAUSE_RESTARTED or CAUSE_RELOAD */
	uint32_t size; /* workers without the surge */
	uint32_t surge; /* workers above that */
	/* Where the pool goes back to; NULL: nowhere. */
	const struct pool_config *former;
	uint64_t former_number; /* of its config */
	struct event *step; /* something has changed; made when first needed */
};

/*
 * Begins to give each wanted worker of the pool a new run. `former` is the
 * section that was in force before the pool was configured anew, from the
 * config with the number `former_number`; NULL where it has not been. One
 * that is under way is replaced. Returns 0, or -1 when memory is short.
 */
int rolling_begin(struct pool *pool, enum end_cause cause,
		  const struct pool_config *former, uint64_t former_number);

/* A worker has changed. */
void rolling_follow(const struct worker *worker);

/* Leaves everything as it is now. */
void rolling_cancel(struct pool *pool);

/* The pool goes. */
void rolling_release(struct pool *pool);

#endif
