#include "config.h"

#include "tui/run-list.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/duration.h"
#include "base/size.h"
#include "store/query-crashes.h"

enum {
	PAGE = 300, /* runs that are read at once */
	MOST = 10000, /* more are for `reeve history` */
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

COLUMN_COMPARE(struct run_row, compare_run, run)
COLUMN_COMPARE(struct run_row, compare_lived, lived_us)
COLUMN_COMPARE(struct run_row, compare_memory, max_rss_bytes)

static int compare_worker(const void *left, const void *right)
{
	return strcmp(((const struct run_row *)left)->worker,
		      ((const struct run_row *)right)->worker);
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

const struct list_class run_list_class = {
	.key = "runs",
	.columns = columns,
	.column_count = sizeof(columns) / sizeof(columns[0]),
	.first_sort = 0,
	.name = name_of,
	.text = text_of,
	.mark = mark_of_run,
	.facts = facts_of,
};

void run_list_release(struct run_list *runs)
{
	free(runs->rows);
	runs->rows = NULL;
	runs->count = 0;
}

/* The last line that is not empty. */
static void copy_last_line(const char *tail, char line[RUN_LINE_SIZE])
{
	const char *end = tail ? tail + strlen(tail) : NULL;
	const char *start;

	while (end > tail && strchr("\r\n\t ", end[-1]))
		end--;
	for (start = end; start > tail && start[-1] != '\n';)
		start--;
	snprintf(line, RUN_LINE_SIZE, "%.*s", (int)(end - start),
		 start ? start : "");
}

static void make_row(const struct past_run *run, struct run_row *row)
{
	*row = (struct run_row){
		.run = run->run,
		.started_at_us = run->started_at_us,
		.ended_at_us = run->ended_at_us,
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
}

static int latest_first(const void *left, const void *right)
{
	return compare_run(right, left);
}

/* ---- reading ---- */

/* What is read before it takes its place among the rows. */
struct page {
	struct run_row rows[PAGE];
	size_t count;
};

static bool add_run(const struct past_run *run, void *context)
{
	struct page *page = context;

	make_row(run, &page->rows[page->count++]);
	return page->count < PAGE;
}

/* Reads a page of the runs before number `before`, or of those of a group that
 * had ended by then; INT64_MAX: the latest. Returns 0, or -1 and the reason. */
static int read_page(struct query *query, const char *subject, bool hidden,
		     int64_t before, struct page *page, struct error *error)
{
	struct query_name name;
	int found;

	page->count = 0;
	if (subject[0] == '#')
		return query_group_runs(query, strtoll(subject + 1, NULL, 10),
					INT64_MIN, before, PAGE, add_run, page,
					error);
	if (subject[0] == '\0')
		return query_latest_runs(query, NULL, hidden, before, PAGE,
					 add_run, page, error);
	found = query_find_name(query, subject, true, &name, error);
	if (found <= 0)
		return found;
	return query_latest_runs(query, &name, true, before, PAGE, add_run,
				 page, error);
}

static struct run_row *find_row(const struct run_list *runs, int64_t run)
{
	struct run_row key = {.run = run};

	return runs->count ? bsearch(&key, runs->rows, runs->count, sizeof(key),
				     latest_first)
			   : NULL;
}

/* Puts the rows of the page among the others, or in the place of former ones.
 * Returns how many are new. */
static size_t merge(struct run_list *runs, const struct page *page)
{
	size_t known = runs->count, added = 0;

	runs->rows =
		reallocarray(runs->rows, known + PAGE, sizeof(*runs->rows));
	assert(runs->rows);
	for (size_t i = 0; i < page->count; i++) {
		struct run_row *row = find_row(runs, page->rows[i].run);

		if (row)
			*row = page->rows[i];
		else
			runs->rows[known + added++] = page->rows[i];
	}
	runs->count += added;
	qsort(runs->rows, runs->count, sizeof(*runs->rows), latest_first);
	return added;
}

/* Runs that are seen and were still up may have ended. */
static int read_seen(struct run_list *runs, struct query *query,
		     struct error *error)
{
	const struct list *list = &runs->list;
	size_t end = list->top + list->page;

	for (size_t i = list->top; i < list->count && i < end; i++) {
		const struct run_row *seen = list->rows[i];
		struct past_run run;
		int found;

		if (seen->lived_us >= 0)
			continue;
		found = query_run(query, seen->run, &run, error);
		if (found < 0)
			return -1;
		if (found == 0)
			continue;
		make_row(&run, find_row(runs, run.run));
		past_run_release(&run);
	}
	return 0;
}

static int read_latest(struct run_list *runs, struct query *query,
		       const char *subject, bool hidden, struct error *error)
{
	struct page page;
	size_t known = runs->count;

	if (read_page(query, subject, hidden, INT64_MAX, &page, error) < 0)
		return -1;
	/* some were left out between these and those that are known */
	if (page.count == PAGE && !find_row(runs, page.rows[0].run) &&
	    !find_row(runs, page.rows[PAGE - 1].run))
		known = 0;
	if (known == 0)
		runs->complete = page.count < PAGE;
	runs->count = known;
	merge(runs, &page);
	return 0;
}

/* When the first of them ended. */
static int64_t first_end(const struct run_list *runs)
{
	int64_t first = INT64_MAX;

	for (size_t i = 0; i < runs->count; i++)
		if (runs->rows[i].ended_at_us < first)
			first = runs->rows[i].ended_at_us;
	return first;
}

static int read_earlier(struct run_list *runs, struct query *query,
			const char *subject, bool hidden, struct error *error)
{
	struct page page;
	int64_t before = runs->rows[runs->count - 1].run;

	if (subject[0] == '#')
		before = first_end(runs);
	if (read_page(query, subject, hidden, before, &page, error) < 0)
		return -1;
	runs->complete = merge(runs, &page) == 0 || page.count < PAGE;
	return 0;
}

/* Whether the user is near the last row, or a filter leaves few. */
static bool is_at_end(const struct run_list *runs)
{
	const struct list *list = &runs->list;

	return runs->count > 0 && !runs->complete && runs->count < MOST &&
	       list->cursor + list->page >= list->count;
}

void run_list_update(struct run_list *runs, struct past *past,
		     const char *subject)
{
	bool earlier = is_at_end(runs);
	struct query *query = past_reading_begin(&runs->reading, past, earlier);
	struct error error;
	int result;

	if (!query)
		return;
	if (runs->reading.opened != past->opened)
		runs->count = 0;
	result = runs->count ? read_seen(runs, query, &error) : 0;
	if (result == 0)
		result =
			read_latest(runs, query, subject, past->hidden, &error);
	if (result == 0 && earlier)
		result = read_earlier(runs, query, subject, past->hidden,
				      &error);
	list_set(&runs->list, runs->rows, runs->count, sizeof(*runs->rows));
	past_reading_end(&runs->reading, past, result, &error);
}

void run_list_draw(struct run_list *runs, const struct model *model,
		   struct canvas *canvas, int top, int bottom)
{
	struct pen pen = pen_at(canvas, top);
	bool reading = !past_reading_complain(&runs->reading, &pen);

	if (reading && runs->count >= MOST)
		pen_print(&pen, ROLE_PLAIN,
			  " the last %zu runs; `reeve history` has all",
			  runs->count);
	else if (reading && !runs->complete)
		pen_print(&pen, ROLE_PLAIN,
			  " the last %zu runs; earlier ones come as you go "
			  "down",
			  runs->count);
	else if (reading)
		pen_print(&pen, ROLE_PLAIN, " %zu run%s", runs->count,
			  runs->count == 1 ? "" : "s");
	list_draw(&runs->list, model, canvas, top + 1, bottom);
}
