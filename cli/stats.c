#include "config.h"

#include "base/clock.h"
#include "cli/commands.h"
#include "cli/past.h"
#include "cli/stats-output.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* More rows than this are of no use to anybody. */
enum { PARTS_MAX = 20000 };

/* Up to this long a span is measured by the minute, for it may be a small part
 * of an hour. */
static const int64_t BY_MINUTE_US = INT64_C(3) * 3600 * 1000000;

/* What was typed. */
struct wanted {
	int64_t since_us;
	int64_t until_us;
	enum stats_by by;
	enum table_form form;
	bool hidden;
};

static int read_by(const struct command_line *line, enum stats_by *by)
{
	static const char *const words[] = {
		[STATS_BY_HOUR] = "hour",
		[STATS_BY_DAY] = "day",
		[STATS_BY_CONFIG] = "config",
	};
	const char *text = command_value(line, "by");

	*by = STATS_BY_NOTHING;
	for (int i = STATS_BY_HOUR; text && i <= STATS_BY_CONFIG; i++)
		if (strcmp(text, words[i]) == 0)
			*by = (enum stats_by)i;
	if (!text || *by != STATS_BY_NOTHING)
		return 0;
	command_misuse(line, "--by takes hour, day or config, not \"%s\"",
		       text);
	return -1;
}

static int read_wanted(const struct command_line *line, struct wanted *wanted)
{
	*wanted = (struct wanted){
		.since_us = INT64_MIN,
		.until_us = INT64_MAX,
		.hidden = command_value(line, "helpers") != NULL,
	};
	return past_read_form(line, &wanted->form) < 0 ||
			       past_read_window(line, &wanted->since_us,
						&wanted->until_us) < 0 ||
			       read_by(line, &wanted->by) < 0
		       ? -1
		       : 0;
}

/* Gives the span of time its ends where they were left open: from the first run
 * to now, or to the last thing that a history knows whose instance does not
 * run. */
static int close_span(struct query *query, const struct command_line *line,
		      struct wanted *wanted, struct error *error)
{
	int64_t first_us, last_us = clock_real_us();

	if (query_first_us(query, &first_us, error) < 0)
		return -1;
	if (!past_is_running(line) && query_last_us(query, &last_us, error) < 0)
		return -1;
	if (wanted->since_us < first_us)
		wanted->since_us = first_us;
	if (wanted->until_us > last_us)
		wanted->until_us = last_us;
	if (wanted->until_us < wanted->since_us)
		wanted->until_us = wanted->since_us;
	return 0;
}

static void *must(void *memory)
{
	if (!memory)
		abort();
	return memory;
}

/* The full hour, or midnight, after `at_us` in local time. */
static int64_t next_edge(int64_t at_us, enum stats_by by)
{
	time_t seconds = (time_t)(at_us / 1000000), next;
	struct tm parts;

	localtime_r(&seconds, &parts);
	parts.tm_sec = parts.tm_min = 0;
	if (by == STATS_BY_HOUR) {
		/* Not by mktime(): an hour comes twice in autumn. */
		next = mktime(&parts) + 3600;
		if (next <= seconds)
			next += 3600;
		return (int64_t)next * 1000000;
	}
	parts.tm_hour = 0;
	parts.tm_mday++;
	parts.tm_isdst = -1;
	return (int64_t)mktime(&parts) * 1000000;
}

/* Divides the span by the clock. Returns how many parts there are. */
static size_t divide_by_time(const struct wanted *wanted, int64_t **edges)
{
	int64_t at_us = wanted->since_us;
	size_t count = 0;

	*edges = must(calloc(PARTS_MAX + 2, sizeof(**edges)));
	while (at_us < wanted->until_us && count < PARTS_MAX) {
		(*edges)[count++] = at_us;
		at_us = wanted->by == STATS_BY_NOTHING
				? wanted->until_us
				: next_edge(at_us, wanted->by);
	}
	(*edges)[count] = wanted->until_us;
	return count;
}

/* Divides it by the configs that were in force; `*configs` has one for each
 * part. Returns how many, or -1. */
static ssize_t divide_by_config(struct query *query,
				const struct wanted *wanted, int64_t **edges,
				struct past_config **configs,
				struct error *error)
{
	ssize_t all = query_configs(query, configs, error), count = 0;

	if (all < 0)
		return -1;
	*edges = must(calloc((size_t)all + 2, sizeof(**edges)));
	for (ssize_t i = 0; i < all; i++) {
		int64_t from = (*configs)[i].loaded_at_us;
		int64_t to = i + 1 < all ? (*configs)[i + 1].loaded_at_us
					 : INT64_MAX;

		if (to <= wanted->since_us || from >= wanted->until_us)
			continue;
		(*edges)[count] =
			from > wanted->since_us ? from : wanted->since_us;
		(*configs)[count++] = (*configs)[i];
	}
	(*edges)[count] = wanted->until_us;
	return count;
}

static enum exit_code show(struct query *query, const struct wanted *wanted,
			   struct stats_report *report,
			   struct stats_choice *choice)
{
	ssize_t count;
	struct error error;

	choice->hidden = wanted->hidden;
	choice->edges = report->edges;
	choice->part_count = report->part_count;
	choice->by_minute =
		wanted->until_us - wanted->since_us <=
		(wanted->by == STATS_BY_CONFIG ? 16 : 1) * BY_MINUTE_US;
	count = query_stats(query, choice, &report->workers, &error);
	if (count < 0)
		return command_fail(EXIT_FAILED, &error);
	report->worker_count = (size_t)count;
	stats_output(report, wanted->form);
	worker_stats_free(report->workers, count, report->part_count);
	return EXIT_DONE;
}

/* With names for the worker alone, show it and not its pool. */
static bool names_a_worker(const struct stats_choice *choice)
{
	for (size_t i = 0; i < choice->name_count; i++)
		if (choice->names[i].worker >= 0)
			return true;
	return false;
}

static enum exit_code report(struct query *query,
			     const struct command_line *line,
			     struct wanted *wanted, struct stats_choice *choice)
{
	struct stats_report report = {
		.by = wanted->by,
		.each_worker = wanted->by == STATS_BY_NOTHING ||
			       names_a_worker(choice),
	};
	struct past_config *configs = NULL;
	enum exit_code code = EXIT_FAILED;
	int64_t *edges = NULL;
	struct error error;
	ssize_t parts = -1;

	if (close_span(query, line, wanted, &error) == 0)
		parts = wanted->by == STATS_BY_CONFIG
				? divide_by_config(query, wanted, &edges,
						   &configs, &error)
				: (ssize_t)divide_by_time(wanted, &edges);
	if (parts == 0 && wanted->by == STATS_BY_CONFIG)
		parts = error_set(&error,
				  "cannot count runs: no config is known of "
				  "that time");
	if (parts < 0) {
		command_fail(EXIT_FAILED, &error);
	} else {
		report.edges = edges;
		report.part_count = (size_t)parts;
		report.configs = configs;
		code = show(query, wanted, &report, choice);
	}
	free(edges);
	free(configs);
	return code;
}

static enum exit_code run(const struct command_line *line)
{
	struct stats_choice choice = {0};
	struct query_name *names = NULL;
	struct wanted wanted;
	struct query *query;
	struct error error;
	enum exit_code code;

	if (read_wanted(line, &wanted) < 0)
		return EXIT_USAGE;
	query = past_open(line, &code, &error);
	if (!query)
		return command_fail(code, &error);
	code = past_find_names(query, line->names, line->name_count,
			       wanted.hidden, &names, &choice.name_count,
			       &error);
	choice.names = names;
	code = code == EXIT_DONE ? report(query, line, &wanted, &choice)
				 : command_fail(code, &error);
	free(names);
	query_close(query);
	return code;
}

static const struct command_option options[] = {
	PAST_OPTIONS_WINDOW,
	{.name = "by",
	 .argument = "UNIT",
	 .help = "divide the time by hour or day, or compare by config"},
	PAST_OPTIONS_FORM,
	{.name = "helpers", .help = "count reeve's own helpers, too"},
	PAST_OPTION_DB,
	{0},
};

const struct command command_stats = {
	.name = "stats",
	.usage = "[NAME…]",
	.summary = "count starts and crashes, and tell how long things took",
	.description =
		"Shows how pools and workers did in a span of time, from the "
		"first run that is known, or --since, up to now, or --until; "
		"without a running instance, up to the last event.\n"
		"\n"
		"`STARTS`: the runs that began then, those that failed to "
		"start too.\n"
		"\n"
		"`CRASHES`: the runs that ended then in a way that their pool "
		"does not call a success, or that reeve had to end (`reeve "
		"crashes` lists them).\n"
		"\n"
		"`AVAIL`, the availability: the share of the wanted time in "
		"which a worker was ready. A worker is wanted from the start "
		"of a run until its end, and from there until its next run "
		"unless it was stopped or is done: waiting for a restart and "
		"having given up both count. It is ready from when a run was "
		"ready until that run ended. For a pool both times are summed "
		"up over its workers. A run of which nobody saw the end "
		"counts up to the last sample or event before it was missed. "
		"It is rounded down.\n"
		"\n"
		"`BETWEEN`, the mean time between crashes: the ready time, "
		"divided by the number of crashes.\n"
		"\n"
		"`READY`, the time to ready, from the start of a run until it "
		"was ready; and `RECOV`, the time to recovery, from a crash "
		"until the worker was ready again, unless it was stopped in "
		"between: the median and the 99th percentile (the smallest "
		"time that at least so many of them do not exceed).\n"
		"\n"
		"`CPU%` (of one CPU) and `MEMORY`, the resident set: the means "
		"of the samples of a worker and all its processes, one in 10 "
		"seconds; from the sums by the minute for at most 3 hours, "
		"else from those by the hour, so the first hour counts whole.\n"
		"\n"
		"With --by hour or day the time is divided by the clock, with "
		"a bar for the crashes. With --by config the configs stand "
		"side by side, each for the time it was in force; those that "
		"followed with the same text count as one. Then pools are "
		"shown, and workers where one was named.\n"
		"\n" PAST_TIME_HELP
		" JSON and CSV have times in seconds, and the largest CPU and "
		"memory, too.",
	.examples = "reeve stats --since 24h\thow all did today\n"
		    "reeve stats web --since monday --by day\tday by day\n"
		    "reeve stats web --by config\tbefore and after a change\n",
	.options = options,
	.min_names = 0,
	.max_names = SIZE_MAX,
	.run = run,
};
