#ifndef SUPERVISOR_ROLLING_H
#define SUPERVISOR_ROLLING_H

#include "base/words.h"
#include "supervisor/asker.h"
#include "supervisor/configuration.h"

#include <stdbool.h>
#include <stdint.h>

struct event;
struct pool;
struct worker;

/* A section that a pool had, and may go back to. */
struct former_section {
	const struct pool_config *config; /* NULL: there is none */
	/* The numbers of the configs that it was in: from … to. */
	uint64_t since;
	uint64_t number;
};

/*
 * A rolling change of a pool: its workers get new runs a few at a time
 * (`rolling.at_once`), each ready before the next one's turn. With
 * `rolling.surge` so many workers more than usual are started first, and
 * stopped when all is done: there are never fewer ready workers than before.
 * The first new run that ends before its turn is over stops the roll-out; with
 * `rolling.rollback` the pool goes back to its former section then, by a
 * roll-out again.
 */
struct rolling {
	bool active;
	enum end_cause cause; /* CAUSE_RESTARTED or CAUSE_RELOAD … */
	struct asker asker; /* … and who asked for it */
	uint32_t size; /* workers without the surge */
	uint32_t surge; /* workers above that */
	struct former_section former; /* where the pool goes back to */
	struct event *step; /* something has changed; made when first needed */
};

/*
 * Begins to give the wanted workers of the pool new runs, as `asker` wants
 * (NULL: nobody): with CAUSE_RELOAD those whose run is by another section than
 * the pool's, with CAUSE_RESTARTED all. `former` is the section that was in
 * force before the pool was configured anew; NULL where it has not been, or
 * there is no way back. One that is under way is replaced. Returns 0, or -1
 * when memory is short.
 */
int rolling_begin(struct pool *pool, enum end_cause cause,
		  const struct asker *asker,
		  const struct former_section *former);

/* Takes the surge away while the pool gets another number of workers; what is
 * under way goes on with rolling_resume(). */
void rolling_pause(struct pool *pool);

/* The pool has as many workers as it shall have: goes on. */
void rolling_resume(struct pool *pool);

/* A worker has changed. */
void rolling_follow(const struct worker *worker);

/* Leaves everything as it is now. */
void rolling_cancel(struct pool *pool);

/* The pool goes. */
void rolling_release(struct pool *pool);

#endif
