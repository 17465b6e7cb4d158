#ifndef TUI_CELLS_H
#define TUI_CELLS_H

#include "tui/canvas.h"
#include "tui/model.h"

/* The cells that several lists and screens draw alike. */

/* The word of a state, in its colour. */
void cell_state(struct pen *pen, enum worker_state state);

/* A number that is dim when it is 0. */
void cell_count(struct pen *pen, uint64_t count);

/* CPU in percent of one core; a size in memory. Dim when nothing is used. */
void cell_cpu(struct pen *pen, uint64_t permille);
void cell_memory(struct pen *pen, uint64_t bytes);

/* How the last run ended and how long ago: "SEGV core, 12s". */
void cell_end(struct pen *pen, const struct model *model,
	      const struct live_exit *last_exit);

/* A chart of samples in one row, each value standing for CHART_BIN samples. */
enum { CHART_BIN = 5 };
void cell_chart(struct pen *pen, const struct model *model,
		const uint32_t *samples, size_t count, uint32_t maximum);

#endif
