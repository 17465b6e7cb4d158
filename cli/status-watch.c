#include "config.h"

#include "cli/status-watch.h"

#include "base/clock.h"
#include "cli/instance.h"
#include "cli/status-table.h"
#include "cli/terminal.h"
#include "live/snapshot.h"

#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { INTERVAL_MS = 1000 };

/* Writes what the table has; what a supervisor that is gone has left, too. */
static int write_table(const struct command_line *line, FILE *out,
		       const struct found_instance *found, struct error *error)
{
	const struct snapshot_choice choice = {
		.names = (const char *const *)line->names,
		.name_count = line->name_count,
		.hidden = command_value(line, "helpers") != NULL,
	};
	const struct status_look look = {
		.columns = terminal_columns(stdout),
		.color = terminal_has_color(stdout),
	};
	struct snapshot snapshot;
	struct live_table *table;
	char path[600];
	int result;

	instance_path(found, "live", path);
	table = live_table_open(path, error);
	if (!table)
		return -1;
	result = snapshot_take(&snapshot, table, &choice, error);
	if (result == 0) {
		if (!found->running)
			fprintf(out,
				"%s does not run; this is its last state\n",
				found->name);
		result = status_table_print(out, &snapshot, &look);
		snapshot_release(&snapshot);
	}
	live_table_close(table);
	return result;
}

/* One frame: the time, and the status or why there is none. The caller frees
 * it. */
static char *make_frame(const struct command_line *line)
{
	struct found_instance found;
	struct error error = {0};
	char time[CLOCK_TEXT_SIZE];
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		abort();
	clock_format_local(clock_real_us(), time);
	fprintf(out, "%.19s, each second; Ctrl-C ends it\n\n", time);
	if (instance_find(&found, line, false, &error) < 0 ||
	    write_table(line, out, &found, &error) < 0)
		fprintf(out, "%s\n", error.text);
	fclose(out);
	return text;
}

/* Cuts the frame behind the last line that the terminal has room for. */
static void cut(char *text)
{
	int left = terminal_lines(stdout) - 1;

	for (; *text && left > 0; text++)
		left -= *text == '\n';
	*text = '\0';
}

enum exit_code status_watch(const struct command_line *line)
{
	const char *type = getenv("TERM");
	bool screen = isatty(STDOUT_FILENO) && type && *type &&
		      strcmp(type, "dumb") != 0;
	struct error error;

	for (;;) {
		char *frame = make_frame(line);

		/* home, and clear what is below (ECMA-48) */
		if (screen) {
			cut(frame);
			fputs("\033[H\033[J", stdout);
		}
		fputs(frame, stdout);
		if (!screen)
			putchar('\n');
		free(frame);
		if (fflush(stdout) == EOF || ferror(stdout))
			break;
		poll(NULL, 0, INTERVAL_MS);
	}
	error_set_errno(&error, "cannot show the status");
	return command_fail(EXIT_FAILED, &error);
}
