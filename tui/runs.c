#include "config.h"

#include "tui/dashboard.h"

#include "tui/run-list.h"

/* Runs of the past, the latest first: of all, of a pool or a worker, or of a
 * group of crashes. */

static void close_view(struct view *view)
{
	run_list_release(view->state);
}

static void update(struct view *view)
{
	run_list_update(view->state, &view->dashboard->past, view->subject);
}

static void draw(struct view *view, struct canvas *canvas, int top, int bottom)
{
	run_list_draw(view->state, &view->dashboard->model, canvas, top,
		      bottom);
}

static void enter(struct view *view, const void *row)
{
	dashboard_open(view->dashboard, &screen_post_mortem,
		       ((const struct run_row *)row)->id);
}

static enum redo handle(struct view *view, enum action action)
{
	const void *row = list_selected(view->state);

	if (action != ACTION_POST_MORTEM)
		return REDO_NOTHING;
	if (row)
		enter(view, row);
	return REDO_DRAW;
}

static bool target(const struct view *view, struct target *target)
{
	const struct run_row *row = list_selected(view->state);

	return row &&
	       target_of_name(&view->dashboard->model, row->worker, target);
}

static const char *crumb(const struct view *view)
{
	return view->subject[0] == '#' ? "runs of a group" : "runs";
}

static const enum action hints[] = {
	ACTION_OPEN, ACTION_FIND, ACTION_FILTER,  ACTION_ACT,  ACTION_BACK,
	ACTION_HELP, ACTION_QUIT, ACTION_REVERSE, ACTION_NONE,
};

const struct screen screen_runs = {
	.name = "runs",
	.crumb = crumb,
	.state_size = sizeof(struct run_list),
	.opens = ACTION_ALL_HISTORY,
	.opens_selected = ACTION_HISTORY,
	.keys = KEY_GROUP_COUNT,
	.close = close_view,
	.update = update,
	.draw = draw,
	.handle = handle,
	.list = &run_list_class,
	.enter = enter,
	.target = target,
	.hints = hints,
};
