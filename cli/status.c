#include "config.h"

#include "cli/commands.h"
#include "cli/instance.h"
#include "cli/status-table.h"
#include "cli/terminal.h"
#include "live/snapshot.h"
#include "live/status.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

static void show(const struct command_line *line,
		 const struct snapshot *snapshot, bool running)
{
	if (command_value(line, "json")) {
		status_write(stdout, snapshot, running);
		putchar('\n');
	} else {
		const struct status_look look = {
			.columns = terminal_columns(stdout),
			.color = terminal_has_color(stdout),
		};

		status_table_print(stdout, snapshot, &look);
	}
}

/* Shows what a supervisor left that is there no more, and says so. */
static enum exit_code show_left(const struct command_line *line,
				const struct snapshot *snapshot, bool stopped)
{
	const struct live_instance *instance = &snapshot->instance;
	struct error error;

	if (stopped) {
		error_set(&error,
			  "cannot find a running instance: %s has "
			  "stopped",
			  instance->name);
	} else {
		show(line, snapshot, false);
		error_set(&error,
			  "cannot find the supervisor of %s: pid %" PRId64
			  " is gone; this is what it left",
			  instance->name, instance->pid);
	}
	return command_fail(EXIT_NO_INSTANCE, &error);
}

static enum exit_code run(const struct command_line *line)
{
	const struct snapshot_choice choice = {
		.names = (const char *const *)line->names,
		.name_count = line->name_count,
		.hidden = command_value(line, "helpers") != NULL,
	};
	enum exit_code code = EXIT_DONE;
	struct found_instance found;
	struct snapshot snapshot;
	struct live_table *table;
	struct error error;
	char path[600];

	if (instance_find(&found, line, false, &error) < 0)
		return command_fail(EXIT_NO_INSTANCE, &error);
	instance_path(&found, "live", path);
	table = live_table_open(path, &error);
	if (!table)
		return command_fail(EXIT_NO_INSTANCE, &error);
	if (snapshot_take(&snapshot, table, &choice, &error) < 0) {
		code = errno == ENOENT ? EXIT_NO_SUCH_NAME : EXIT_FAILED;
		live_table_close(table);
		return command_fail(code, &error);
	}
	if (!found.running) {
		code = show_left(line, &snapshot, live_table_is_stopped(table));
	} else {
		show(line, &snapshot, true);
		if (!snapshot_is_up(&snapshot))
			code = EXIT_NOT_ALL_UP;
	}
	snapshot_release(&snapshot);
	live_table_close(table);
	return code;
}

static const struct command_option options[] = {
	{.name = "json", .help = "print one JSON object"},
	{.name = "helpers", .help = "show the helpers of reeve itself too"},
	{0},
};

const struct command command_status = {
	.name = "status",
	.usage = "[NAME…]",
	.summary = "show the pools and workers as they are now",
	.description =
		"Shows the pools and workers that are named (`web`, `web/0`), "
		"or all, with their states, what they use, and how their last "
		"run ended. It reads the live table of the instance and asks "
		"the supervisor nothing, so it works whatever the supervisor "
		"is doing.\n"
		"\n"
		"Exits 0 when every one of them that is wanted is ready or "
		"done, and 3 where not. Where the supervisor was killed, what "
		"it left is shown, and the exit code is 5.",
	.examples = "reeve status\tall pools and workers\n"
		    "reeve status web db/0\ta pool and a worker\n"
		    "reeve status --json\tthe same for programs\n",
	.options = options,
	.min_names = 0,
	.max_names = SIZE_MAX,
	.run = run,
};
