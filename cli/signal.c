#include "config.h"

#include "base/signals.h"
#include "cli/action.h"
#include "cli/commands.h"

#include <stdint.h>
#include <stdio.h>

static enum exit_code run(const struct command_line *line)
{
	int number = signal_parse(line->names[0]);
	char parameters[32];
	struct action action = {
		.verb = "signal",
		.done = "signalled",
		.parameters = parameters,
	};

	if (number <= 0)
		return command_misuse(line, "%s is no signal", line->names[0]);
	snprintf(parameters, sizeof(parameters), "signal=%d", number);
	return action_run(&action, line, line->names + 1, line->name_count - 1);
}

const struct command command_signal = {
	.name = "signal",
	.usage = "SIGNAL NAME…",
	.summary = "send a signal to pools or workers",
	.description =
		"Sends SIGNAL to the main process of each of the named workers "
		"and of all workers of the named pools. A signal is a name "
		"with "
		"or without SIG, such as HUP or SIGUSR1, or a number.\n"
		"\n"
		"What the signal does is the worker's affair. One that ends by "
		"it is restarted, and that is no crash: somebody wanted it.",
	.examples = "reeve signal HUP web\tlet the workers of web read their "
		    "config again\n"
		    "reeve signal KILL web/0\tsee what happens when one dies\n",
	.min_names = 2,
	.max_names = SIZE_MAX,
	.run = run,
};
