#include "config.h"

#include "tui/pane.h"

#include "tui/run-list.h"
#include "tui/ticker.h"

static void open_pane(void *state, struct view *view)
{
	list_init(&((struct run_list *)state)->list, &run_list_class,
		  &view->dashboard->settings);
}

static void close_pane(void *state)
{
	struct run_list *runs = state;

	list_release(&runs->list);
	run_list_release(runs);
}

static void update(void *state, struct view *view)
{
	run_list_update(state, &view->dashboard->past, view->subject);
}

static void draw(void *state, struct view *view, struct canvas *canvas, int top,
		 int bottom)
{
	ticker_rule(canvas, top, "RUNS, the latest first",
		    "Enter: post-mortem");
	run_list_draw(state, &view->dashboard->model, canvas, top + 1, bottom);
}

static enum redo handle(void *state, struct view *view, enum action action)
{
	struct run_list *runs = state;
	const struct run_row *row = list_selected(&runs->list);

	if (action == ACTION_OPEN || action == ACTION_POST_MORTEM) {
		if (row)
			dashboard_open(view->dashboard, &screen_post_mortem,
				       row->id);
		return REDO_DRAW;
	}
	return list_handle(&runs->list, action) ? REDO_DRAW : REDO_NOTHING;
}

/* How the worker has fared so far. */
const struct pane pane_runs = {
	.title = "RUNS",
	.state_size = sizeof(struct run_list),
	.open = open_pane,
	.close = close_pane,
	.update = update,
	.draw = draw,
	.handle = handle,
};
