#ifndef SUPERVISOR_SCALING_H
#define SUPERVISOR_SCALING_H

#include <stdbool.h>
#include <stdint.h>

/*
 * How many workers a pool shall have, when its config leaves that open. Pure:
 * time and need are given. As long as more are needed it adds 1, 2, 4 … 32 at a
 * time; it takes away one at a time, when fewer would have done for `idle`; and
 * each time one has to be added soon after one was taken away, it waits twice
 * as long before the next one goes.
 */

struct scaling {
	uint32_t rate; /* how many may be added next; 0 is 1 */
	int64_t fewer_since_ns; /* fewer would do since then; 0: no */
	int64_t added_ns; /* when one was added; 0: never */
	int64_t removed_ns; /* when one was taken away; 0: never */
	uint32_t
		penalty; /* the wait before the next goes is doubled so often */
	bool at_max; /* that more would be needed was told */
};

struct scaling_bounds {
	uint32_t min;
	uint32_t max;
	int64_t idle_ns;
};

struct scaling_need {
	int64_t now_ns; /* CLOCK_MONOTONIC */
	uint32_t workers; /* wanted now */
	uint32_t wished; /* that would be right */
	/* All of them are well: none is on its way, and none crashes. */
	bool settled;
};

enum scaling_verdict {
	SCALING_KEEP,
	SCALING_CHANGE, /* to `workers` */
	SCALING_AT_MAX, /* more would be needed; said once */
};

struct scaling_decision {
	enum scaling_verdict verdict;
	uint32_t workers;
};

/* Decides, and remembers that it came about. */
struct scaling_decision scaling_decide(struct scaling *scaling,
				       const struct scaling_bounds *bounds,
				       const struct scaling_need *need);

/* Whether a worker that has been idle for `idle_ns` may be taken away; then
 * remembers that it was. */
bool scaling_release(struct scaling *scaling,
		     const struct scaling_bounds *bounds, int64_t now_ns,
		     uint32_t workers, int64_t idle_ns);

#endif
