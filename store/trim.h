#ifndef STORE_TRIM_H
#define STORE_TRIM_H

#include "base/error.h"
#include "store/history.h"
#include "store/retention.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * The upkeep of history.db: forgets what is older than it shall get, makes the
 * file smaller where it is too large, and gives room that became free back. A
 * pass is a row of small transactions, so that recording never waits for long
 * between two of them; a pass that is cut short is simply begun anew.
 *
 * Where the file is too large, samples and minutes go first, the oldest of
 * them; then the output of runs that did not crash; then the oldest events and
 * runs, which is told by an event.
 *
 * A clock that is wrong must not cost the past: from one pass to the next, what
 * counts as the present moves on by an hour at most.
 */

struct trim {
	int stage; /* what the next step does */
	int64_t now_us; /* the present, as far as it is believed */
	int64_t key, key2; /* how far a table has been gone through */
	int shrink; /* samples are kept 2^-shrink as long as asked for */
	int64_t lost_events, lost_runs; /* as the file was too large */
};

/* Begins a pass. */
void trim_begin(struct trim *trim);

/*
 * Takes the next step of a pass in one transaction; call history_rollback()
 * after a failure. `clock_us` is what the clock says, since 1970. Returns 1
 * when there is more to do, 0 when the pass is over, or -1 and the reason.
 */
int trim_step(struct trim *trim, struct history *history,
	      const struct retention *retention, int64_t clock_us,
	      struct error *error);

/* Whether the file is larger than it may get, as far as rows fill it. Returns
 * 1, 0, or -1 and the reason. */
int trim_is_due(struct history *history, const struct retention *retention,
		struct error *error);

#endif
