#ifndef STORE_QUERY_STATS_H
#define STORE_QUERY_STATS_H

#include "store/query.h"
#include "store/stats.h"

/* What the history knows for store/stats.h: runs, and samples by the minute or
 * by the hour. */

struct stats_choice {
	const struct query_name *names; /* of these … */
	size_t name_count; /* … 0: of all */
	bool hidden; /* those of helpers too, where no names are given */
	const int64_t *edges; /* of the parts, one more than there are */
	size_t part_count;
	bool by_minute; /* CPU and memory from samples by the minute, not by the
			 * hour */
};

/* A worker that has a past in the span of time. */
struct worker_stats {
	struct query_name name;
	char pool[NAME_SIZE];
	struct stats_figures *parts;
};

/* Finds the figures of all chosen workers, by pool and index. Sets `*list`,
 * which the caller frees by worker_stats_free(). Returns how many there are, or
 * -1 and the reason. */
ssize_t query_stats(struct query *query, const struct stats_choice *choice,
		    struct worker_stats **list, struct error *error);

void worker_stats_free(struct worker_stats *list, ssize_t count,
		       size_t part_count);

/* When the first run began that is known; 0 where there is none. Returns 0, or
 * -1 and the reason. */
int query_first_us(struct query *query, int64_t *at_us, struct error *error);

/* When the last event was; 0 where there is none. Likewise. */
int query_last_us(struct query *query, int64_t *at_us, struct error *error);

/* A config and the later ones with the same text. */
struct past_config {
	int64_t config; /* the first one … */
	int64_t last; /* … and the last */
	int64_t loaded_at_us; /* the first one */
};

/* Lists the configs in the order in which they were in force; the caller frees
 * `*list`. Returns how many there are, or -1 and the reason. */
ssize_t query_configs(struct query *query, struct past_config **list,
		      struct error *error);

/* The SQL of all of them, for the test that pins its plans; NULL behind the
 * last. */
const char *query_stats_sql(size_t number);

#endif
