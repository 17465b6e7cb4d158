#include "config.h"

#include "tui/pane.h"

#include "tui/log-pager.h"
#include "tui/ticker.h"

static void open_pane(void *state, struct view *view)
{
	struct log_pager *pager = state;

	log_pager_open(pager, view->dashboard->options.state_dir,
		       view->dashboard->options.live_path, view->subject);
	pager->names = false;
}

static void close_pane(void *state)
{
	log_pager_close(state);
}

static void update(void *state, struct view *view)
{
	log_pager_read(state, &view->dashboard->events);
}

static void draw(void *state, struct view *view, struct canvas *canvas, int top,
		 int bottom)
{
	(void)view;
	ticker_rule(canvas, top, "LOG, last lines", "l: open");
	log_pager_draw(state, canvas, top + 1, bottom);
}

/* What it printed last. */
const struct pane pane_log = {
	.title = "LOG",
	.state_size = sizeof(struct log_pager),
	.open = open_pane,
	.close = close_pane,
	.update = update,
	.draw = draw,
};
