#include "config.h"

#include "cli/action.h"
#include "cli/commands.h"

#include <stdio.h>
#include <string.h>

static enum exit_code run(const struct command_line *line)
{
	const char *count = line->names[1];
	char parameters[48], done[48];
	struct action action = {
		.verb = "scale",
		.doing = "scaling",
		.done = done,
		.parameters = parameters,
		.there = action_is_up,
	};

	if (strlen(count) > 9 || strspn(count, "0123456789") != strlen(count) ||
	    !*count)
		return command_misuse(line, "\"%s\" is no number of workers",
				      count);
	if (strchr(line->names[0], '/'))
		return command_misuse(line, "%s is a worker; a pool is scaled",
				      line->names[0]);
	snprintf(parameters, sizeof(parameters), "workers=%s", count);
	snprintf(done, sizeof(done), "scaled to %s workers:", count);
	return action_run(&action, line, line->names, 1);
}

const struct command command_scale = {
	.name = "scale",
	.usage = "POOL COUNT",
	.summary = "change the number of workers of a pool",
	.description =
		"Starts or stops workers of POOL until it has COUNT of them, "
		"and "
		"waits until that is done. The workers with the highest "
		"numbers "
		"go first. The number holds until the next scale, a reload "
		"that "
		"changes the pool, or the end of the instance; the config file "
		"is not changed.",
	.examples = "reeve scale web 8\tlet the pool web have 8 workers\n",
	.min_names = 2,
	.max_names = 2,
	.run = run,
};
