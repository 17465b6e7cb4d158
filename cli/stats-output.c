#include "config.h"

#include "cli/stats-output.h"

#include "base/clock.h"
#include "cli/sparkline.h"
#include "cli/stats-figures.h"
#include "cli/terminal.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Names of JSON and CSV; on the screen those of the tables below. */
#define FIGURE_NAMES                                                          \
	{.name = "starts"}, {.name = "crashes"}, {.name = "wanted_s"},        \
		{.name = "ready_s"}, {.name = "availability"},                \
		{.name = "between_crashes_s"}, {.name = "to_ready_median_s"}, \
		{.name = "to_ready_p99_s"}, {.name = "to_recovery_median_s"}, \
		{.name = "to_recovery_p99_s"}, {.name = "cpu_percent"},       \
		{.name = "cpu_percent_max"}, {.name = "rss_bytes"},           \
	{                                                                     \
		.name = "rss_bytes_max"                                       \
	}

static const struct table_column program_columns[] = {
	{.name = "pool"},  {.name = "worker"}, {.name = "from"},
	{.name = "until"}, {.name = "config"}, FIGURE_NAMES,
};

static const struct table_column name_columns[] = {
	{.title = "NAME", .cut = true},
	{.title = "STARTS", .right = true},
	{.title = "CRASHES", .right = true},
	{.title = "AVAIL", .right = true},
	{.title = "BETWEEN", .right = true},
	{.title = "READY p99", .right = true},
	{.title = "RECOV p99", .right = true},
	{.title = "CPU%", .right = true},
	{.title = "MEMORY", .right = true},
};

static const struct table_column time_columns[] = {
	{.title = "FROM"},
	{.title = "STARTS", .right = true},
	{.title = "CRASHES", .right = true},
	{.title = "AVAIL", .right = true},
	{.title = "READY", .right = true},
	{.title = "RECOV", .right = true},
	{.title = "CPU%", .right = true},
	{.title = "MEMORY", .right = true},
	{.title = "CRASHES"},
};

#define COUNT(columns) (sizeof(columns) / sizeof((columns)[0]))

/* A pool, or one worker of it: what a block or a row is about. */
struct subject {
	char pool[NAME_SIZE];
	char worker[WORKER_NAME_SIZE]; /* "": all of the pool */
	struct stats_figures *parts;
};

static void *must(void *memory)
{
	if (!memory)
		abort();
	return memory;
}

/* One for each worker, and before them one for their pool, if there are several
 * of it or workers are not shown. */
static struct subject *make_subjects(const struct stats_report *report,
				     size_t *count)
{
	struct subject *list =
		must(calloc(2 * report->worker_count + 1, sizeof(*list)));
	struct subject *pool = NULL;

	*count = 0;
	for (size_t i = 0; i < report->worker_count; i++) {
		const struct worker_stats *worker = &report->workers[i];
		struct subject *one;

		if (!pool || strcmp(pool->pool, worker->pool) != 0) {
			pool = &list[(*count)++];
			memcpy(pool->pool, worker->pool, sizeof(pool->pool));
			pool->parts = must(calloc(report->part_count,
						  sizeof(*pool->parts)));
		}
		for (size_t part = 0; part < report->part_count; part++)
			if (stats_merge(&pool->parts[part],
					&worker->parts[part]) < 0)
				abort();
		if (!report->each_worker)
			continue;
		one = &list[(*count)++];
		memcpy(one->pool, worker->pool, sizeof(one->pool));
		snprintf(one->worker, sizeof(one->worker), "%s/%" PRId64,
			 worker->pool, worker->name.worker);
		one->parts = worker->parts;
	}
	return list;
}

static void free_subjects(const struct stats_report *report,
			  struct subject *list, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (list[i].worker[0] != '\0')
			continue;
		for (size_t part = 0; part < report->part_count; part++)
			stats_release(&list[i].parts[part]);
		free(list[i].parts);
	}
	free(list);
}

static json_t *time_value(int64_t at_us)
{
	char text[CLOCK_TEXT_SIZE];

	clock_format_utc(at_us, text);
	return json_string(text);
}

static json_t *part_to_json(const struct stats_report *report,
			    const struct subject *subject, size_t part)
{
	json_t *object = json_pack(
		"{s:s, s:o, s:o, s:o, s:o}", "pool", subject->pool, "worker",
		subject->worker[0] != '\0' ? json_string(subject->worker)
					   : json_null(),
		"from", time_value(report->edges[part]), "until",
		time_value(report->edges[part + 1]), "config",
		report->configs ? json_integer(report->configs[part].config)
				: json_null());

	stats_figures_to_json(object, &subject->parts[part]);
	return object;
}

static void print_for_programs(const struct stats_report *report,
			       const struct subject *list, size_t count,
			       enum table_form form)
{
	struct table *table = table_new(program_columns, COUNT(program_columns),
					form, stdout, 0);

	for (size_t i = 0; i < count; i++)
		for (size_t part = 0; part < report->part_count; part++)
			table_add(table, part_to_json(report, &list[i], part));
	table_end(table);
}

static void add_cell(struct table *table, struct stats_figures *figures,
		     enum stats_figure figure)
{
	char text[SPAN_TEXT_SIZE];

	stats_figure_format(figure, figures, text);
	table_cell(table, "%s", text);
}

/* Two figures in one cell. */
static void add_pair(struct table *table, struct stats_figures *figures,
		     enum stats_figure first, enum stats_figure second)
{
	char left[SPAN_TEXT_SIZE], right[SPAN_TEXT_SIZE];

	stats_figure_format(first, figures, left);
	stats_figure_format(second, figures, right);
	table_cell(table, "%s %s", left, right);
}

static void print_span(const struct stats_report *report)
{
	char from[SPAN_TEXT_SIZE], to[SPAN_TEXT_SIZE], length[SPAN_TEXT_SIZE];
	int64_t first = report->edges[0];
	int64_t last = report->edges[report->part_count];

	span_format_minute(first, from);
	span_format_minute(last, to);
	span_format(last - first, length);
	printf("%s to %s, %s\n\n", from, to, length);
}

static void print_by_name(const struct subject *list, size_t count)
{
	struct table *table =
		table_new(name_columns, COUNT(name_columns), TABLE_SCREEN,
			  stdout, terminal_columns(stdout));

	for (size_t i = 0; i < count; i++) {
		struct stats_figures *figures = &list[i].parts[0];

		if (list[i].worker[0] != '\0')
			table_cell(table, "  %s", list[i].worker);
		else
			table_cell(table, "%s", list[i].pool);
		add_cell(table, figures, FIGURE_STARTS);
		add_cell(table, figures, FIGURE_CRASHES);
		add_cell(table, figures, FIGURE_AVAILABLE);
		add_cell(table, figures, FIGURE_BETWEEN);
		add_pair(table, figures, FIGURE_READY, FIGURE_READY_P99);
		add_pair(table, figures, FIGURE_RECOVERY, FIGURE_RECOVERY_P99);
		add_cell(table, figures, FIGURE_CPU);
		add_cell(table, figures, FIGURE_MEMORY);
	}
	table_end(table);
}

static void print_subject(const struct subject *subject)
{
	printf("%s\n",
	       subject->worker[0] != '\0' ? subject->worker : subject->pool);
}

/* `value` of `most` as a bar of at most `width` columns; the caller frees it.
 */
static char *draw_bar(uint64_t value, uint64_t most, size_t width, bool blocks)
{
	static const char *const ends[] = {"",	"▏", "▎", "▍",
					   "▌", "▋", "▊", "▉"};
	size_t eighths = most > 0 ? (size_t)(value * width * 8 / most) : 0;
	char *text = must(calloc(width * 3 + 4, 1)), *at = text;

	if (value > 0 && eighths == 0)
		eighths = 1;
	for (size_t i = 0; i < eighths / 8; i++)
		at = stpcpy(at, blocks ? "█" : "#");
	stpcpy(at, blocks ? ends[eighths % 8] : eighths % 8 ? "#" : "");
	return text;
}

static void format_part(const struct stats_report *report, size_t part,
			char text[SPAN_TEXT_SIZE])
{
	time_t seconds = (time_t)(report->edges[part] / 1000000);
	struct tm parts;

	localtime_r(&seconds, &parts);
	strftime(text, SPAN_TEXT_SIZE,
		 report->by == STATS_BY_DAY ? "%a %m-%d" : "%m-%d %H:%M",
		 &parts);
}

static void print_by_time(const struct stats_report *report,
			  const struct subject *subject)
{
	int columns = terminal_columns(stdout);
	size_t width = columns > 90 ? 30 : 10;
	struct table *table = table_new(time_columns, COUNT(time_columns),
					TABLE_SCREEN, stdout, columns);
	bool blocks = sparkline_has_blocks();
	char text[SPAN_TEXT_SIZE];
	uint64_t most = 0;

	for (size_t i = 0; i < report->part_count; i++)
		if (subject->parts[i].crashes > most)
			most = subject->parts[i].crashes;
	for (size_t i = 0; i < report->part_count; i++) {
		struct stats_figures *figures = &subject->parts[i];
		char *bar = draw_bar(figures->crashes, most, width, blocks);

		format_part(report, i, text);
		table_cell(table, "%s", text);
		add_cell(table, figures, FIGURE_STARTS);
		add_cell(table, figures, FIGURE_CRASHES);
		add_cell(table, figures, FIGURE_AVAILABLE);
		add_cell(table, figures, FIGURE_READY);
		add_cell(table, figures, FIGURE_RECOVERY);
		add_cell(table, figures, FIGURE_CPU);
		add_cell(table, figures, FIGURE_MEMORY);
		table_cell(table, "%s", bar);
		free(bar);
	}
	print_subject(subject);
	table_end(table);
}

/* "config 3", or "3-5" where a later one has the same text. */
static void format_config(const struct past_config *config,
			  char text[SPAN_TEXT_SIZE])
{
	if (config->last == config->config)
		snprintf(text, SPAN_TEXT_SIZE, "config %" PRId64,
			 config->config);
	else
		snprintf(text, SPAN_TEXT_SIZE, "%" PRId64 "-%" PRId64,
			 config->config, config->last);
}

/* Configs side by side, the last ones that fit; one row for each figure. */
static void print_by_config(const struct stats_report *report,
			    const struct subject *subject)
{
	enum { LABEL_WIDTH = 22, PART_WIDTH = 14 };
	int columns = terminal_columns(stdout);
	size_t room =
		columns > 0 ? (size_t)(columns - LABEL_WIDTH) / (PART_WIDTH + 1)
			    : report->part_count;
	size_t shown = room < 1 ? 1 : room;
	size_t first;
	char text[SPAN_TEXT_SIZE];

	if (shown > report->part_count)
		shown = report->part_count;
	first = report->part_count - shown;
	printf("%-*s", LABEL_WIDTH,
	       subject->worker[0] != '\0' ? subject->worker : subject->pool);
	for (size_t i = first; i < report->part_count; i++) {
		format_config(&report->configs[i], text);
		printf(" %*s", PART_WIDTH, text);
	}
	printf("\n%-*s", LABEL_WIDTH, "  in force");
	for (size_t i = first; i < report->part_count; i++) {
		span_format(report->edges[i + 1] - report->edges[i], text);
		printf(" %*s", PART_WIDTH, text);
	}
	putchar('\n');
	for (int figure = 0; figure < FIGURE_COUNT; figure++) {
		printf("  %-*s", LABEL_WIDTH - 2,
		       stats_figure_title((enum stats_figure)figure));
		for (size_t i = first; i < report->part_count; i++) {
			stats_figure_format((enum stats_figure)figure,
					    &subject->parts[i], text);
			printf(" %*s", PART_WIDTH, text);
		}
		putchar('\n');
	}
	if (first > 0)
		printf("  (%zu earlier configs: --json)\n", first);
}

void stats_output(const struct stats_report *report, enum table_form form)
{
	size_t count;
	struct subject *list = make_subjects(report, &count);

	if (form != TABLE_SCREEN) {
		print_for_programs(report, list, count, form);
	} else if (count == 0) {
		puts("Nothing ran then.");
	} else {
		print_span(report);
		if (report->by == STATS_BY_NOTHING)
			print_by_name(list, count);
		for (size_t i = 0; report->by != STATS_BY_NOTHING && i < count;
		     i++) {
			if (i > 0)
				putchar('\n');
			if (report->by == STATS_BY_CONFIG)
				print_by_config(report, &list[i]);
			else
				print_by_time(report, &list[i]);
		}
	}
	free_subjects(report, list, count);
}
