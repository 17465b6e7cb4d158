#include "config.h"

#include "base/clock.h"
#include "base/signals.h"
#include "cli/commands.h"
#include "cli/cut.h"
#include "cli/past.h"
#include "base/span.h"
#include "cli/sparkline.h"
#include "cli/terminal.h"
#include "store/crash-text.h"
#include "store/query-crashes.h"

#include <errno.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* So many bars a trend has on the screen. */
enum { TREND_WIDTH = 10 };

static const struct table_column group_columns[] = {
	{.name = "group", .title = "GROUP", .right = true},
	{.name = "pool", .title = "POOL", .cut = true},
	{.name = "crashes", .title = "CRASHES", .right = true},
	{.name = "workers", .title = "WORKERS", .right = true},
	{.name = "first_at", .title = "FIRST EVER"},
	{.name = "last_at", .title = "LAST"},
	{.title = "TREND"},
	{.name = "first_run"},
	{.name = "first_config"},
	{.name = "cause"},
	{.name = "exit_code"},
	{.name = "exit_signal"},
	{.name = "sign"},
	{.name = "what", .title = "", .below = true},
};

static const struct table_column run_columns[] = {
	{.name = "run", .title = "RUN", .right = true},
	{.name = "worker", .title = "WORKER"},
	{.name = "ended_at", .title = "ENDED"},
	{.name = "uptime_s", .title = "AFTER", .right = true},
	{.name = "config", .title = "CONFIG", .right = true},
	{.name = "cause"},
	{.name = "exit_code"},
	{.name = "exit_signal"},
	{.name = "last_line", .title = "LAST LINE", .cut = true},
};

#define COUNT(columns) (sizeof(columns) / sizeof((columns)[0]))

static json_t *time_value(int64_t at_us)
{
	char text[CLOCK_TEXT_SIZE];

	if (at_us == 0)
		return json_null();
	clock_format_utc(at_us, text);
	return json_string(text);
}

/* Cause, code and signal, as `why --json` has them. */
static void set_ending(json_t *object, const struct ending *ending)
{
	bool has_code =
		ending->signal == 0 && ending->cause != CAUSE_NOT_STARTED;
	char signal[SIGNAL_TEXT_SIZE];

	if (ending->signal > 0)
		signal_format(ending->signal, signal);
	json_object_set_new(object, "cause",
			    json_string(end_cause_name(ending->cause)));
	json_object_set_new(object, "exit_code",
			    has_code ? json_integer(ending->code)
				     : json_null());
	json_object_set_new(object, "exit_signal",
			    ending->signal > 0 ? json_string(signal)
					       : json_null());
}

static json_t *group_to_json(const struct crash_group *group, const char *what)
{
	json_t *object = json_pack(
		"{s:I, s:s, s:I, s:I, s:o, s:o, s:I, s:o, s:s}", "group",
		(json_int_t)group->id, "pool", group->pool, "crashes",
		(json_int_t)group->crashes, "workers",
		(json_int_t)group->workers, "first_at",
		time_value(group->first_at_us), "last_at",
		time_value(group->last_at_us), "first_run",
		(json_int_t)group->first_run, "first_config",
		group->first_config > 0 ? json_integer(group->first_config)
					: json_null(),
		"sign", group->sign);
	json_t *trend = json_array();

	for (size_t i = 0; i < CRASH_TREND_SIZE; i++)
		json_array_append_new(trend, json_integer(group->trend[i]));
	set_ending(object, &group->ending);
	json_object_set_new(object, "what", json_string(what));
	json_object_set_new(object, "trend", trend);
	return object;
}

/* The bars of a trend. The caller frees them. */
static char *draw_trend(const struct crash_group *group, bool blocks)
{
	uint32_t sums[TREND_WIDTH] = {0};
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		abort();
	for (size_t i = 0; i < CRASH_TREND_SIZE; i++)
		sums[i * TREND_WIDTH / CRASH_TREND_SIZE] += group->trend[i];
	sparkline_print(out, sums, TREND_WIDTH, TREND_WIDTH, blocks);
	fclose(out);
	return text;
}

static void add_group(struct table *table, const struct crash_group *group,
		      bool blocks)
{
	char what[CRASH_TEXT_SIZE], first[SPAN_TEXT_SIZE], last[SPAN_TEXT_SIZE];
	char *trend;

	crash_text(group, what);
	if (!table_is_screen(table)) {
		table_add(table, group_to_json(group, what));
		return;
	}
	trend = draw_trend(group, blocks);
	span_format_minute(group->first_at_us, first);
	span_format_minute(group->last_at_us, last);
	table_cell(table, "%" PRId64, group->id);
	table_cell(table, "%s", group->pool);
	table_cell(table, "%" PRIu64, group->crashes);
	table_cell(table, "%" PRIu64, group->workers);
	table_cell(table, "%s", first);
	table_cell(table, "%s", last);
	table_cell(table, "%s", trend);
	table_cell(table, "%s", what);
	free(trend);
}

/* What the trend on the screen covers. */
static void tell_span(const int64_t span[2], uint64_t crashes, size_t groups)
{
	char from[SPAN_TEXT_SIZE], to[SPAN_TEXT_SIZE], part[SPAN_TEXT_SIZE];

	span_format_minute(span[0], from);
	span_format_minute(span[1], to);
	span_format((span[1] - span[0]) / TREND_WIDTH, part);
	printf("%" PRIu64 " %s in %zu %s, %s to %s; a bar is %s\n\n", crashes,
	       crashes == 1 ? "crash" : "crashes", groups,
	       groups == 1 ? "group" : "groups", from, to, part);
}

static enum exit_code show_groups(struct query *query,
				  const struct command_line *line,
				  const struct crash_choice *choice,
				  enum table_form form)
{
	uint64_t limit = form == TABLE_SCREEN ? PAST_TABLE_LIMIT : 0;
	struct crash_group *groups;
	bool blocks = sparkline_has_blocks();
	uint64_t crashes = 0;
	struct table *table;
	struct error error;
	int64_t span[2];
	ssize_t count, shown;

	if (past_read_limit(line, &limit) < 0)
		return EXIT_USAGE;
	count = query_crash_groups(query, choice, span, &groups, &error);
	if (count < 0)
		return command_fail(EXIT_FAILED, &error);
	shown = limit > 0 && (uint64_t)count > limit ? (ssize_t)limit : count;
	for (ssize_t i = 0; i < count; i++)
		crashes += groups[i].crashes;
	if (form == TABLE_SCREEN && count == 0)
		puts("There were no crashes.");
	if (form == TABLE_SCREEN && count > 0)
		tell_span(span, crashes, (size_t)count);
	if (form != TABLE_SCREEN || count > 0) {
		table = table_new(group_columns, COUNT(group_columns), form,
				  stdout, terminal_columns(stdout));
		for (ssize_t i = 0; i < shown; i++)
			add_group(table, &groups[i], blocks);
		table_end(table);
	}
	if (shown < count && !command_value(line, "limit"))
		fprintf(stderr,
			"reeve: these are the first %d; --limit 0 shows all\n",
			PAST_TABLE_LIMIT);
	free(groups);
	return EXIT_DONE;
}

/* The last line of its output that is not empty; the caller frees it. */
static char *last_line(const char *tail)
{
	size_t end = tail ? strlen(tail) : 0, start;

	while (end > 0 && strchr(" \t\n", tail[end - 1]))
		end--;
	start = end;
	while (start > 0 && tail[start - 1] != '\n')
		start--;
	return tail ? strndup(tail + start, end - start) : strdup("");
}

static bool add_run(const struct past_run *run, void *context)
{
	struct table *table = context;
	int64_t uptime_us = run->started_at_us == 0 || run->pid == 0
				    ? -1
				    : run->ended_at_us - run->started_at_us;
	char at[CLOCK_TEXT_SIZE], after[SPAN_TEXT_SIZE];
	char *line = last_line(run->tail);
	json_t *object;

	if (!line)
		abort();
	if (table_is_screen(table)) {
		clock_format_local(run->ended_at_us, at);
		span_format(uptime_us, after);
		table_cell(table, "%" PRId64, run->run);
		table_cell(table, "%s", run->worker);
		table_cell(table, "%s", at);
		table_cell(table, "%s", after);
		table_cell(table, "%" PRId64, run->config);
		table_cell(table, "%s", line);
	} else {
		object = json_pack(
			"{s:I, s:s, s:o, s:o, s:o, s:s}", "run",
			(json_int_t)run->run, "worker", run->worker, "ended_at",
			time_value(run->ended_at_us), "uptime_s",
			uptime_us < 0 ? json_null()
				      : json_real((double)uptime_us / 1e6),
			"config",
			run->config > 0 ? json_integer(run->config)
					: json_null(),
			"last_line", line);
		set_ending(object, &run->ending);
		table_add(table, object);
	}
	free(line);
	return !ferror(stdout);
}

static void tell_group(const struct crash_group *group)
{
	char what[CRASH_TEXT_SIZE], head[CRASH_TEXT_SIZE + NAME_SIZE + 32];
	int columns = terminal_columns(stdout);
	char first[SPAN_TEXT_SIZE];

	crash_text(group, what);
	snprintf(head, sizeof(head), "group %" PRId64 " of %s: %s", group->id,
		 group->pool, what);
	cut_print(stdout, head, strlen(head),
		  columns > 0 ? (size_t)columns : SIZE_MAX);
	span_format_minute(group->first_at_us, first);
	printf("\n%" PRIu64 " %s, the first %s (run %" PRId64, group->crashes,
	       group->crashes == 1 ? "crash" : "crashes", first,
	       group->first_run);
	if (group->first_config > 0)
		printf(", config %" PRId64, group->first_config);
	puts(")\n");
}

static enum exit_code show_runs(struct query *query, int64_t id,
				const struct command_line *line,
				const struct crash_choice *choice,
				enum table_form form)
{
	bool limited = command_value(line, "limit") != NULL;
	uint64_t limit = form == TABLE_SCREEN ? PAST_TABLE_LIMIT : 0;
	struct crash_group group;
	struct table *table;
	struct error error;
	int found = query_crash_group(query, id, &group, &error);

	if (past_read_limit(line, &limit) < 0)
		return EXIT_USAGE;
	if (found == 0)
		error_set(&error,
			  "cannot find group %" PRId64 ": the history has no "
			  "such group of crashes",
			  id);
	if (found != 1)
		return command_fail(found < 0 ? EXIT_FAILED : EXIT_NO_SUCH_NAME,
				    &error);
	if (form == TABLE_SCREEN)
		tell_group(&group);
	table = table_new(run_columns, COUNT(run_columns), form, stdout,
			  terminal_columns(stdout));
	found = query_group_runs(query, id, choice->since_us, choice->until_us,
				 limit, add_run, table, &error);
	table_end(table);
	if (found < 0)
		return command_fail(EXIT_FAILED, &error);
	if (!limited && limit > 0 && group.crashes > limit)
		past_tell_limit();
	return EXIT_DONE;
}

/* Whether the only name is the number of a group. */
static bool read_group(const struct command_line *line, int64_t *id)
{
	char *end;

	if (line->name_count != 1 || line->names[0][0] < '0' ||
	    line->names[0][0] > '9')
		return false;
	errno = 0;
	*id = strtoll(line->names[0], &end, 10);
	return *end == '\0' && errno == 0;
}

static enum exit_code run(const struct command_line *line)
{
	struct crash_choice choice = {
		.since_us = INT64_MIN,
		.until_us = INT64_MAX,
		.hidden = command_value(line, "helpers") != NULL,
	};
	struct query_name *names = NULL;
	enum table_form form;
	enum exit_code code;
	struct query *query;
	struct error error;
	int64_t id;

	if (past_read_form(line, &form) < 0 ||
	    past_read_window(line, &choice.since_us, &choice.until_us) < 0)
		return EXIT_USAGE;
	query = past_open(line, &code, &error);
	if (!query)
		return command_fail(code, &error);
	if (read_group(line, &id)) {
		code = show_runs(query, id, line, &choice, form);
	} else {
		code = past_find_names(query, line->names, line->name_count,
				       choice.hidden, &names,
				       &choice.name_count, &error);
		choice.names = names;
		code = code == EXIT_DONE
			       ? show_groups(query, line, &choice, form)
			       : command_fail(code, &error);
	}
	free(names);
	query_close(query);
	return code;
}

static const struct command_option options[] = {
	PAST_OPTIONS_WINDOW,
	{.name = "limit",
	 .argument = "N",
	 .help = "only the first N groups, or of a group the last N runs; 0: "
		 "all"},
	PAST_OPTIONS_FORM,
	{.name = "helpers", .help = "show crashes of reeve's own helpers, too"},
	PAST_OPTION_DB,
	{0},
};

const struct command command_crashes = {
	.name = "crashes",
	.usage = "[NAME…] | GROUP",
	.summary = "show crashes by what they have in common",
	.description =
		"Shows the crashes of the pools and workers that are named, or "
		"of all, in groups: those of one pool with the same cause, the "
		"same exit code or signal and the same sign, which is the line "
		"of the last output that tells of an error, without the "
		"numbers in it that differ from time to time, or else the "
		"functions in which they crashed. The group with the most "
		"crashes comes first. Crashes, workers, the last time and the "
		"trend are those of the span of time; the first time is the "
		"first ever. Without --limit the table shows the first 1000 "
		"groups, or the last 1000 runs of one; JSON and CSV are "
		"complete.\n"
		"\n"
		"With the number of a GROUP it lists its runs, the newest "
		"last, each with the last line of its output. `reeve why RUN` "
		"tells all of one.\n"
		"\n" PAST_TIME_HELP,
	.examples = "reeve crashes --since 24h\twhat crashed today\n"
		    "reeve crashes web --since monday\tof one pool\n"
		    "reeve crashes 3\tthe runs of group 3\n",
	.options = options,
	.min_names = 0,
	.max_names = SIZE_MAX,
	.run = run,
};
