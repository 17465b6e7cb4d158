#ifndef TUI_FRAME_H
#define TUI_FRAME_H

#include "tui/canvas.h"
#include "tui/model.h"

#include <stdbool.h>

/* What screens have in common above their lists, and around them. */

struct dashboard;

/* Whether the canvas has so few rows that screens leave out what they can. */
bool frame_is_short(const struct canvas *canvas);

/* Writes, from `row` on, how many workers there are, how many in each state,
 * and what they use. Returns the row behind it. */
int frame_sum(struct canvas *canvas, int row, const struct model_sum *sum);

/* What the screen shows as text, without title and key bar: the selected row
 * alone, or all. The caller frees it. */
char *frame_text(struct dashboard *dashboard, bool selected);

#endif
