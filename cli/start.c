#include "config.h"

#include "cli/action.h"
#include "cli/commands.h"

#include <stdint.h>

static enum exit_code run(const struct command_line *line)
{
	static const struct action start = {
		.verb = "start",
		.doing = "starting",
		.done = "started",
		.there = action_is_up,
	};

	return action_run(&start, line, line->names, line->name_count);
}

const struct command command_start = {
	.name = "start",
	.usage = "NAME…",
	.summary = "start pools or workers",
	.description =
		"Starts what does not run of the named pools and workers, and "
		"waits until it is ready. What was stopped by hand or has "
		"failed is wanted again; who waits for a restart is started at "
		"once. What runs already is left alone.\n"
		"\n"
		"When a worker does not get ready, the exit code is 1 and the "
		"reason is told; reeve goes on trying as its pool says.",
	.examples = "reeve start web\tstart all workers of the pool web\n"
		    "reeve start web/0 db\tstart one worker of web, and db\n"
		    "reeve start all\tstart everything\n",
	.min_names = 1,
	.max_names = SIZE_MAX,
	.run = run,
};
