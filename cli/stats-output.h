#ifndef CLI_STATS_OUTPUT_H
#define CLI_STATS_OUTPUT_H

#include "cli/table.h"
#include "store/query-stats.h"

#include <stdbool.h>

/* What `reeve stats` shows: figures of pools and workers, for the whole span of
 * time or for its parts. */

enum stats_by {
	STATS_BY_NOTHING,
	STATS_BY_HOUR,
	STATS_BY_DAY,
	STATS_BY_CONFIG
};

/* What the figures are of. */
struct stats_report {
	enum stats_by by;
	const int64_t *edges;
	size_t part_count;
	const struct past_config *configs; /* one for each part, by config */
	struct worker_stats *workers; /* by pool and index */
	size_t worker_count;
	/* Show workers, too; else pools alone. */
	bool each_worker;
};

/* Shows all of it on standard output. Dies when memory is short. */
void stats_output(const struct stats_report *report, enum table_form form);

#endif
