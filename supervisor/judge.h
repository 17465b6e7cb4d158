#ifndef SUPERVISOR_JUDGE_H
#define SUPERVISOR_JUDGE_H

#include "live/table.h"

/*
 * Whether a worker uses too much, or makes no progress: what the sampler tells
 * the supervisor after a measurement. The time that counts is that of the
 * measurements, by CLOCK_MONOTONIC. Since when something is so stands in the
 * live table with the usage, so a sampler that starts again goes on where the
 * one before it was.
 */

struct verdict {
	/* What the run may end by: of a gauge, or CAUSE_UNHEALTHY when it makes
	 * no progress; CAUSE_SCALED when it is idle; CAUSE_NONE when it
	 * seems to have chosen its CPUs itself. */
	enum end_cause cause;
	uint64_t run;
	/* Of the gauge, as its bound; 0 for no progress; nanoseconds of
	 * idleness. */
	uint64_t value;
	/* "memory 412M over 400M for 30s"; "": there is progress again */
	char text[128];
};

/* No measurement gives more. */
enum { VERDICTS_MAX = GAUGE_COUNT + 2 };

/* The bit of live_usage.told that stands for a lack of progress. */
enum { TOLD_STUCK = 1 << GAUGE_COUNT };

/* That stands for CPUs that the run seems to have chosen itself. */
enum { TOLD_CHOSEN = 1 << (GAUGE_COUNT + 1) };

/* Whether the run has used no CPU time and no I/O from one measurement to the
 * next. */
bool judge_is_still(const struct live_usage *former,
		    const struct live_usage *usage);

/* Whether it has written nothing from one measurement to the next. */
bool judge_is_silent(const struct live_usage *former,
		     const struct live_usage *usage);

/*
 * Judges `usage`, just measured, by the bounds of its pool. `former` is the
 * measurement before it, of whatever run. Sets since when each gauge is over
 * its bound. Returns how many verdicts there are: a gauge whose bound is only
 * told has one until verdict_told() says that it was passed on, the others at
 * each measurement; a lack of progress too, and once more when it is over.
 */
size_t judge(const struct live_pool *pool, const struct live_usage *former,
	     struct live_usage *usage, struct verdict verdicts[VERDICTS_MAX]);

/* Notes that a verdict on `usage` was passed on. */
void verdict_told(const struct verdict *verdict, struct live_usage *usage);

#endif
