#include "config.h"

#include "cli/export.h"

#include "cli/past.h"
#include "store/export.h"

#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool export_is_meant(const struct command_line *line)
{
	return line->name_count > 0 && !line->after_dashes &&
	       strcmp(line->names[0], "export") == 0;
}

static int check_options(const struct command_line *line)
{
	static const char *const others[] = {"event", "limit", "follow", "json",
					     "csv"};

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		if (!command_value(line, others[i]))
			continue;
		command_misuse(line, "--%s is nothing for export", others[i]);
		return -1;
	}
	if (line->name_count > 1)
		return 0;
	command_misuse(line, "export needs a FILE to write to");
	return -1;
}

static enum exit_code copy(struct query *query,
			   const struct export_choice *choice, const char *path)
{
	struct export_count count;
	struct error error;

	if (export_history(query, choice, path, &count, &error) < 0)
		return command_fail(EXIT_FAILED, &error);
	printf("%s: %" PRId64 " runs, %" PRId64 " events\n", path, count.runs,
	       count.events);
	return EXIT_DONE;
}

enum exit_code export_run(const struct command_line *line)
{
	struct export_choice choice = {
		.since_us = INT64_MIN,
		.until_us = INT64_MAX,
		.hidden = command_value(line, "helpers") != NULL,
	};
	struct query_name *names = NULL;
	struct query *query;
	struct error error;
	enum exit_code code;

	if (check_options(line) < 0 ||
	    past_read_window(line, &choice.since_us, &choice.until_us) < 0)
		return EXIT_USAGE;
	query = past_open(line, &code, &error);
	if (!query)
		return command_fail(code, &error);
	code = past_find_names(query, line->names + 1, line->name_count - 2,
			       choice.hidden, &names, &choice.name_count,
			       &error);
	choice.names = names;
	code = code == EXIT_DONE
		       ? copy(query, &choice, line->names[line->name_count - 1])
		       : command_fail(code, &error);
	free(names);
	query_close(query);
	return code;
}
