#ifndef CLI_ACTION_H
#define CLI_ACTION_H

#include "cli/command.h"
#include "cli/progress.h"

#include <jansson.h>

/* What start, stop, restart, signal and scale have in common: each is one
 * request for each name, all at a time, whose end is waited for. */

struct action {
	const char *verb; /* in the path, and in messages: "stop" */
	const char *doing; /* "stopping" */
	const char *done; /* "stopped" */
	/* further parameters of the request: "signal=TERM"; or NULL */
	const char *parameters;
	progress_there_fn *there; /* NULL: no progress is shown */
};

/* Does it to the pools and workers in `names`, and says so. Failures are
 * printed; the others are done nevertheless. */
enum exit_code action_run(const struct action *action,
			  const struct command_line *line, char *const *names,
			  size_t count);

/* The answer to a request that was about `object`, as an exit code; prints
 * "reeve: cannot VERB OBJECT: REASON" where it is an error. */
enum exit_code action_answer(const char *verb, const char *object, int status,
			     const json_t *answer);

/* For struct action: the worker runs as it should. */
bool action_is_up(const struct live_worker *worker, uint64_t since_run);

#endif
