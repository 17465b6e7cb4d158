#ifndef SUPERVISOR_HELPER_H
#define SUPERVISOR_HELPER_H

#include "base/error.h"

/*
 * What the helper programs (sampler, logger, recorder, sweeper) have in
 * common: they are started by the supervisor as
 *
 *	reeve-NAME INSTANCE RUNTIME_DIR STATE_DIR
 *
 * with the supervisor's socket (supervisor/message.h) as HELPER_SOCKET_FD and
 * the eventfd that wakes the recorder as HELPER_WAKE_FD; signals that a
 * terminal sends are ignored, SIGTERM too: a helper ends when it is told to
 * (MESSAGE_FINISH) or when the supervisor is gone (end of file on the socket).
 */

enum { HELPER_SOCKET_FD = 3, HELPER_WAKE_FD = 4 };

struct helper {
	const char *name; /* "logger" */
	const char *instance;
	const char *runtime;
	const char *state;
	int socket; /* non-blocking, close-on-exec */
	int wake; /* close-on-exec */
};

/*
 * Fills `helper` from the arguments (which it keeps pointing into) and sets
 * up signals and fds. Returns 0, or -1 and the reason when the program was
 * started by hand.
 */
int helper_init(struct helper *helper, const char *name, int argc, char **argv,
		struct error *error);

/* Lets workers and the supervisor go first (nice 10): for helpers whose work
 * can wait a little. */
void helper_give_way(void);

#endif
