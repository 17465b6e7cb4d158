#include "config.h"

#include "tui/dashboard.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/duration.h"
#include "base/size.h"
#include "store/query-crashes.h"

/* Runs of the past, the latest first: of all, of a pool or a worker, or of a
 * group of crashes. */

enum {
	/* More are for `reeve history`. */
	RUNS_MAX = 300,
	LINE_SIZE = 200,
};

struct run_row {
	char id[24];
	int64_t run;
	char worker[WORKER_NAME_SIZE];
	int64_t started_at_us;
	int64_t lived_us; /* -1: it is still up */
	int64_t max_rss_bytes; /* -1: not known */
	bool crash;
	char end[ENDING_TEXT_SIZE];
	char line[LINE_SIZE]; /* the last that it printed, escaped */
};

static void draw_run(struct pen *pen, const struct model *model,
		     const void *row)
{
	(void)model;
	pen_print_right(pen, ROLE_PLAIN, "%" PRId64,
			((const struct run_row *)row)->run);
}

static void draw_worker(struct pen *pen, const struct model *model,
			const void *row)
{
	(void)model;
	pen_print(pen, ROLE_STRONG, "%s",
		  ((const struct run_row *)row)->worker);
}

static void draw_started(struct pen *pen, const struct model *model,
			 const void *row)
{
	char time[CLOCK_TEXT_SIZE];

	(void)model;
	clock_format_local(((const struct run_row *)row)->started_at_us, time);
	pen_print(pen, ROLE_DIM, "%.14s", time + 5);
}

static void draw_lived(struct pen *pen, const struct model *model,
		       const void *row)
{
	const struct run_row *run = row;
	char text[DURATION_TEXT_SIZE];

	(void)model;
	if (run->lived_us < 0) {
		pen_print_right(pen, ROLE_DIM, "-");
		return;
	}
	duration_format_short(run->lived_us * 1000, text);
	pen_print_right(pen, ROLE_PLAIN, "%s", text);
}

static void draw_memory(struct pen *pen, const struct model *model,
			const void *row)
{
	const struct run_row *run = row;
	char text[SIZE_TEXT_SIZE];

	(void)model;
	if (run->max_rss_bytes < 0) {
		pen_print_right(pen, ROLE_DIM, "-");
		return;
	}
	size_format_short(run->max_rss_bytes, text);
	pen_print_right(pen, ROLE_PLAIN, "%s", text);
}

static void draw_end(struct pen *pen, const struct model *model,
		     const void *row)
{
	const struct run_row *run = row;

	(void)model;
	if (run->lived_us < 0)
		pen_print(pen, ROLE_OK, "still up");
	else
		pen_print(pen, run->crash ? ROLE_BAD : ROLE_PLAIN, "%s",
			  run->end);
}

static void draw_line(struct pen *pen, const struct model *model,
		      const void *row)
{
	(void)model;
	pen_print(pen, ROLE_DIM, "%s", ((const struct run_row *)row)->line);
}

static int compare(int64_t a, int64_t b)
{
	return a < b ? -1 : a > b;
}

static int compare_run(const void *left, const void *right)
{
	return compare(((const struct run_row *)left)->run,
		       ((const struct run_row *)right)->run);
}

static int compare_worker(const void *left, const void *right)
{
	return strcmp(((const struct run_row *)left)->worker,
		      ((const struct run_row *)right)->worker);
}

static int compare_lived(const void *left, const void *right)
{
	return compare(((const struct run_row *)left)->lived_us,
		       ((const struct run_row *)right)->lived_us);
}

static int compare_memory(const void *left, const void *right)
{
	return compare(((const struct run_row *)left)->max_rss_bytes,
		       ((const struct run_row *)right)->max_rss_bytes);
}

static const struct column columns[] = {
	{"RUN", 5, 9, 0, true, true, ACTION_NONE, compare_run, draw_run},
	{"WHO", 9, 20, 0, false, false, ACTION_SORT_NAME, compare_worker,
	 draw_worker},
	{"STARTED", 14, 14, 2, false, true, ACTION_NONE, NULL, draw_started},
	{"LIVED", 6, 7, 1, true, true, ACTION_SORT_AGE, compare_lived,
	 draw_lived},
	{"PEAK", 6, 6, 3, true, true, ACTION_SORT_MEMORY, compare_memory,
	 draw_memory},
	{"END", 18, 44, 0, false, false, ACTION_NONE, NULL, draw_end},
	{"LAST LINE", 20, 160, 4, false, false, ACTION_NONE, NULL, draw_line},
};

static const char *name_of(const void *row)
{
	return ((const struct run_row *)row)->id;
}

static const char *text_of(const void *row)
{
	return ((const struct run_row *)row)->end;
}

static char glyph_of(const struct run_row *run)
{
	if (run->lived_us < 0)
		return '+';
	return (char)(run->crash ? '!' : '-');
}

static struct mark mark_of_run(const struct model *model, const void *row)
{
	const struct run_row *run = row;

	(void)model;
	return (struct mark){glyph_of(run), run->crash		? ROLE_BAD
					    : run->lived_us < 0 ? ROLE_OK
								: ROLE_DIM};
}

static void facts_of(const void *row, struct facts *facts)
{
	const struct run_row *run = row;

	*facts = (struct facts){
		.name = run->worker,
		.pool = run->worker,
		.state = "",
		.mark = glyph_of(run),
		.text = run->end,
	};
}

static const struct list_class class = {
	.key = "runs",
	.columns = columns,
	.column_count = sizeof(columns) / sizeof(columns[0]),
	.first_sort = 0,
	.name = name_of,
	.text = text_of,
	.mark = mark_of_run,
	.facts = facts_of,
};

struct runs {
	struct list list;
	struct run_row *rows; /* owned; RUNS_MAX of them */
	size_t count;
	char problem[220];
	struct past_reading reading;
};

static void open_view(struct view *view)
{
	struct runs *runs = view->state;

	list_init(&runs->list, &class, &view->dashboard->settings);
	runs->rows = calloc(RUNS_MAX, sizeof(*runs->rows));
}

static void close_view(struct view *view)
{
	struct runs *runs = view->state;

	list_release(&runs->list);
	free(runs->rows);
}

/* The last line that is not empty. */
static void copy_last_line(const char *tail, char line[LINE_SIZE])
{
	const char *end = tail ? tail + strlen(tail) : NULL;
	const char *start;

	while (end > tail && strchr("\r\n\t ", end[-1]))
		end--;
	for (start = end; start > tail && start[-1] != '\n';)
		start--;
	snprintf(line, LINE_SIZE, "%.*s", (int)(end - start),
		 start ? start : "");
}

static bool add_run(const struct past_run *run, void *context)
{
	struct runs *runs = context;
	struct run_row *row = &runs->rows[runs->count++];

	*row = (struct run_row){
		.run = run->run,
		.started_at_us = run->started_at_us,
		.lived_us = run->ended_at_us > 0
				    ? run->ended_at_us - run->started_at_us
				    : -1,
		.max_rss_bytes = run->usage.max_rss_bytes,
		.crash = end_cause_is_crash(run->ending.cause),
	};
	snprintf(row->id, sizeof(row->id), "%" PRId64, run->run);
	snprintf(row->worker, sizeof(row->worker), "%s", run->worker);
	ending_describe(&run->ending, row->end);
	copy_last_line(run->tail, row->line);
	return runs->count < RUNS_MAX;
}

/* Finds the runs that the screen is about. Returns 0, or -1 and the reason. */
static int find_runs(struct runs *runs, const struct view *view,
		     struct query *query, struct error *error)
{
	bool hidden = view->dashboard->past.hidden;
	struct query_name name;
	int found;

	if (view->subject[0] == '#')
		return query_group_runs(
			query, strtoll(view->subject + 1, NULL, 10), INT64_MIN,
			INT64_MAX, RUNS_MAX, add_run, runs, error);
	if (view->subject[0] == '\0')
		return query_latest_runs(query, NULL, hidden, RUNS_MAX, add_run,
					 runs, error);
	found = query_find_name(query, view->subject, true, &name, error);
	if (found <= 0)
		return found;
	return query_latest_runs(query, &name, true, RUNS_MAX, add_run, runs,
				 error);
}

static void update(struct view *view)
{
	struct runs *runs = view->state;
	struct past *past = &view->dashboard->past;
	struct query *query;
	struct error error = {""};
	int result = -1;

	if (!runs->rows || !past_reading_begin(&runs->reading, past))
		return;
	query = past_query(past);
	runs->count = 0;
	if (query)
		result = find_runs(runs, view, query, &error);
	snprintf(runs->problem, sizeof(runs->problem), "%.200s",
		 !query	      ? past->problem
		 : result < 0 ? error.text
			      : "");
	list_set(&runs->list, runs->rows, runs->count, sizeof(*runs->rows));
	past_reading_end(&runs->reading, past, result == 0);
}

static void draw(struct view *view, struct canvas *canvas, int top, int bottom)
{
	struct runs *runs = view->state;
	struct pen pen = pen_at(canvas, top);

	if (runs->problem[0])
		pen_print(&pen, ROLE_WARN, " %s", runs->problem);
	else if (runs->count == RUNS_MAX)
		pen_print(&pen, ROLE_PLAIN,
			  " the last %d runs; `reeve history` has all",
			  RUNS_MAX);
	else
		pen_print(&pen, ROLE_PLAIN, " %zu %s", runs->count,
			  runs->count == 1 ? "run" : "runs");
	list_draw(&runs->list, &view->dashboard->model, canvas, top + 1,
		  bottom);
}

static enum redo handle(struct view *view, enum action action)
{
	const struct runs *runs = view->state;
	const struct run_row *row = list_selected(&runs->list);

	if (action != ACTION_OPEN && action != ACTION_POST_MORTEM)
		return REDO_NOTHING;
	if (row)
		dashboard_open(view->dashboard, &screen_post_mortem, row->id);
	return REDO_DRAW;
}

static bool target(const struct view *view, struct target *target)
{
	const struct runs *runs = view->state;
	const struct run_row *row = list_selected(&runs->list);
	const struct model_worker *worker =
		row ? model_find_worker(&view->dashboard->model, row->worker)
		    : NULL;

	if (worker)
		*target = target_of_worker(worker);
	return worker != NULL;
}

static const char *crumb(const struct view *view)
{
	return view->subject[0] == '#' ? "runs of a group" : "runs";
}

static struct list *list_of(const struct view *view)
{
	return &((struct runs *)view->state)->list;
}

static const enum action hints[] = {
	ACTION_OPEN, ACTION_FIND, ACTION_FILTER,  ACTION_ACT,  ACTION_BACK,
	ACTION_HELP, ACTION_QUIT, ACTION_REVERSE, ACTION_NONE,
};

const struct screen screen_runs = {
	.name = "runs",
	.crumb = crumb,
	.state_size = sizeof(struct runs),
	.opens = ACTION_ALL_HISTORY,
	.opens_selected = ACTION_HISTORY,
	.keys = KEY_GROUP_COUNT,
	.open = open_view,
	.close = close_view,
	.update = update,
	.draw = draw,
	.handle = handle,
	.list = list_of,
	.target = target,
	.hints = hints,
};
