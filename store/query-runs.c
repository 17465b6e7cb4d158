#include "config.h"

#include "store/query-internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RUN_COLUMNS                                                  \
	"SELECT run, pool.name, run.pool, run.worker, pid, config,"  \
	" started_at, ready_at, ended_at, started_by, cause,"        \
	" exit_code, exit_signal, core, step, object, error_number," \
	" state_after, delay_ns, cpu_user_us + cpu_system_us,"       \
	" max_rss_bytes, samples, tail, why, told_errno,"            \
	" told_exit_status - 1, told_status FROM run"

#define RUN_JOINS                               \
	" LEFT JOIN pool ON pool.id = run.pool" \
	" LEFT JOIN output USING (run)"         \
	" LEFT JOIN trend USING (run)"

#define IS_CRASH " AND cause IN (SELECT id FROM cause WHERE crash)"

/* A worker's runs stand in the index in the order of their numbers; those of a
 * pool have to be sorted. */
enum run_statement {
	RUN_BY_NUMBER,
	WORKER_LAST_CRASH,
	POOL_LAST_CRASH,
	WORKER_LAST_RUN,
	POOL_LAST_RUN,
	WORKER_NEXT_RUN,
	RUN_STATEMENT_COUNT,
};

static const char *const statements[RUN_STATEMENT_COUNT] = {
	[RUN_BY_NUMBER] = RUN_COLUMNS RUN_JOINS " WHERE run = ?1",
	[WORKER_LAST_CRASH] =
		RUN_COLUMNS " INDEXED BY run_worker" RUN_JOINS
			    " WHERE run.pool = ?1 AND run.worker = ?2" IS_CRASH
			    " ORDER BY run DESC LIMIT 1",
	[POOL_LAST_CRASH] = RUN_COLUMNS " INDEXED BY run_worker" RUN_JOINS
					" WHERE run.pool = ?1" IS_CRASH
					" ORDER BY ended_at DESC LIMIT 1",
	[WORKER_LAST_RUN] =
		RUN_COLUMNS " INDEXED BY run_worker" RUN_JOINS
			    " WHERE run.pool = ?1 AND run.worker = ?2"
			    " ORDER BY run DESC LIMIT 1",
	[POOL_LAST_RUN] = RUN_COLUMNS " INDEXED BY run_worker" RUN_JOINS
				      " WHERE run.pool = ?1"
				      " ORDER BY run DESC LIMIT 1",
	[WORKER_NEXT_RUN] =
		RUN_COLUMNS " INDEXED BY run_worker" RUN_JOINS
			    " WHERE run.pool = ?1 AND run.worker = ?2"
			    " AND run > ?3 ORDER BY run LIMIT 1",
};

const char *query_run_sql(size_t number)
{
	return number < RUN_STATEMENT_COUNT ? statements[number] : NULL;
}

static void copy_text(sqlite3_stmt *row, int column, char *text, size_t size)
{
	const char *value = (const char *)sqlite3_column_text(row, column);

	snprintf(text, size, "%s", value ? value : "");
}

static int64_t number_or(sqlite3_stmt *row, int column, int64_t unknown)
{
	return sqlite3_column_type(row, column) == SQLITE_NULL
		       ? unknown
		       : sqlite3_column_int64(row, column);
}

static void read_ending(sqlite3_stmt *row, struct past_run *run)
{
	copy_text(row, 14, run->step, sizeof(run->step));
	copy_text(row, 15, run->object, sizeof(run->object));
	run->ending = (struct ending){
		.cause = (enum end_cause)sqlite3_column_int(row, 10),
		.code = sqlite3_column_int(row, 11),
		.signal = sqlite3_column_int(row, 12),
		.core = sqlite3_column_int(row, 13) != 0,
		.step = run->step,
		.object = run->object,
		.error_number = sqlite3_column_int(row, 16),
	};
}

static void read_blobs(sqlite3_stmt *row, struct past_run *run)
{
	const void *samples = sqlite3_column_blob(row, 21);
	size_t size = (size_t)sqlite3_column_bytes(row, 21);
	const char *tail = (const char *)sqlite3_column_text(row, 22);

	run->samples = samples ? malloc(size) : NULL;
	if (run->samples) {
		memcpy(run->samples, samples, size);
		run->samples_size = size;
	}
	run->tail = tail ? strdup(tail) : NULL;
}

static void read_run(sqlite3_stmt *row, struct past_run *run)
{
	const char *pool = (const char *)sqlite3_column_text(row, 1);

	*run = (struct past_run){
		.run = sqlite3_column_int64(row, 0),
		.name = {number_or(row, 2, 0), number_or(row, 3, -1)},
		.pid = sqlite3_column_int64(row, 4),
		.config = sqlite3_column_int64(row, 5),
		.started_at_us = sqlite3_column_int64(row, 6),
		.ready_at_us = sqlite3_column_int64(row, 7),
		.ended_at_us = sqlite3_column_int64(row, 8),
		.state_after = (enum worker_state)sqlite3_column_int(row, 17),
		.delay_ns = sqlite3_column_int64(row, 18),
		.cpu_us = number_or(row, 19, -1),
		.max_rss_bytes = number_or(row, 20, -1),
	};
	snprintf(run->worker, sizeof(run->worker), "%.63s/%d",
		 pool ? pool : "?", (int)run->name.worker);
	copy_text(row, 9, run->started_by, sizeof(run->started_by));
	copy_text(row, 23, run->why, sizeof(run->why));
	run->told_errno = (int)number_or(row, 24, 0);
	run->told_exit_status = (int)number_or(row, 25, -1);
	copy_text(row, 26, run->told_status, sizeof(run->told_status));
	read_ending(row, run);
	read_blobs(row, run);
}

void past_run_release(struct past_run *run)
{
	free(run->samples);
	free(run->tail);
}

static int find_run(struct query *query, enum run_statement which,
		    const int64_t numbers[3], struct past_run *run,
		    struct error *error)
{
	sqlite3_stmt *statement =
		query_prepare(query, statements[which], error);
	int result;

	if (!statement)
		return -1;
	for (int i = 0; i < 3 && i < sqlite3_bind_parameter_count(statement);
	     i++)
		sqlite3_bind_int64(statement, i + 1, numbers[i]);
	result = sqlite3_step(statement);
	if (result == SQLITE_ROW)
		read_run(statement, run);
	else if (result != SQLITE_DONE)
		query_fail(query, error);
	sqlite3_finalize(statement);
	return result == SQLITE_ROW ? 1 : result == SQLITE_DONE ? 0 : -1;
}

int query_run(struct query *query, int64_t number, struct past_run *run,
	      struct error *error)
{
	return find_run(query, RUN_BY_NUMBER, (int64_t[3]){number}, run, error);
}

int query_last_crash(struct query *query, const struct query_name *name,
		     struct past_run *run, struct error *error)
{
	return find_run(query,
			name->worker < 0 ? POOL_LAST_CRASH : WORKER_LAST_CRASH,
			(int64_t[3]){name->pool, name->worker}, run, error);
}

int query_last_run(struct query *query, const struct query_name *name,
		   struct past_run *run, struct error *error)
{
	return find_run(query,
			name->worker < 0 ? POOL_LAST_RUN : WORKER_LAST_RUN,
			(int64_t[3]){name->pool, name->worker}, run, error);
}

int query_next_run(struct query *query, const struct past_run *run,
		   struct past_run *next, struct error *error)
{
	return find_run(
		query, WORKER_NEXT_RUN,
		(int64_t[3]){run->name.pool, run->name.worker, run->run}, next,
		error);
}
