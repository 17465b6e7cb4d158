#include "config.h"

#include "cli/commands.h"
#include "cli/instance.h"
#include "cli/status-table.h"
#include "cli/status-watch.h"
#include "cli/terminal.h"
#include "live/snapshot.h"
#include "live/status.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

static int show(const struct command_line *line,
		const struct snapshot *snapshot, bool running,
		struct error *error)
{
	const struct status_look look = {
		.columns = terminal_columns(stdout),
		.color = terminal_has_color(stdout),
	};

	/* 1,000 workers are some hundred kilobytes. */
	setvbuf(stdout, NULL, _IOFBF, 1 << 16);
	if (command_value(line, "json")) {
		status_write(stdout, snapshot, running);
		putchar('\n');
	} else if (status_table_print(stdout, snapshot, &look) < 0) {
		return error_set_errno(error, "cannot show the status");
	}
	return 0;
}

/* What became of the supervisor that wrote the table. */
enum presence {
	PRESENCE_RUNS,
	PRESENCE_REPLACED,
	PRESENCE_STOPPED,
	PRESENCE_GONE
};

static enum presence find_presence(const struct live_table *table,
				   const struct found_instance *found)
{
	if (found->running)
		return found->pid == live_table_instance(table)->pid
			       ? PRESENCE_RUNS
			       : PRESENCE_REPLACED;
	return live_table_is_stopped(table) ? PRESENCE_STOPPED : PRESENCE_GONE;
}

/* Says that the supervisor that wrote the table is not there. */
static enum exit_code fail_absent(const struct live_instance *instance,
				  enum presence presence)
{
	enum exit_code code = EXIT_NO_INSTANCE;
	struct error error;

	if (presence == PRESENCE_REPLACED) {
		code = EXIT_NOT_ALL_UP;
		error_set(&error,
			  "cannot find the workers of %s yet: its supervisor "
			  "has only just started; this is what the one before "
			  "left",
			  instance->name);
	} else if (presence == PRESENCE_STOPPED) {
		error_set(&error,
			  "cannot find a running instance: %s has stopped",
			  instance->name);
	} else {
		error_set(&error,
			  "cannot find the supervisor of %s: pid %" PRId64
			  " is gone; this is what it left",
			  instance->name, instance->pid);
	}
	return command_fail(code, &error);
}

/* Shows what the table has. What a supervisor left that was killed is shown
 * too: its workers may be there still. */
static enum exit_code show_table(const struct command_line *line,
				 const struct live_table *table,
				 enum presence presence)
{
	const struct snapshot_choice choice = {
		.names = (const char *const *)line->names,
		.name_count = line->name_count,
		.hidden = command_value(line, "helpers") != NULL,
	};
	bool runs = presence == PRESENCE_RUNS;
	enum exit_code code = EXIT_DONE;
	struct snapshot snapshot;
	struct error error;

	if (snapshot_take(&snapshot, table, &choice, &error) < 0)
		return command_fail(errno == ENOENT ? EXIT_NO_SUCH_NAME
						    : EXIT_FAILED,
				    &error);
	if (presence != PRESENCE_STOPPED &&
	    show(line, &snapshot, runs, &error) < 0)
		code = command_fail(EXIT_FAILED, &error);
	else if (!runs)
		code = fail_absent(&snapshot.instance, presence);
	else if (!snapshot_is_up(&snapshot))
		code = EXIT_NOT_ALL_UP;
	snapshot_release(&snapshot);
	return code;
}

static enum exit_code run(const struct command_line *line)
{
	struct found_instance found;
	struct live_table *table;
	enum exit_code code;
	struct error error;
	char path[600];

	if (command_value(line, "watch"))
		return status_watch(line);
	if (instance_find(&found, line, false, &error) < 0)
		return command_fail(EXIT_NO_INSTANCE, &error);
	instance_path(&found, "live", path);
	table = live_table_open(path, &error);
	if (!table)
		return command_fail(EXIT_NO_INSTANCE, &error);
	code = show_table(line, table, find_presence(table, &found));
	live_table_close(table);
	return code;
}

static const struct command_option options[] = {
	{.name = "json", .help = "print one JSON object"},
	{.name = "helpers", .help = "show the helpers of reeve itself too"},
	{.letter = 'w',
	 .name = "watch",
	 .help = "show it anew each second, until Ctrl-C"},
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
	.examples = "reeve status --watch\tsee it change, on any terminal\n"
		    "reeve status\tall pools and workers\n"
		    "reeve status web db/0\ta pool and a worker\n"
		    "reeve status --json\tthe same for programs\n",
	.options = options,
	.min_names = 0,
	.max_names = SIZE_MAX,
	.run = run,
};
