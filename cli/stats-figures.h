#ifndef CLI_STATS_FIGURES_H
#define CLI_STATS_FIGURES_H

#include "base/span.h"
#include "store/stats.h"

#include <jansson.h>

/* One figure after the other, for people and for programs. */

enum stats_figure {
	FIGURE_STARTS,
	FIGURE_CRASHES,
	FIGURE_AVAILABLE,
	FIGURE_BETWEEN,
	FIGURE_READY, /* the median */
	FIGURE_READY_P99,
	FIGURE_RECOVERY, /* the median */
	FIGURE_RECOVERY_P99,
	FIGURE_CPU,
	FIGURE_CPU_MAX,
	FIGURE_MEMORY,
	FIGURE_MEMORY_MAX,
	FIGURE_COUNT
};

/* Writes a figure for a narrow column; "-" where there is none. */
void stats_figure_format(enum stats_figure figure,
			 struct stats_figures *figures,
			 char text[SPAN_TEXT_SIZE]);

/* What it is, for a row of its own: "time to ready, median". */
const char *stats_figure_title(enum stats_figure figure);

/* Sets all members of `object` that are figures. */
void stats_figures_to_json(json_t *object, struct stats_figures *figures);

#endif
