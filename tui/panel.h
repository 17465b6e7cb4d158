#ifndef TUI_PANEL_H
#define TUI_PANEL_H

#include "tui/canvas.h"
#include "tui/model.h"

/*
 * Draws what `count` workers used lately, CPU and memory, added up: from row
 * `top` down to and without `bottom`, side by side where there is room. `name`
 * stands before the titles; "" for none. Nothing is drawn in too few rows.
 */
void panel_draw(struct canvas *canvas, int top, int bottom,
		const struct model *model, const struct model_worker *workers,
		size_t count, const char *name);

/* Where the panel of the selected row begins below a list that ends at
 * `bottom`: at `bottom` itself where the terminal is too low for one. */
int panel_top(const struct canvas *canvas, int bottom);

#endif
