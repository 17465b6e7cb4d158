#ifndef TUI_FRAME_H
#define TUI_FRAME_H

#include "tui/canvas.h"
#include "tui/model.h"

/* What screens have in common above their lists. */

/* Rows that frame_sum() takes. */
enum { FRAME_SUM_ROWS = 2 };

/* Writes, from `row` on, how many workers there are, how many in each state,
 * and what they use. */
void frame_sum(struct canvas *canvas, int row, const struct model_sum *sum);

#endif
