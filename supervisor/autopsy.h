#ifndef SUPERVISOR_AUTOPSY_H
#define SUPERVISOR_AUTOPSY_H

#include "supervisor/findings.h"
#include "supervisor/message.h"

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What the sweeper finds out of cores. Each autopsy is a child that looks where
 * the core lies, at once, and opens it: the next one may take its place. Then
 * it waits for its turn, and becomes gdb. One gdb runs at a time, at the lowest
 * priority, and for one kind of crash (pool and signal) once in a while only:
 * a storm of crashes makes no storm of those.
 */

enum {
	/* Autopsies that have a child, and all of them; what comes beyond that
	 * is dropped, and told. */
	AUTOPSIES_MAX = 8,
	AUTOPSIES_WAITING_MAX = 256,
	/* Kinds of crashes that are remembered. */
	AUTOPSY_KINDS = 32,
};

struct autopsy;

struct autopsies {
	struct findings *findings; /* where what they find is stored */
	struct autopsy *first; /* owned; the oldest one */
	uint64_t dropped; /* that nobody was told of yet */
	struct message last_dropped;
	struct {
		char pool[NAME_SIZE];
		uint64_t signal; /* 0: free */
		int64_t at_ns; /* of its last backtrace, CLOCK_MONOTONIC */
	} kinds[AUTOPSY_KINDS];
};

/* Takes up a MESSAGE_CORE. */
void autopsies_add(struct autopsies *autopsies, const struct message *request);

/* As inquiries_wait(). */
size_t autopsies_wait(const struct autopsies *autopsies,
		      struct pollfd wait[AUTOPSIES_MAX], int *pause_ms);

/* Begins what waits, reads what is there, stores what is found. */
void autopsies_go_on(struct autopsies *autopsies);

/* Whether some core is still being looked for: that takes a moment only. */
bool autopsies_are_urgent(const struct autopsies *autopsies);

/* Ends and drops all. */
void autopsies_close(struct autopsies *autopsies);

#endif
