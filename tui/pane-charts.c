#include "config.h"

#include "tui/pane.h"

#include "tui/panel.h"

static void draw(void *state, struct view *view, struct canvas *canvas, int top,
		 int bottom)
{
	const struct model *model = &view->dashboard->model;
	const struct model_worker *worker =
		model_find_worker(model, view->subject);

	(void)state;
	if (worker)
		panel_draw(canvas, top, bottom, model, worker, 1, "");
}

/* What the worker used lately. */
const struct pane pane_charts = {.title = "CHARTS", .draw = draw};
