#include "config.h"

#include "cli/action.h"
#include "cli/commands.h"

#include <stdint.h>

static bool is_down(const struct live_worker *worker, uint64_t since_run)
{
	(void)since_run;
	return worker->state == WORKER_STOPPED;
}

static enum exit_code run(const struct command_line *line)
{
	static const struct action stop = {
		.verb = "stop",
		.doing = "stopping",
		.done = "stopped",
		.there = is_down,
	};

	return action_run(&stop, line, line->names, line->name_count);
}

const struct command command_stop = {
	.name = "stop",
	.usage = "NAME…",
	.summary = "stop pools or workers",
	.description =
		"Stops the named pools and workers and waits until they have "
		"ended. Each main process gets the stop signal of its pool "
		"(TERM); what still lives after the pool's stop timeout (10s) "
		"is killed, with everything that it started, and named "
		"(\"killed sh(123), sleep(124) of web/0\"). They stay stopped "
		"until they are started again by hand, and are no longer "
		"wanted "
		"by then: `reeve status` does not miss them.\n"
		"\n"
		"`reeve stop all` stops all workers; the instance itself keeps "
		"running. Send SIGTERM to it to end it.",
	.examples = "reeve stop web\tstop all workers of the pool web\n"
		    "reeve stop web/0 web/1\tstop two of them\n",
	.min_names = 1,
	.max_names = SIZE_MAX,
	.run = run,
};
