#include "config.h"

#include "base/clock.h"
#include "base/moment.h"
#include "base/nearest.h"
#include "cli/commands.h"
#include "cli/history-output.h"
#include "cli/past.h"
#include "cli/terminal.h"
#include "store/event.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The table shows no more unless it is asked to. */
enum { TABLE_LIMIT = 1000 };

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

static int read_kind(const struct command_line *line, uint64_t *kind)
{
	const char *text = command_value(line, "event");
	struct nearest nearest = {.word = text};

	*kind = text ? event_kind_parse(text) : 0;
	if (!text || *kind != 0)
		return 0;
#define X(enumerator, number, word) nearest_offer(&nearest, word);
	EVENT_KINDS(X)
#undef X
	command_misuse(line, "there is no event \"%s\"%s%s%s", text,
		       nearest.found ? "; did you mean " : "",
		       nearest.found ? nearest.found : "",
		       nearest.found ? "?" : "");
	return -1;
}

static int read_limit(const struct command_line *line, uint64_t *limit)
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

/* Finds what the names mean; "all" is everything. Returns the exit code. */
static enum exit_code find_names(struct query *query,
				 const struct command_line *line,
				 struct query_name *names, size_t *count,
				 struct error *error)
{
	bool hidden = command_value(line, "helpers") != NULL;

	*count = 0;
	for (size_t i = 0; i < line->name_count; i++) {
		const char *name = line->names[i];
		int found = 1;

		if (strcmp(name, "all") == 0) {
			*count = 0;
			break;
		}
		found = query_find_name(query, name, hidden, &names[*count],
					error);
		if (found == 0)
			error_set(error,
				  "cannot find %s: the history has no such "
				  "pool or worker",
				  name);
		if (found != 1)
			return found < 0 ? EXIT_FAILED : EXIT_NO_SUCH_NAME;
		++*count;
	}
	return EXIT_DONE;
}

struct told {
	struct history_output *output;
	uint64_t count;
};

static bool tell(const struct past_event *event, void *context)
{
	struct told *told = context;

	history_output_add(told->output, event);
	told->count++;
	return !ferror(stdout);
}

static enum exit_code show(struct query *query, const struct command_line *line,
			   struct event_choice *choice)
{
	struct told told = {0};
	enum history_form form = HISTORY_TABLE;
	struct error error;
	int result;

	if (command_value(line, "json"))
		form = HISTORY_JSON;
	else if (command_value(line, "csv"))
		form = HISTORY_CSV;
	else if (!command_value(line, "limit"))
		choice->limit = TABLE_LIMIT;
	told.output =
		history_output_new(form, stdout, terminal_columns(stdout));
	result = query_events(query, choice, tell, &told, &error);
	history_output_end(told.output);
	if (result < 0)
		return command_fail(EXIT_FAILED, &error);
	if (!command_value(line, "limit") && told.count == choice->limit)
		fprintf(stderr,
			"reeve: these are the last %d; --limit 0 shows all\n",
			TABLE_LIMIT);
	return EXIT_DONE;
}

/* Reads the options; says what is wrong and returns -1. */
static int read_choice(const struct command_line *line,
		       struct event_choice *choice)
{
	*choice = (struct event_choice){
		.since_us = INT64_MIN,
		.until_us = INT64_MAX,
		.hidden = command_value(line, "helpers") != NULL,
	};
	if (command_value(line, "json") && command_value(line, "csv")) {
		command_misuse(line, "--json and --csv exclude each other");
		return -1;
	}
	return read_moment(line, "since", &choice->since_us) < 0 ||
			       read_moment(line, "until", &choice->until_us) <
				       0 ||
			       read_kind(line, &choice->kind) < 0 ||
			       read_limit(line, &choice->limit) < 0
		       ? -1
		       : 0;
}

static enum exit_code run(const struct command_line *line)
{
	struct query_name *names;
	struct event_choice choice;
	struct query *query;
	struct error error;
	enum exit_code code;

	if (read_choice(line, &choice) < 0)
		return EXIT_USAGE;
	query = past_open(line, &code, &error);
	if (!query)
		return command_fail(code, &error);
	names = calloc(line->name_count + 1, sizeof(*names));
	if (!names)
		abort();
	code = find_names(query, line, names, &choice.name_count, &error);
	choice.names = names;
	if (code == EXIT_DONE)
		code = show(query, line, &choice);
	else
		command_fail(code, &error);
	free(names);
	query_close(query);
	return code;
}

static const struct command_option options[] = {
	{.name = "since",
	 .argument = "TIME",
	 .help = "only what happened from then on"},
	{.name = "until",
	 .argument = "TIME",
	 .help = "only what happened up to then"},
	{.name = "event",
	 .argument = "EVENT",
	 .help = "only such events: spawned, ready, ended, gap, …"},
	{.name = "limit", .argument = "N", .help = "only the last N; 0: all"},
	{.name = "json", .help = "print one JSON object a line"},
	{.name = "csv", .help = "print CSV (RFC 4180) with a header"},
	{.name = "helpers", .help = "show what reeve's own helpers did, too"},
	PAST_OPTION_DB,
	{0},
};

const struct command command_history = {
	.name = "history",
	.usage = "[NAME…]",
	.summary = "show what happened: runs and events of the past",
	.description =
		"Shows the events of the pools and workers that are named, or "
		"of all, the newest last: when runs began, were ready and "
		"ended, and how; what was asked for, and by whom; configs; "
		"warnings and gaps. It reads the history in the state folder "
		"and needs no supervisor.\n"
		"\n"
		"TIME is how long ago (`2h`), a time of day (`10:30`), "
		"`yesterday 22:00`, `2026-11-22 09:00`, or RFC 3339, in local "
		"time where it names no zone. Without --limit the table shows "
		"the last 1000 events; JSON and CSV are complete.",
	.examples = "reeve history web/0 --since 2h\twhat it did of late\n"
		    "reeve history --event ended\thow runs ended\n"
		    "reeve history --csv --since yesterday\tfor a spreadsheet\n"
		    "reeve history --db copy/history.db\tof another machine\n",
	.options = options,
	.min_names = 0,
	.max_names = SIZE_MAX,
	.run = run,
};
