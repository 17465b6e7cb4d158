#include "config.h"

#include "cli/action.h"
#include "cli/commands.h"

#include <stdint.h>

static bool is_new(const struct live_worker *worker, uint64_t since_run)
{
	return action_is_up(worker, since_run) && worker->run > since_run;
}

static enum exit_code run(const struct command_line *line)
{
	struct action restart = {
		.verb = "restart",
		.doing = "restarting",
		.done = "restarted",
		.there = is_new,
	};

	if (command_value(line, "rolling"))
		restart.parameters = "rolling=1";

	return action_run(&restart, line, line->names, line->name_count);
}

static const struct command_option options[] = {
	{'r', "rolling", NULL,
	 "one after the other, each ready before the next stops"},
	{0},
};

const struct command command_restart = {
	.name = "restart",
	.usage = "NAME…",
	.summary = "restart pools or workers",
	.description =
		"Stops the named pools and workers as `reeve stop` does, "
		"starts "
		"them again at once, and waits until they are ready. All "
		"workers "
		"of a pool are restarted at the same time. What is stopped is "
		"started. It does not count as a crash, and back-off and "
		"failure "
		"are forgotten.\n"
		"\n"
		"With --rolling the workers of a pool get their new runs one "
		"after the other, or as `rolling` in the config says, each "
		"ready before the next one stops. The first new run that ends "
		"before it is ready stops it, with exit code 1; the others "
		"are left alone then.",
	.examples = "reeve restart web/2\trestart one worker of the pool web\n"
		    "reeve restart --rolling web\trestart web without an "
		    "outage\n"
		    "reeve restart all\trestart everything\n",
	.options = options,
	.min_names = 1,
	.max_names = SIZE_MAX,
	.run = run,
};
