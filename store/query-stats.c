#include "config.h"

#include "store/query-stats.h"

#include "store/query-internal.h"

#include <stdlib.h>
#include <string.h>

/* Run numbers grow with the time, so the runs that began in a span of time are
 * those of a span of numbers. */
#define RUN_COLUMNS                                                  \
	"SELECT run, pool, worker, started_at, ready_at, ended_at, " \
	"cause, state_after FROM run"

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

#define ROLL_UP(table)                                                     \
	"SELECT at, count, cpu_sum, cpu_max, rss_sum, rss_max FROM " table \
	" WHERE pool = ?1 AND worker = ?2 AND at BETWEEN ?3 AND ?4"

static const char *const statement_sql[STATS_STATEMENT_COUNT] = {
	[ALL_RUNS] = RUN_COLUMNS " WHERE run BETWEEN ?1 AND ?2 ORDER BY run",
	[WORKER_RUNS] = RUN_COLUMNS
	" INDEXED BY run_worker WHERE pool = ?1 AND worker = ?2"
	" AND run BETWEEN ?3 AND ?4 ORDER BY run",
	/* Two, as the last one may have begun before the one before it ended.
	 */
	[WORKER_RUNS_BEFORE] = RUN_COLUMNS
	" INDEXED BY run_worker WHERE pool = ?1 AND worker = ?2"
	" AND run < ?3 ORDER BY run DESC LIMIT 2",
	[RUN_FROM] = "SELECT run, started_at FROM run WHERE run >= ?1"
		     " AND started_at IS NOT NULL ORDER BY run LIMIT 1",
	[LAST_RUN] = "SELECT max(run) FROM run",
	[NEXT_WORKER] = "SELECT pool, worker FROM run INDEXED BY run_worker"
			" WHERE pool = ?1 AND worker > ?2"
			" ORDER BY worker LIMIT 1",
	[NEXT_POOL] = "SELECT pool, worker FROM run INDEXED BY run_worker"
		      " WHERE pool > ?1 ORDER BY pool, worker LIMIT 1",
	[POOL_NAME] = "SELECT name, hidden FROM pool WHERE id = ?1",
	[LAST_SAMPLE] = "SELECT max(at) FROM sample WHERE run = ?1",
	[LAST_EVENT] = "SELECT max(at) FROM event WHERE at < ?1",
	[FIRST_STOP] = "SELECT at FROM event INDEXED BY event_worker"
		       " WHERE pool = ?1 AND worker = ?2"
		       " AND at BETWEEN ?3 AND ?4"
		       " AND json_extract(detail, '$.state')"
		       " IN ('stopped', 'done') ORDER BY at LIMIT 1",
	[BY_MINUTE] = ROLL_UP("minute"),
	[BY_HOUR] = ROLL_UP("hour"),
};

const char *query_stats_sql(size_t number)
{
	return number < STATS_STATEMENT_COUNT ? statement_sql[number] : NULL;
}

struct worker {
	struct worker_stats stats;
	struct stats_run *runs;
	size_t count;
	size_t capacity;
	int64_t *numbers; /* of the runs */
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

static int out_of_memory(struct reading *reading)
{
	return error_set(reading->error, "cannot count runs: out of memory");
}

/* Binds numbers from 1 on and steps: SQLITE_ROW, SQLITE_DONE, or -1 and the
 * reason. The caller resets the statement. */
static int ask(struct reading *reading, enum stats_statement which,
	       const int64_t *numbers)
{
	sqlite3_stmt *statement = reading->statements[which];
	int result;

	for (int i = 0; i < sqlite3_bind_parameter_count(statement); i++)
		sqlite3_bind_int64(statement, i + 1, numbers[i]);
	result = sqlite3_step(statement);
	return result == SQLITE_ROW || result == SQLITE_DONE
		       ? result
		       : query_fail(reading->query, reading->error);
}

/* The number that a statement gives; `otherwise` where it gives none. */
static int ask_number(struct reading *reading, enum stats_statement which,
		      const int64_t *numbers, int64_t otherwise,
		      int64_t *number)
{
	sqlite3_stmt *statement = reading->statements[which];
	int result = ask(reading, which, numbers);

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
		int result = ask(reading, RUN_FROM, &middle);
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
			return out_of_memory(reading);
		reading->workers = worker;
		reading->capacity = capacity;
	}
	if (ask(reading, POOL_NAME, &pool) < 0)
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

		result = ask(reading, order[i], at);
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

static int list_workers(struct reading *reading)
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
			return out_of_memory(reading);
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
	int result = ask(reading, which, numbers);

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

static int read_runs(struct reading *reading)
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
static int find_stops(struct reading *reading, struct worker *worker)
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

static void add_roll_up(struct stats_figures *figures, sqlite3_stmt *row)
{
	uint64_t cpu_max = (uint64_t)sqlite3_column_int64(row, 3);
	uint64_t rss_max = (uint64_t)sqlite3_column_int64(row, 5);

	figures->samples += (uint64_t)sqlite3_column_int64(row, 1);
	figures->cpu_permille_sum += (uint64_t)sqlite3_column_int64(row, 2);
	figures->rss_sum += (uint64_t)sqlite3_column_int64(row, 4);
	if (cpu_max > figures->cpu_permille_max)
		figures->cpu_permille_max = cpu_max;
	if (rss_max > figures->rss_max)
		figures->rss_max = rss_max;
}

/* Each minute, or hour, counts for the part in which it begins, the first one
 * for the first part. */
static int read_samples(struct reading *reading, struct worker *worker)
{
	const struct stats_choice *choice = reading->choice;
	enum stats_statement which = choice->by_minute ? BY_MINUTE : BY_HOUR;
	int64_t span = choice->by_minute ? 60000000 : INT64_C(3600000000);
	int64_t first = choice->edges[0];
	sqlite3_stmt *row = reading->statements[which];
	int result =
		ask(reading, which,
		    (int64_t[]){worker->stats.name.pool,
				worker->stats.name.worker, first - first % span,
				choice->edges[choice->part_count] - 1});

	for (; result == SQLITE_ROW; result = sqlite3_step(row)) {
		int64_t at_us = sqlite3_column_int64(row, 0);
		size_t part = stats_part(choice->edges, choice->part_count,
					 at_us < first ? first : at_us);

		if (part < choice->part_count)
			add_roll_up(&worker->stats.parts[part], row);
	}
	if (result > 0 && result != SQLITE_DONE)
		result = query_fail(reading->query, reading->error);
	sqlite3_reset(row);
	return result < 0 ? -1 : 0;
}

static int count_worker(struct reading *reading, struct worker *worker)
{
	const struct stats_choice *choice = reading->choice;

	worker->stats.parts =
		calloc(choice->part_count, sizeof(*worker->stats.parts));
	if (!worker->stats.parts)
		return out_of_memory(reading);
	if (find_stops(reading, worker) < 0 ||
	    read_samples(reading, worker) < 0)
		return -1;
	return stats_add_worker(worker->stats.parts, choice->edges,
				choice->part_count, worker->runs,
				worker->count) < 0
		       ? out_of_memory(reading)
		       : 0;
}

static int read_all(struct reading *reading)
{
	for (int i = 0; i < STATS_STATEMENT_COUNT; i++) {
		reading->statements[i] = query_prepare(
			reading->query, statement_sql[i], reading->error);
		if (!reading->statements[i])
			return -1;
	}
	if (list_workers(reading) < 0 || read_runs(reading) < 0)
		return -1;
	for (size_t i = 0; i < reading->count; i++)
		if (count_worker(reading, &reading->workers[i]) < 0)
			return -1;
	return 0;
}

/* Whether there is anything to say of a worker. */
static bool has_past(const struct worker_stats *stats, size_t part_count)
{
	for (size_t i = 0; i < part_count; i++)
		if (stats->parts[i].starts > 0 || stats->parts[i].crashes > 0 ||
		    stats->parts[i].wanted_us > 0)
			return true;
	return false;
}

static void free_parts(struct stats_figures *parts, size_t count)
{
	for (size_t i = 0; parts && i < count; i++)
		stats_release(&parts[i]);
	free(parts);
}

/* Hands over what was found. */
static ssize_t take_stats(struct reading *reading, struct worker_stats **list)
{
	size_t parts = reading->choice->part_count, kept = 0;

	*list = calloc(reading->count + 1, sizeof(**list));
	if (!*list)
		return out_of_memory(reading);
	for (size_t i = 0; i < reading->count; i++) {
		struct worker_stats *stats = &reading->workers[i].stats;

		if (!has_past(stats, parts))
			continue;
		(*list)[kept++] = *stats;
		stats->parts = NULL;
	}
	return (ssize_t)kept;
}

ssize_t query_stats(struct query *query, const struct stats_choice *choice,
		    struct worker_stats **list, struct error *error)
{
	struct reading reading = {
		.query = query,
		.choice = choice,
		.error = error,
	};
	ssize_t count =
		read_all(&reading) < 0 ? -1 : take_stats(&reading, list);

	for (size_t i = 0; i < reading.count; i++) {
		free_parts(reading.workers[i].stats.parts, choice->part_count);
		free(reading.workers[i].runs);
	}
	free(reading.workers);
	for (int i = 0; i < STATS_STATEMENT_COUNT; i++)
		sqlite3_finalize(reading.statements[i]);
	return count;
}

void worker_stats_free(struct worker_stats *list, ssize_t count,
		       size_t part_count)
{
	for (ssize_t i = 0; i < count; i++)
		free_parts(list[i].parts, part_count);
	free(list);
}

static int read_moment(struct query *query, const char *sql, int64_t *at_us,
		       struct error *error)
{
	sqlite3_stmt *statement = query_prepare(query, sql, error);
	int result;

	if (!statement)
		return -1;
	result = sqlite3_step(statement);
	*at_us = result == SQLITE_ROW ? sqlite3_column_int64(statement, 0) : 0;
	if (result != SQLITE_ROW && result != SQLITE_DONE)
		query_fail(query, error);
	sqlite3_finalize(statement);
	return result == SQLITE_ROW || result == SQLITE_DONE ? 0 : -1;
}

int query_first_us(struct query *query, int64_t *at_us, struct error *error)
{
	return read_moment(query,
			   "SELECT started_at FROM run"
			   " WHERE started_at IS NOT NULL ORDER BY run LIMIT 1",
			   at_us, error);
}

int query_last_us(struct query *query, int64_t *at_us, struct error *error)
{
	return read_moment(query, "SELECT max(at) FROM event", at_us, error);
}

ssize_t query_configs(struct query *query, struct past_config **list,
		      struct error *error)
{
	sqlite3_stmt *row =
		query_prepare(query,
			      "SELECT config, loaded_at, text = lag(text) OVER"
			      " (ORDER BY config) FROM config ORDER BY config",
			      error);
	size_t count = 0, capacity = 0;
	struct past_config *longer;
	int result;

	*list = NULL;
	if (!row)
		return -1;
	while ((result = sqlite3_step(row)) == SQLITE_ROW) {
		int64_t config = sqlite3_column_int64(row, 0);

		if (count > 0 && sqlite3_column_int(row, 2)) {
			(*list)[count - 1].last = config;
			continue;
		}
		if (count == capacity) {
			capacity = capacity * 2 + 16;
			longer = realloc(*list, capacity * sizeof(*longer));
			if (!longer)
				break;
			*list = longer;
		}
		(*list)[count++] = (struct past_config){
			config, config, sqlite3_column_int64(row, 1)};
	}
	if (result == SQLITE_ROW)
		error_set(error, "cannot list configs: out of memory");
	else if (result != SQLITE_DONE)
		query_fail(query, error);
	sqlite3_finalize(row);
	if (result == SQLITE_DONE)
		return (ssize_t)count;
	free(*list);
	*list = NULL;
	return -1;
}
