#include "config.h"

#include "tui/dashboard.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "tui/ticker.h"

/* What happened: to the instance, to a pool or to a worker. */

static void draw_time(struct pen *pen, const struct model *model,
		      const void *row)
{
	char time[CLOCK_TEXT_SIZE];

	(void)model;
	clock_format_local(((const struct event_line *)row)->at_us, time);
	/* without the year and the milliseconds where there is no room */
	pen_print(pen, ROLE_DIM, "%.*s", pen->end - pen->column < 18 ? 14 : 18,
		  time + 5);
}

static void draw_name(struct pen *pen, const struct model *model,
		      const void *row)
{
	const struct event_line *line = row;

	(void)model;
	pen_print(pen, line->crash ? ROLE_BAD : ROLE_STRONG, "%s", line->name);
}

static void draw_text(struct pen *pen, const struct model *model,
		      const void *row)
{
	const struct event_line *line = row;

	(void)model;
	pen_print(pen, line->crash ? ROLE_BAD : ROLE_PLAIN, "%s", line->text);
}

COLUMN_COMPARE(struct event_line, compare_time, at_us)

static int compare_name(const void *left, const void *right)
{
	return strcmp(((const struct event_line *)left)->name,
		      ((const struct event_line *)right)->name);
}

static const struct column columns[] = {
	{"WHEN", 14, 18, 0, false, true, ACTION_SORT_AGE, compare_time,
	 draw_time},
	{"WHO", 10, 20, 0, false, false, ACTION_SORT_NAME, compare_name,
	 draw_name},
	{"WHAT", 30, 200, 0, false, false, ACTION_NONE, NULL, draw_text},
};

static const char *name_of(const void *row)
{
	return ((const struct event_line *)row)->id;
}

static const char *text_of(const void *row)
{
	return ((const struct event_line *)row)->text;
}

static struct mark mark_of_event(const struct model *model, const void *row)
{
	const struct event_line *line = row;

	(void)model;
	return (struct mark){line->mark, line->role};
}

static void facts_of(const void *row, struct facts *facts)
{
	const struct event_line *line = row;

	*facts = (struct facts){
		.name = line->name,
		.pool = line->name,
		.state = "",
		/* `o` leaves those that are marked as bad or doubtful */
		.mark = (char)(strchr("!~", line->mark) ? line->mark : '+'),
		.text = line->text,
	};
}

static const struct list_class class = {
	.key = "events",
	.columns = columns,
	.column_count = sizeof(columns) / sizeof(columns[0]),
	.first_sort = 0,
	.name = name_of,
	.text = text_of,
	.mark = mark_of_event,
	.facts = facts_of,
};

enum { MOST = 20000 }; /* more are for `reeve history` */

struct events {
	struct list list;
	struct event_lines lines;
};

static void open_view(struct view *view)
{
	struct events *events = view->state;

	event_lines_init(&events->lines, &view->dashboard->past, view->subject,
			 MOST);
	event_lines_copy(&events->lines, &view->dashboard->events);
}

static void close_view(struct view *view)
{
	event_lines_release(&((struct events *)view->state)->lines);
}

static void update(struct view *view)
{
	struct events *events = view->state;
	struct event_lines *lines = &events->lines;

	event_lines_read(lines);
	if (events->list.cursor + events->list.page >= events->list.count)
		event_lines_read_earlier(lines);
	list_set(&events->list, lines->lines, lines->count,
		 sizeof(*lines->lines));
}

static void draw(struct view *view, struct canvas *canvas, int top, int bottom)
{
	struct events *events = view->state;
	const struct event_lines *lines = &events->lines;
	struct pen pen = pen_at(canvas, top);

	if (lines->problem[0]) {
		pen_print(&pen, ROLE_WARN, " %s", lines->problem);
	} else {
		pen_print(&pen, ROLE_PLAIN, " %s%zu event%s%s%s",
			  lines->complete ? "" : "the last ", lines->count,
			  lines->count == 1 ? "" : "s",
			  view->subject[0] ? " of " : "", view->subject);
	}
	list_draw(&events->list, &view->dashboard->model, canvas, top + 1,
		  bottom);
}

/* Opens the worker or the pool that the event is about. */
static void enter(struct view *view, const void *row)
{
	const char *name = ((const struct event_line *)row)->name;

	if (name[0])
		dashboard_open(view->dashboard,
			       strchr(name, '/') ? &screen_detail
						 : &screen_workers,
			       name);
}

static bool target(const struct view *view, struct target *target)
{
	const struct event_line *line = list_selected(view->state);

	return line &&
	       target_of_name(&view->dashboard->model, line->name, target);
}

static const enum action hints[] = {
	ACTION_OPEN, ACTION_FIND,  ACTION_FILTER,  ACTION_PROBLEMS,
	ACTION_BACK, ACTION_HELP,  ACTION_QUIT,	   ACTION_LOGS,
	ACTION_ACT,  ACTION_PAUSE, ACTION_REVERSE, ACTION_NONE,
};

const struct screen screen_events = {
	.name = "events",
	.state_size = sizeof(struct events),
	.opens = ACTION_ALL_EVENTS,
	.opens_selected = ACTION_EVENTS,
	.keys = KEY_GROUP_COUNT,
	.open = open_view,
	.close = close_view,
	.update = update,
	.draw = draw,
	.list = &class,
	.enter = enter,
	.target = target,
	.hints = hints,
};
