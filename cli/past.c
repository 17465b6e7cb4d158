#include "config.h"

#include "cli/past.h"

#include "base/clock.h"
#include "base/moment.h"
#include "cli/instance.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct query *past_open(const struct command_line *line, enum exit_code *code,
			struct error *error)
{
	const char *file = command_value(line, "db");
	struct found_instance found;
	char path[600];

	*code = EXIT_FAILED;
	if (file)
		return query_open(file, error);
	if (instance_find(&found, line, false, error) < 0) {
		*code = EXIT_NO_INSTANCE;
		return NULL;
	}
	snprintf(path, sizeof(path), "%s/history.db", found.folders.state);
	return query_open(path, error);
}

bool past_is_running(const struct command_line *line)
{
	struct found_instance found;
	struct error ignored;

	return !command_value(line, "db") &&
	       instance_find(&found, line, false, &ignored) == 0 &&
	       found.running;
}

static int read_moment(const struct command_line *line, const char *option,
		       int64_t *at_us)
{
	const char *text = command_value(line, option);

	if (text && moment_parse(text, clock_real_us(), at_us) < 0) {
		command_misuse(line,
			       "--%s takes a time such as 2h, 10:30, "
			       "\"yesterday 22:00\" or "
			       "\"2026-11-22 09:00\", not \"%s\"",
			       option, text);
		return -1;
	}
	return 0;
}

int past_read_window(const struct command_line *line, int64_t *since_us,
		     int64_t *until_us)
{
	if (read_moment(line, "since", since_us) < 0 ||
	    read_moment(line, "until", until_us) < 0)
		return -1;
	if (*since_us <= *until_us)
		return 0;
	command_misuse(line, "--until is before --since");
	return -1;
}

int past_read_form(const struct command_line *line, enum table_form *form)
{
	bool json = command_value(line, "json") != NULL;
	bool csv = command_value(line, "csv") != NULL;

	*form = json ? TABLE_JSON : csv ? TABLE_CSV : TABLE_SCREEN;
	if (!json || !csv)
		return 0;
	command_misuse(line, "--json and --csv exclude each other");
	return -1;
}

int past_read_limit(const struct command_line *line, uint64_t *limit)
{
	const char *text = command_value(line, "limit");
	char *end;

	if (!text)
		return 0;
	errno = 0;
	*limit = strtoull(text, &end, 10);
	if (text[0] >= '0' && text[0] <= '9' && *end == '\0' && errno == 0)
		return 0;
	command_misuse(line, "--limit takes a number, not \"%s\"", text);
	return -1;
}

enum exit_code past_find_names(struct query *query, char *const *names,
			       size_t count, bool hidden,
			       struct query_name **list, size_t *found,
			       struct error *error)
{
	*found = 0;
	*list = calloc(count + 1, sizeof(**list));
	if (!*list)
		abort();
	for (size_t i = 0; i < count; i++) {
		int known = 1;

		if (strcmp(names[i], "all") == 0) {
			*found = 0;
			break;
		}
		known = query_find_name(query, names[i], hidden,
					&(*list)[*found], error);
		if (known == 0)
			error_set(error,
				  "cannot find %s: the history has no such "
				  "pool or worker",
				  names[i]);
		if (known != 1)
			return known < 0 ? EXIT_FAILED : EXIT_NO_SUCH_NAME;
		++*found;
	}
	return EXIT_DONE;
}

void past_tell_limit(void)
{
	fprintf(stderr, "reeve: these are the last %d; --limit 0 shows all\n",
		PAST_TABLE_LIMIT);
}
