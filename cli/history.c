#include "config.h"

#include "base/nearest.h"
#include "cli/commands.h"
#include "cli/export.h"
#include "cli/history-follow.h"
#include "cli/history-output.h"
#include "cli/past.h"
#include "store/event.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* So many events come before those that --follow waits for. */
enum { FOLLOW_LIMIT = 20 };

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

struct told {
	struct table *table;
	enum table_form form;
	uint64_t count;
};

static bool tell(const struct past_event *event, void *context)
{
	struct told *told = context;

	history_output_add(told->table, told->form, event);
	told->count++;
	return !ferror(stdout);
}

static enum exit_code show(struct query *query, const struct command_line *line,
			   enum table_form form, struct event_choice *choice)
{
	struct told told = {.table = history_output_new(form), .form = form};
	bool limited = command_value(line, "limit") != NULL;
	struct error error;
	int result;

	if (form == TABLE_SCREEN && !limited)
		choice->limit = PAST_TABLE_LIMIT;
	result = query_events(query, choice, tell, &told, &error);
	table_end(told.table);
	if (result < 0)
		return command_fail(EXIT_FAILED, &error);
	if (!limited && told.count == choice->limit)
		past_tell_limit();
	return EXIT_DONE;
}

/* Reads the options; says what is wrong and returns -1. */
static int read_choice(const struct command_line *line,
		       struct event_choice *choice, enum table_form *form)
{
	bool follow = command_value(line, "follow") != NULL;

	*choice = (struct event_choice){
		.since_us = INT64_MIN,
		.until_us = INT64_MAX,
		.hidden = command_value(line, "helpers") != NULL,
	};
	if (follow && command_value(line, "until")) {
		command_misuse(line, "--follow and --until exclude each other");
		return -1;
	}
	if (follow && !command_value(line, "since"))
		choice->limit = FOLLOW_LIMIT;
	return past_read_form(line, form) < 0 ||
			       past_read_window(line, &choice->since_us,
						&choice->until_us) < 0 ||
			       read_kind(line, &choice->kind) < 0 ||
			       past_read_limit(line, &choice->limit) < 0
		       ? -1
		       : 0;
}

static enum exit_code run(const struct command_line *line)
{
	struct query_name *names = NULL;
	struct event_choice choice;
	enum table_form form;
	struct query *query;
	struct error error;
	enum exit_code code;

	if (export_is_meant(line))
		return export_run(line);
	if (read_choice(line, &choice, &form) < 0)
		return EXIT_USAGE;
	if (command_value(line, "follow"))
		return history_follow(line, &choice, form);
	query = past_open(line, &code, &error);
	if (!query)
		return command_fail(code, &error);
	code = past_find_names(query, line->names, line->name_count,
			       choice.hidden, &names, &choice.name_count,
			       &error);
	choice.names = names;
	if (code == EXIT_DONE)
		code = show(query, line, form, &choice);
	else
		command_fail(code, &error);
	free(names);
	query_close(query);
	return code;
}

static const struct command_option options[] = {
	PAST_OPTIONS_WINDOW,
	{.name = "event",
	 .argument = "EVENT",
	 .help = "only such events: spawned, ready, ended, gap, …"},
	PAST_OPTION_LIMIT,
	{.letter = 'f',
	 .name = "follow",
	 .help = "show what comes, too, until Ctrl-C"},
	PAST_OPTIONS_FORM,
	{.name = "helpers", .help = "show what reeve's own helpers did, too"},
	PAST_OPTION_DB,
	{0},
};

const struct command command_history = {
	.name = "history",
	.usage = "[NAME…] | export [NAME…] FILE",
	.summary = "show what happened: runs and events of the past",
	.description =
		"Shows the events of the pools and workers that are named, or "
		"of all, the newest last: when runs began, were ready and "
		"ended, and how; what was asked for, and by whom; configs; "
		"warnings and gaps. It reads the history in the state folder "
		"and needs no supervisor. Options combine.\n"
		"\n" PAST_TIME_HELP " Without --limit the table shows "
		"the last 1000 events; JSON and CSV are complete. With -f it "
		"shows the last 20, or those --since, and then each one "
		"within a second of when it is recorded.\n"
		"\n"
		"`reeve history export FILE` writes a copy for somebody else, "
		"who reads it with --db: the runs of the span of time and of "
		"the names, with their output, evidence and samples, the "
		"events, and the configs that were in force. It never "
		"overwrites a file, and FILE appears only when it is complete. "
		"(A pool that is called export is shown by `reeve history -- "
		"export`.)",
	.examples = "reeve history web/0 --since 2h\twhat it did of late\n"
		    "reeve history --event ended\thow runs ended\n"
		    "reeve history --csv --since yesterday\tfor a spreadsheet\n"
		    "reeve history -f web\twhat becomes of web\n"
		    "reeve history --db copy/history.db\tof another machine\n"
		    "reeve history export web --since monday web.db\ta copy to "
		    "share\n",
	.options = options,
	.min_names = 0,
	.max_names = SIZE_MAX,
	.run = run,
};
