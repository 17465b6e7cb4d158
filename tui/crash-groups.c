#include "config.h"

#include "tui/dashboard.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/span.h"
#include "store/crash-text.h"
#include "store/query-crashes.h"
#include "tui/chart.h"

/* Crashes by what they have in common. */

/* A group as a row of the list. */
struct group_row {
	char id[24];
	struct crash_group group;
	char text[CRASH_TEXT_SIZE];
};

static void draw_pool(struct pen *pen, const struct model *model,
		      const void *row)
{
	(void)model;
	pen_print(pen, ROLE_STRONG, "%s",
		  ((const struct group_row *)row)->group.pool);
}

static void draw_crashes(struct pen *pen, const struct model *model,
			 const void *row)
{
	(void)model;
	pen_print_right(pen, ROLE_BAD, "%" PRIu64,
			((const struct group_row *)row)->group.crashes);
}

static void draw_workers(struct pen *pen, const struct model *model,
			 const void *row)
{
	(void)model;
	pen_print_right(pen, ROLE_PLAIN, "%" PRIu64,
			((const struct group_row *)row)->group.workers);
}

/* Without the year: "11-22 10:00". */
static void draw_minute(struct pen *pen, int64_t at_us)
{
	char text[SPAN_TEXT_SIZE];

	span_format_minute(at_us, text);
	pen_print(pen, ROLE_DIM, "%s", strlen(text) > 5 ? text + 5 : text);
}

static void draw_first(struct pen *pen, const struct model *model,
		       const void *row)
{
	(void)model;
	draw_minute(pen, ((const struct group_row *)row)->group.first_at_us);
}

static void draw_last(struct pen *pen, const struct model *model,
		      const void *row)
{
	(void)model;
	draw_minute(pen, ((const struct group_row *)row)->group.last_at_us);
}

static void draw_trend(struct pen *pen, const struct model *model,
		       const void *row)
{
	const struct group_row *group = row;
	wchar_t text[CRASH_TREND_SIZE];
	struct chart chart = {
		.glyphs = pen->canvas->glyphs,
		.values = group->group.trend,
		.count = CRASH_TREND_SIZE,
		.cells = CRASH_TREND_SIZE /
			 chart_capacity(pen->canvas->glyphs, 1),
		.rows = 1,
	};

	(void)model;
	chart_row(&chart, 0, text);
	pen_put(pen, ROLE_CHART, text, chart.cells);
}

static void draw_text(struct pen *pen, const struct model *model,
		      const void *row)
{
	(void)model;
	pen_print(pen, ROLE_PLAIN, "%s", ((const struct group_row *)row)->text);
}

COLUMN_COMPARE(struct group_row, compare_crashes, group.crashes)
COLUMN_COMPARE(struct group_row, compare_last, group.last_at_us)

static int compare_pool(const void *left, const void *right)
{
	return strcmp(((const struct group_row *)left)->group.pool,
		      ((const struct group_row *)right)->group.pool);
}

static const struct column columns[] = {
	{"POOL", 10, 20, 0, false, false, ACTION_SORT_NAME, compare_pool,
	 draw_pool},
	{"CRASHES", 8, 8, 0, true, true, ACTION_NONE, compare_crashes,
	 draw_crashes},
	{"WORKERS", 8, 8, 2, true, false, ACTION_NONE, NULL, draw_workers},
	{"FIRST EVER", 11, 11, 3, false, false, ACTION_NONE, NULL, draw_first},
	{"LAST", 11, 11, 1, false, true, ACTION_SORT_AGE, compare_last,
	 draw_last},
	{"TREND, 7 DAYS", 15, 30, 4, false, false, ACTION_NONE, NULL,
	 draw_trend},
	{"WHAT", 20, 200, 0, false, false, ACTION_NONE, NULL, draw_text},
};

static const char *name_of(const void *row)
{
	return ((const struct group_row *)row)->id;
}

static const char *text_of(const void *row)
{
	return ((const struct group_row *)row)->text;
}

static struct mark mark_of_group(const struct model *model, const void *row)
{
	(void)model;
	(void)row;
	return (struct mark){'!', ROLE_BAD};
}

static void facts_of(const void *row, struct facts *facts)
{
	const struct group_row *group = row;

	*facts = (struct facts){
		.name = group->group.pool,
		.pool = group->group.pool,
		.state = "",
		.mark = '!',
		.text = group->text,
	};
}

static const struct list_class class = {
	.key = "crashes",
	.columns = columns,
	.column_count = sizeof(columns) / sizeof(columns[0]),
	.first_sort = 1,
	.name = name_of,
	.text = text_of,
	.mark = mark_of_group,
	.facts = facts_of,
};

struct groups {
	struct list list;
	struct group_row *rows; /* owned */
	struct past_reading reading;
};

static void close_view(struct view *view)
{
	free(((struct groups *)view->state)->rows);
}

static void set_rows(struct groups *groups, const struct crash_group *found,
		     size_t count)
{
	free(groups->rows);
	groups->rows = calloc(count + 1, sizeof(*groups->rows));
	for (size_t i = 0; groups->rows && i < count; i++) {
		groups->rows[i].group = found[i];
		snprintf(groups->rows[i].id, sizeof(groups->rows[i].id),
			 "%" PRId64, found[i].id);
		crash_text(&found[i], groups->rows[i].text);
	}
	list_set(&groups->list, groups->rows, groups->rows ? count : 0,
		 sizeof(*groups->rows));
}

static void update(struct view *view)
{
	static const int64_t week_us = INT64_C(7) * 24 * 3600 * 1000000;
	struct groups *groups = view->state;
	struct past *past = &view->dashboard->past;
	struct query *query = past_reading_begin(&groups->reading, past, false);
	struct crash_choice choice = {
		.since_us = clock_real_us() - week_us,
		.until_us = INT64_MAX,
		.hidden = past->hidden,
	};
	struct crash_group *found = NULL;
	struct error error;
	int64_t span[2];
	ssize_t count;

	if (!query)
		return;
	count = query_crash_groups(query, &choice, span, &found, &error);
	if (count >= 0)
		set_rows(groups, found, (size_t)count);
	free(found);
	past_reading_end(&groups->reading, past, count < 0 ? -1 : 0, &error);
}

static void draw(struct view *view, struct canvas *canvas, int top, int bottom)
{
	struct groups *groups = view->state;
	struct pen pen = pen_at(canvas, top);

	if (!past_reading_complain(&groups->reading, &pen))
		pen_print(&pen, ROLE_PLAIN,
			  " %zu %s of crash in the last 7 days",
			  groups->list.count,
			  groups->list.count == 1 ? "kind" : "kinds");
	list_draw(&groups->list, &view->dashboard->model, canvas, top + 1,
		  bottom);
}

/* Opens the runs of the group. */
static void enter(struct view *view, const void *row)
{
	char subject[32];

	snprintf(subject, sizeof(subject), "#%" PRId64,
		 ((const struct group_row *)row)->group.id);
	dashboard_open(view->dashboard, &screen_runs, subject);
}

static const enum action hints[] = {
	ACTION_OPEN, ACTION_FIND, ACTION_FILTER,  ACTION_BACK,
	ACTION_HELP, ACTION_QUIT, ACTION_REVERSE, ACTION_NONE,
};

const struct screen screen_crash_groups = {
	.name = "crashes",
	.state_size = sizeof(struct groups),
	.opens = ACTION_ALL_CRASHES,
	.keys = KEY_GROUP_COUNT,
	.close = close_view,
	.update = update,
	.draw = draw,
	.list = &class,
	.enter = enter,
	.hints = hints,
};
