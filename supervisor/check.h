#ifndef SUPERVISOR_CHECK_H
#define SUPERVISOR_CHECK_H

#include <stdbool.h>
#include <stdint.h>

/*
 * When a check is asked, and when its answers count. Pure: time is given.
 */

struct check {
	uint32_t failed; /* in a row, at the end */
	uint32_t passed; /* in a row, at the end */
	bool failing; /* what the answers so far come to */
};

/* Takes note of an answer. `failures` in a row make the check failing, then
 * `successes` in a row make it good again. Returns whether `failing` has
 * changed. */
bool check_note(struct check *check, bool passed, int64_t failures,
		int64_t successes);

/*
 * When the first of a row of times is due that are `interval_ns` apart, of
 * number `number` of many that begin at `start_ns`: they are spread over the
 * interval evenly, however many they are.
 */
int64_t check_first(int64_t start_ns, int64_t interval_ns, uint32_t number);

/* The first time after `now_ns` of the row that `due_ns` belongs to: times that
 * were missed are left out. */
int64_t check_next(int64_t due_ns, int64_t interval_ns, int64_t now_ns);

#endif
