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

static int compare_time(const void *left, const void *right)
{
	const struct event_line *a = left;
	const struct event_line *b = right;

	return a->at_us < b->at_us ? -1 : a->at_us > b->at_us;
}

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

struct events {
	struct list list;
	struct past own; /* where they are about somebody */
};

static struct past *past_of(const struct view *view)
{
	struct events *events = view->state;

	return view->subject[0] ? &events->own : &view->dashboard->past;
}

static void open_view(struct view *view)
{
	struct events *events = view->state;

	list_init(&events->list, &class, &view->dashboard->settings);
	if (view->subject[0])
		past_init(&events->own, view->dashboard->past.path,
			  view->subject, true);
}

static void close_view(struct view *view)
{
	struct events *events = view->state;

	list_release(&events->list);
	if (view->subject[0])
		past_release(&events->own);
}

static void update(struct view *view)
{
	struct events *events = view->state;
	struct past *past = past_of(view);

	if (view->subject[0])
		past_read_events(past);
	list_set(&events->list, past->lines, past->count, sizeof(*past->lines));
}

static void draw(struct view *view, struct canvas *canvas, int top, int bottom)
{
	struct events *events = view->state;
	const struct past *past = past_of(view);
	struct pen pen = pen_at(canvas, top);

	pen_print(&pen, ROLE_PLAIN, " %zu events", events->list.count);
	if (view->subject[0])
		pen_print(&pen, ROLE_PLAIN, " of %s", view->subject);
	if (past->problem[0])
		pen_print(&pen, ROLE_WARN, "; %s", past->problem);
	list_draw(&events->list, &view->dashboard->model, canvas, top + 1,
		  bottom);
}

/* Opens the worker that the event is about. */
static enum redo open_selected(struct view *view)
{
	struct events *events = view->state;
	const struct event_line *line = list_selected(&events->list);

	if (line && strchr(line->name, '/'))
		dashboard_open(view->dashboard, &screen_detail, line->name);
	else if (line && line->name[0])
		dashboard_open(view->dashboard, &screen_workers, line->name);
	return REDO_DRAW;
}

static enum redo handle(struct view *view, enum action action)
{
	if (action == ACTION_OPEN)
		return open_selected(view);
	return REDO_NOTHING;
}

static struct list *list_of(const struct view *view)
{
	return &((struct events *)view->state)->list;
}

static bool target(const struct view *view, struct target *target)
{
	const struct events *events = view->state;
	const struct event_line *line = list_selected(&events->list);
	const struct model *model = &view->dashboard->model;
	const struct model_worker *worker =
		line ? model_find_worker(model, line->name) : NULL;
	const struct model_pool *pool =
		line ? model_find_pool(model, line->name) : NULL;

	if (worker)
		*target = target_of_worker(worker);
	else if (pool)
		*target = target_of_pool(pool);
	return worker || pool;
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
	.handle = handle,
	.list = list_of,
	.target = target,
	.hints = hints,
};
