#include "config.h"

#include "store/query-stats-internal.h"

#include <stdlib.h>
#include <string.h>

/* The number that a statement gives; `otherwise` where it gives none. */
static int ask_number(struct reading *reading, enum stats_statement which,
		      const int64_t *numbers, int64_t otherwise,
		      int64_t *number)
{
	sqlite3_stmt *statement = reading->statements[which];
	int result = stats_ask(reading, which, numbers);

	*number = result == SQLITE_ROW && sqlite3_column_type(statement, 0) !=
						  SQLITE_NULL
			  ? sqlite3_column_int64(statement, 0)
			  : otherwise;
	sqlite3_reset(statement);
	return result < 0 ? -1 : 0;
}

/* The first run that began at `at_us` or later; one above the last run where
 * there is none. */
static int find_run_from(struct reading *reading, int64_t at_us, int64_t *run)
{
	sqlite3_stmt *statement = reading->statements[RUN_FROM];
	int64_t low = 0, high;

	if (ask_number(reading, LAST_RUN, NULL, 0, &high) < 0)
		return -1;
	high++;
	while (low < high) {
		int64_t middle = low + (high - low) / 2;
		int result = stats_ask(reading, RUN_FROM, &middle);
		int64_t found = sqlite3_column_int64(statement, 0);
		int64_t started = sqlite3_column_int64(statement, 1);

		sqlite3_reset(statement);
		if (result < 0)
			return -1;
		if (result == SQLITE_ROW && started < at_us)
			low = found + 1;
		else
			high = middle;
	}
	*run = low;
	return 0;
}

static bool is_chosen(const struct stats_choice *choice, int64_t pool,
		      int64_t worker, bool hidden)
{
	if (choice->name_count == 0)
		return choice->hidden || !hidden;
	for (size_t i = 0; i < choice->name_count; i++)
		if (choice->names[i].pool == pool &&
		    (choice->names[i].worker < 0 ||
		     choice->names[i].worker == worker))
			return true;
	return false;
}

static int add_worker(struct reading *reading, int64_t pool, int64_t index)
{
	sqlite3_stmt *row = reading->statements[POOL_NAME];
	size_t capacity = reading->capacity * 2 + 64;
	struct worker *worker;
	const char *name;
	bool hidden;

	if (reading->count == reading->capacity) {
		worker = realloc(reading->workers, capacity * sizeof(*worker));
		if (!worker)
			return stats_out_of_memory(reading);
		reading->workers = worker;
		reading->capacity = capacity;
	}
	if (stats_ask(reading, POOL_NAME, &pool) < 0)
		return -1;
	name = (const char *)sqlite3_column_text(row, 0);
	hidden = sqlite3_column_int(row, 1) != 0;
	worker = &reading->workers[reading->count];
	*worker = (struct worker){.stats.name = {pool, index}};
	strncat(worker->stats.pool, name ? name : "?", NAME_SIZE - 1);
	sqlite3_reset(row);
	reading->count += is_chosen(reading->choice, pool, index, hidden);
	return 0;
}

/* Goes to the next worker that ever had a run, by a jump through the index.
 * Returns 1, 0 behind the last, or -1. */
static int next_worker(struct reading *reading, int64_t at[2])
{
	static const enum stats_statement order[] = {NEXT_WORKER, NEXT_POOL};
	int result = SQLITE_DONE;

	for (size_t i = 0; i < 2 && result == SQLITE_DONE; i++) {
		sqlite3_stmt *row = reading->statements[order[i]];

		result = stats_ask(reading, order[i], at);
		if (result == SQLITE_ROW) {
			at[0] = sqlite3_column_int64(row, 0);
			at[1] = sqlite3_column_type(row, 1) == SQLITE_NULL
					? -1
					: sqlite3_column_int64(row, 1);
		}
		sqlite3_reset(row);
	}
	return result == SQLITE_ROW ? 1 : result == SQLITE_DONE ? 0 : -1;
}

int stats_list_workers(struct reading *reading)
{
	int64_t at[2] = {0, -1};
	int found;

	while ((found = next_worker(reading, at)) == 1)
		if (at[1] >= 0 && add_worker(reading, at[0], at[1]) < 0)
			return -1;
	return found;
}

static struct worker *find_worker(struct reading *reading, int64_t pool,
				  int64_t index)
{
	size_t low = 0, high = reading->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct query_name *name =
			&reading->workers[middle].stats.name;

		if (name->pool == pool && name->worker == index)
			return &reading->workers[middle];
		if (name->pool < pool ||
		    (name->pool == pool && name->worker < index))
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

/* Nobody saw when it ended; it was there when it was measured last, and when
 * its supervisor told something last. */
static int find_last_sign(struct reading *reading, int64_t number,
			  struct stats_run *run)
{
	int64_t sample, event;

	if (ask_number(reading, LAST_SAMPLE, &number, 0, &sample) < 0 ||
	    ask_number(reading, LAST_EVENT, &run->ended_us, 0, &event) < 0)
		return -1;
	if (sample < event)
		sample = event;
	if (sample < run->ended_us)
		run->ended_us = sample;
	if (run->ended_us < run->started_us)
		run->ended_us = run->started_us;
	run->wanted_until_us = run->ended_us;
	return 0;
}

static int add_run(struct reading *reading, struct worker *worker,
		   sqlite3_stmt *row)
{
	size_t capacity = worker->capacity * 2 + 16;
	enum end_cause cause = (enum end_cause)sqlite3_column_int(row, 6);
	int64_t number = sqlite3_column_int64(row, 0);
	struct stats_run *runs, *run;

	if (worker->count == worker->capacity) {
		runs = realloc(worker->runs, capacity * sizeof(*runs));
		if (!runs)
			return stats_out_of_memory(reading);
		worker->runs = runs;
		worker->capacity = capacity;
	}
	run = &worker->runs[worker->count++];
	*run = (struct stats_run){
		.started_us = sqlite3_column_int64(row, 3),
		.ready_us = sqlite3_column_int64(row, 4),
		.ended_us = sqlite3_column_type(row, 5) == SQLITE_NULL
				    ? INT64_MAX
				    : sqlite3_column_int64(row, 5),
		.crash = end_cause_is_crash(cause),
	};
	run->wanted_until_us =
		past_end_is_last(cause,
				 (enum worker_state)sqlite3_column_int(row, 7))
			? run->ended_us
			: INT64_MAX;
	return cause == CAUSE_LOST ? find_last_sign(reading, number, run) : 0;
}

/* Adds all runs that a statement gives; of `worker`, or of whom they are. */
static int add_runs(struct reading *reading, enum stats_statement which,
		    const int64_t *numbers, struct worker *worker)
{
	sqlite3_stmt *row = reading->statements[which];
	int result = stats_ask(reading, which, numbers);

	while (result == SQLITE_ROW) {
		struct worker *whose =
			worker ? worker
			       : find_worker(reading,
					     sqlite3_column_int64(row, 1),
					     sqlite3_column_int64(row, 2));

		if (whose && add_run(reading, whose, row) < 0) {
			result = -1;
			break;
		}
		result = sqlite3_step(row);
	}
	if (result > 0 && result != SQLITE_DONE)
		result = query_fail(reading->query, reading->error);
	sqlite3_reset(row);
	return result < 0 ? -1 : 0;
}

/* The runs that a worker had before, in their order. */
static int add_runs_before(struct reading *reading, struct worker *worker)
{
	struct query_name *name = &worker->stats.name;
	struct stats_run later;

	if (add_runs(reading, WORKER_RUNS_BEFORE,
		     (int64_t[]){name->pool, name->worker, reading->from},
		     worker) < 0)
		return -1;
	if (worker->count == 2) {
		later = worker->runs[0];
		worker->runs[0] = worker->runs[1];
		worker->runs[1] = later;
	}
	return 0;
}

int stats_read_runs(struct reading *reading)
{
	const struct stats_choice *choice = reading->choice;
	int64_t until = choice->edges[choice->part_count];

	if (find_run_from(reading, choice->edges[0], &reading->from) < 0 ||
	    find_run_from(reading, until, &reading->to) < 0)
		return -1;
	reading->to--;
	for (size_t i = 0; i < reading->count; i++) {
		struct worker *worker = &reading->workers[i];
		const struct query_name *name = &worker->stats.name;

		if (add_runs_before(reading, worker) < 0)
			return -1;
		if (choice->name_count > 0 &&
		    add_runs(reading, WORKER_RUNS,
			     (int64_t[]){name->pool, name->worker,
					 reading->from, reading->to},
			     worker) < 0)
			return -1;
	}
	return choice->name_count > 0
		       ? 0
		       : add_runs(reading, ALL_RUNS,
				  (int64_t[]){reading->from, reading->to},
				  NULL);
}

/* Somebody may have stopped a worker that waited for its next run. That is
 * looked for only where the next run did not come soon, for most do. */
int stats_find_stops(struct reading *reading, struct worker *worker)
{
	const int64_t soon_us = 5000000;
	const struct stats_choice *choice = reading->choice;

	for (size_t i = 0; i < worker->count; i++) {
		struct stats_run *run = &worker->runs[i];
		bool last = i + 1 == worker->count;
		int64_t next = last ? choice->edges[choice->part_count]
				    : worker->runs[i + 1].started_us;

		if (run->ended_us == INT64_MAX ||
		    run->wanted_until_us != INT64_MAX ||
		    (!last && next - run->ended_us < soon_us))
			continue;
		if (ask_number(reading, FIRST_STOP,
			       (int64_t[]){worker->stats.name.pool,
					   worker->stats.name.worker,
					   run->ended_us + 1, next},
			       INT64_MAX, &run->wanted_until_us) < 0)
			return -1;
	}
	return 0;
}
