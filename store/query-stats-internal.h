#ifndef STORE_QUERY_STATS_INTERNAL_H
#define STORE_QUERY_STATS_INTERNAL_H

#include "store/query-internal.h"
#include "store/query-stats.h"

/* What query-stats.c and query-stats-runs.c share. */

enum stats_statement {
	ALL_RUNS,
	WORKER_RUNS,
	WORKER_RUNS_BEFORE,
	RUN_FROM,
	LAST_RUN,
	NEXT_WORKER,
	NEXT_POOL,
	POOL_NAME,
	LAST_SAMPLE,
	LAST_EVENT,
	FIRST_STOP,
	BY_MINUTE,
	BY_HOUR,
	STATS_STATEMENT_COUNT
};

struct worker {
	struct worker_stats stats;
	struct stats_run *runs;
	size_t count;
	size_t capacity;
};

struct reading {
	struct query *query;
	const struct stats_choice *choice;
	struct error *error;
	sqlite3_stmt *statements[STATS_STATEMENT_COUNT];
	struct worker *workers; /* by pool and index */
	size_t count;
	size_t capacity;
	int64_t from; /* the first run that began in the span of time … */
	int64_t to; /* … and the last */
};

/* Fills the error; returns -1. */
int stats_out_of_memory(struct reading *reading);

/* Binds numbers from 1 on and steps: SQLITE_ROW, SQLITE_DONE, or -1 and the
 * reason. The caller resets the statement. */
int stats_ask(struct reading *reading, enum stats_statement which,
	      const int64_t *numbers);

/* Finds the chosen workers that ever had a run. Returns 0, or -1 and the
 * reason, as the others do. */
int stats_list_workers(struct reading *reading);

/* Reads the runs of all workers that began in the span of time, and the two
 * before those of each. */
int stats_read_runs(struct reading *reading);

/* Finds until when the workers were wanted that had no next run. */
int stats_find_stops(struct reading *reading, struct worker *worker);

#endif
