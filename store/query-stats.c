#include "config.h"

#include "store/query-stats-internal.h"

#include <stdlib.h>
#include <string.h>

/* Run numbers grow with the time, so the runs that began in a span of time are
 * those of a span of numbers. */
#define RUN_COLUMNS                                                  \
	"SELECT run, pool, worker, started_at, ready_at, ended_at, " \
	"cause, state_after FROM run"

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

int stats_out_of_memory(struct reading *reading)
{
	return error_set(reading->error, "cannot count runs: out of memory");
}

int stats_ask(struct reading *reading, enum stats_statement which,
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
	int result = stats_ask(
		reading, which,
		(int64_t[]){worker->stats.name.pool, worker->stats.name.worker,
			    first - first % span,
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
		return stats_out_of_memory(reading);
	if (stats_find_stops(reading, worker) < 0 ||
	    read_samples(reading, worker) < 0)
		return -1;
	return stats_add_worker(worker->stats.parts, choice->edges,
				choice->part_count, worker->runs,
				worker->count) < 0
		       ? stats_out_of_memory(reading)
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
	if (stats_list_workers(reading) < 0 || stats_read_runs(reading) < 0)
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
		return stats_out_of_memory(reading);
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
