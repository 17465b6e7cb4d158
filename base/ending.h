#ifndef BASE_ENDING_H
#define BASE_ENDING_H

#include "base/words.h"

#include <stdbool.h>

/* How a run ended, for whoever has to say so in words. */
struct ending {
	enum end_cause cause;
	int code; /* when neither signal nor not-started */
	int signal; /* that ended it; 0: none */
	bool core; /* it left a core dump */
	const char *step; /* not-started: what failed … */
	const char *object; /* … on what; empty: not known … */
	int error_number; /* … and its errno */
};

/* The longest text of ending_describe(), with its end. */
enum { ENDING_TEXT_SIZE = 384 };

/*
 * Writes how a run ended as every screen says it: "exited with code 3",
 * "crashed by SIGSEGV, core dumped", "killed by SIGKILL", "stopped", "not
 * started: execve /srv/x: No such file or directory"; "" for CAUSE_NONE.
 */
void ending_describe(const struct ending *ending, char text[ENDING_TEXT_SIZE]);

/* Writes why a run did not start, the latter part of the above: "execve
 * /srv/x: No such file or directory". */
void ending_describe_failure(const struct ending *ending,
			     char text[ENDING_TEXT_SIZE]);

#endif
