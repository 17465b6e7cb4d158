#ifndef TUI_FRAME_H
#define TUI_FRAME_H

#include "tui/canvas.h"
#include "tui/model.h"

/* What screens have in common above their lists. */

/* Writes how many workers there are, and how many in each state. */
void frame_counts(struct pen *pen, const struct model_sum *sum);

/* Writes, at the right, what they use; nothing where it does not fit. */
void frame_usage(struct pen *pen, const struct model_sum *sum);

#endif
