#include "config.h"

#include "base/programs.h"
#include "cli/commands.h"

#include <unistd.h>

static enum exit_code run(const struct command_line *line)
{
	char path[PROGRAM_PATH_SIZE];
	char *arguments[] = {path, line->names[0], NULL};
	struct error error;

	if (programs_find(path, "reeve-supervisor", &error) < 0)
		return command_fail(EXIT_FAILED, &error);
	execv(path, arguments);
	error_set_errno(&error, "cannot run %s: execve %s", line->names[0],
			path);
	return command_fail(EXIT_FAILED, &error);
}

const struct command command_run = {
	.name = "run",
	.usage = "FILE",
	.summary = "supervise the pools of a config file",
	.description =
		"Starts the pools that FILE describes and supervises them, in "
		"the foreground, until SIGTERM or SIGINT; then stops them all, "
		"in reverse order of `after`, and exits 0. A second SIGINT "
		"kills what has not stopped by then. SIGHUP loads the config "
		"again, as `reeve reload` does.\n"
		"\n"
		"All mistakes of the config are told at once, with their "
		"lines, "
		"and nothing is started (exit 1). The config names the "
		"instance, so -i has no meaning here. A second run of the same "
		"instance is refused.\n"
		"\n"
		"A service manager can wait until the pools are started: "
		"READY=1 "
		"is sent to NOTIFY_SOCKET as sd_notify(3) describes it.",
	.examples = "reeve run shop.yaml\tsupervise the pools of shop.yaml\n",
	.min_names = 1,
	.max_names = 1,
	.run = run,
};
