#include "config.h"

#include "store/query-internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* X(name in the enum, expression) */
#define RUN_COLUMNS(X)                                  \
	X(RUN, "run")                                   \
	X(POOL_NAME, "pool.name")                       \
	X(POOL, "run.pool")                             \
	X(WORKER, "run.worker")                         \
	X(PID, "pid")                                   \
	X(CONFIG, "config")                             \
	X(STARTED_AT, "started_at")                     \
	X(READY_AT, "ready_at")                         \
	X(ENDED_AT, "ended_at")                         \
	X(STARTED_BY, "started_by")                     \
	X(STARTED_UID, "started_uid")                   \
	X(STARTED_COMMAND, "started_command")           \
	X(ENDED_UID, "ended_uid")                       \
	X(ENDED_COMMAND, "ended_command")               \
	X(CPUS, "cpus")                                 \
	X(CAUSE, "cause")                               \
	X(EXIT_CODE, "exit_code")                       \
	X(EXIT_SIGNAL, "exit_signal")                   \
	X(CORE, "run.core")                             \
	X(STEP, "step")                                 \
	X(OBJECT, "object")                             \
	X(ERROR_NUMBER, "error_number")                 \
	X(STATE_AFTER, "state_after")                   \
	X(DELAY, "delay_ns")                            \
	X(CPU_USER, "cpu_user_us")                      \
	X(CPU_SYSTEM, "cpu_system_us")                  \
	X(MAX_RSS, "max_rss_bytes")                     \
	X(MINOR_FAULTS, "minor_faults")                 \
	X(MAJOR_FAULTS, "major_faults")                 \
	X(VOLUNTARY_SWITCHES, "voluntary_switches")     \
	X(INVOLUNTARY_SWITCHES, "involuntary_switches") \
	X(BLOCKS_IN, "blocks_in")                       \
	X(BLOCKS_OUT, "blocks_out")                     \
	X(WHY, "why")                                   \
	X(TOLD_ERRNO, "told_errno")                     \
	X(TOLD_EXIT_STATUS, "told_exit_status - 1")     \
	X(TOLD_STATUS, "told_status")                   \
	X(MEMORY_LIMIT, "memory_limit_bytes")           \
	X(MEMORY_PEAK, "memory_peak_bytes")             \
	X(OOM_KILLS, "oom_kills")                       \
	X(CRASH_GROUP, "crash_group")                   \
	X(SAMPLES, "samples")                           \
	X(TAIL, "tail")                                 \
	X(CORE_PATH, "path")                            \
	X(BACKTRACE, "backtrace")

/* Column 0 is there for the comma behind it. */
enum run_column {
	COLUMN_NONE,
#define X(name, expression) COLUMN_##name,
	RUN_COLUMNS(X)
#undef X
};

#define WITH_COMMA(name, expression) ", " expression
#define SELECT_RUN "SELECT 0" RUN_COLUMNS(WITH_COMMA) " FROM run"

#define RUN_JOINS                               \
	" LEFT JOIN pool ON pool.id = run.pool" \
	" LEFT JOIN output USING (run)"         \
	" LEFT JOIN trend USING (run)"          \
	" LEFT JOIN core USING (run)"

#define IS_CRASH " AND cause IN (SELECT id FROM cause WHERE crash)"

/* A worker's runs stand in their index in the order of their numbers. For the
 * last crash of a pool the index of all crashes is gone through from its end.
 */
enum run_statement {
	RUN_BY_NUMBER,
	WORKER_LAST_CRASH,
	POOL_LAST_CRASH,
	WORKER_LAST_RUN,
	POOL_LAST_RUN,
	WORKER_NEXT_RUN,
	WORKER_FORMER_RUN,
	WORKER_LATEST_RUNS,
	POOL_LATEST_RUNS,
	LATEST_RUNS,
	RUN_STATEMENT_COUNT,
};

static const char *const statements[RUN_STATEMENT_COUNT] = {
	[RUN_BY_NUMBER] = SELECT_RUN RUN_JOINS " WHERE run = ?1",
	[WORKER_LAST_CRASH] =
		SELECT_RUN " INDEXED BY run_worker" RUN_JOINS
			   " WHERE run.pool = ?1 AND run.worker = ?2" IS_CRASH
			   " ORDER BY run DESC LIMIT 1",
	[POOL_LAST_CRASH] = SELECT_RUN RUN_JOINS
	" WHERE run = (SELECT run FROM run INDEXED BY run_crash"
	" WHERE crash_group IS NOT NULL AND pool = ?1"
	" ORDER BY ended_at DESC LIMIT 1)",
	[WORKER_LAST_RUN] =
		SELECT_RUN " INDEXED BY run_worker" RUN_JOINS
			   " WHERE run.pool = ?1 AND run.worker = ?2"
			   " ORDER BY run DESC LIMIT 1",
	[POOL_LAST_RUN] = SELECT_RUN RUN_JOINS
	" WHERE run = (SELECT max(run) FROM run INDEXED BY run_worker"
	" WHERE pool = ?1)",
	[WORKER_NEXT_RUN] =
		SELECT_RUN " INDEXED BY run_worker" RUN_JOINS
			   " WHERE run.pool = ?1 AND run.worker = ?2"
			   " AND run > ?3 ORDER BY run LIMIT 1",
	[WORKER_FORMER_RUN] =
		SELECT_RUN " INDEXED BY run_worker" RUN_JOINS
			   " WHERE run.pool = ?1 AND run.worker = ?2"
			   " AND run < ?3 ORDER BY run DESC LIMIT 1",
	[WORKER_LATEST_RUNS] =
		SELECT_RUN " INDEXED BY run_worker" RUN_JOINS
			   " WHERE run.pool = ?1 AND run.worker = ?2"
			   " AND run < ?4 ORDER BY run DESC LIMIT ?3",
	/* From the end: most pools have run lately. */
	[POOL_LATEST_RUNS] = SELECT_RUN " NOT INDEXED" RUN_JOINS
					" WHERE run BETWEEN 1 AND ?4 - 1"
					" AND run.pool = ?1"
					" ORDER BY run DESC LIMIT ?3",
	[LATEST_RUNS] =
		SELECT_RUN RUN_JOINS " WHERE run BETWEEN 1 AND ?4 - 1"
				     " AND (?1 OR NOT coalesce(pool.hidden, 0))"
				     " AND ?2 = ?2 ORDER BY run DESC LIMIT ?3",
};

const char *query_run_sql(size_t number)
{
	return number < RUN_STATEMENT_COUNT ? statements[number] : NULL;
}

bool past_end_is_last(enum end_cause cause, enum worker_state state_after)
{
	return cause == CAUSE_STOPPED || cause == CAUSE_SCALED ||
	       cause == CAUSE_CANCELLED || state_after == WORKER_STOPPED ||
	       state_after == WORKER_DONE;
}

static int64_t number_or(sqlite3_stmt *row, int column, int64_t unknown)
{
	return sqlite3_column_type(row, column) == SQLITE_NULL
		       ? unknown
		       : sqlite3_column_int64(row, column);
}

static char *copy_of(sqlite3_stmt *row, int column)
{
	char *text = query_text(row, column);

	if (text && *text != '\0')
		return text;
	free(text);
	return NULL;
}

static void read_ending(sqlite3_stmt *row, struct past_run *run)
{
	query_copy_text(row, COLUMN_STEP, run->step, sizeof(run->step));
	query_copy_text(row, COLUMN_OBJECT, run->object, sizeof(run->object));
	run->ending = (struct ending){
		.cause = (enum end_cause)sqlite3_column_int(row, COLUMN_CAUSE),
		.code = sqlite3_column_int(row, COLUMN_EXIT_CODE),
		.signal = sqlite3_column_int(row, COLUMN_EXIT_SIGNAL),
		.core = sqlite3_column_int(row, COLUMN_CORE) != 0,
		.step = run->step,
		.object = run->object,
		.error_number = sqlite3_column_int(row, COLUMN_ERROR_NUMBER),
	};
}

static void read_usage(sqlite3_stmt *row, struct past_usage *usage)
{
	*usage = (struct past_usage){
		.cpu_user_us = number_or(row, COLUMN_CPU_USER, -1),
		.cpu_system_us = number_or(row, COLUMN_CPU_SYSTEM, -1),
		.max_rss_bytes = number_or(row, COLUMN_MAX_RSS, -1),
		.minor_faults = number_or(row, COLUMN_MINOR_FAULTS, -1),
		.major_faults = number_or(row, COLUMN_MAJOR_FAULTS, -1),
		.voluntary_switches =
			number_or(row, COLUMN_VOLUNTARY_SWITCHES, -1),
		.involuntary_switches =
			number_or(row, COLUMN_INVOLUNTARY_SWITCHES, -1),
		.blocks_in = number_or(row, COLUMN_BLOCKS_IN, -1),
		.blocks_out = number_or(row, COLUMN_BLOCKS_OUT, -1),
	};
}

/* Who had a hand in it, and what it said of itself. */
static void read_words(sqlite3_stmt *row, struct past_run *run)
{
	query_copy_text(row, COLUMN_STARTED_BY, run->started_by,
			sizeof(run->started_by));
	run->started_uid = number_or(row, COLUMN_STARTED_UID, -1);
	query_copy_text(row, COLUMN_STARTED_COMMAND, run->started_command,
			sizeof(run->started_command));
	run->ended_uid = number_or(row, COLUMN_ENDED_UID, -1);
	query_copy_text(row, COLUMN_ENDED_COMMAND, run->ended_command,
			sizeof(run->ended_command));
	query_copy_text(row, COLUMN_CPUS, run->cpus, sizeof(run->cpus));
	query_copy_text(row, COLUMN_WHY, run->why, sizeof(run->why));
	run->told_errno = (int)number_or(row, COLUMN_TOLD_ERRNO, 0);
	run->told_exit_status =
		(int)number_or(row, COLUMN_TOLD_EXIT_STATUS, -1);
	query_copy_text(row, COLUMN_TOLD_STATUS, run->told_status,
			sizeof(run->told_status));
}

/* What is on the heap. */
static void read_texts(sqlite3_stmt *row, struct past_run *run)
{
	const void *samples = sqlite3_column_blob(row, COLUMN_SAMPLES);
	size_t size = (size_t)sqlite3_column_bytes(row, COLUMN_SAMPLES);

	run->samples = samples ? malloc(size) : NULL;
	if (run->samples) {
		memcpy(run->samples, samples, size);
		run->samples_size = size;
	}
	run->tail = copy_of(row, COLUMN_TAIL);
	run->core_path = copy_of(row, COLUMN_CORE_PATH);
	run->backtrace = copy_of(row, COLUMN_BACKTRACE);
}

static void read_run(sqlite3_stmt *row, struct past_run *run)
{
	const char *pool =
		(const char *)sqlite3_column_text(row, COLUMN_POOL_NAME);

	*run = (struct past_run){
		.run = sqlite3_column_int64(row, COLUMN_RUN),
		.name = {number_or(row, COLUMN_POOL, 0),
			 number_or(row, COLUMN_WORKER, -1)},
		.pid = sqlite3_column_int64(row, COLUMN_PID),
		.config = sqlite3_column_int64(row, COLUMN_CONFIG),
		.started_at_us = sqlite3_column_int64(row, COLUMN_STARTED_AT),
		.ready_at_us = sqlite3_column_int64(row, COLUMN_READY_AT),
		.ended_at_us = sqlite3_column_int64(row, COLUMN_ENDED_AT),
		.state_after = (enum worker_state)sqlite3_column_int(
			row, COLUMN_STATE_AFTER),
		.delay_ns = sqlite3_column_int64(row, COLUMN_DELAY),
		.memory_limit_bytes = number_or(row, COLUMN_MEMORY_LIMIT, -1),
		.memory_peak_bytes = number_or(row, COLUMN_MEMORY_PEAK, -1),
		.oom_kills = number_or(row, COLUMN_OOM_KILLS, 0),
		.crash_group = number_or(row, COLUMN_CRASH_GROUP, 0),
	};
	snprintf(run->worker, sizeof(run->worker), "%.63s/%d",
		 pool ? pool : "?", (int)run->name.worker);
	read_words(row, run);
	read_ending(row, run);
	read_usage(row, &run->usage);
	read_texts(row, run);
}

void past_run_release(struct past_run *run)
{
	free(run->samples);
	free(run->tail);
	free(run->core_path);
	free(run->backtrace);
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

int query_former_run(struct query *query, const struct past_run *run,
		     struct past_run *former, struct error *error)
{
	return find_run(
		query, WORKER_FORMER_RUN,
		(int64_t[3]){run->name.pool, run->name.worker, run->run},
		former, error);
}

int query_latest_runs(struct query *query, const struct query_name *name,
		      bool hidden, int64_t before, uint64_t limit,
		      past_run_fn *tell, void *context, struct error *error)
{
	const enum run_statement which = !name ? LATEST_RUNS
					 : name->worker < 0
						 ? POOL_LATEST_RUNS
						 : WORKER_LATEST_RUNS;
	sqlite3_stmt *statement =
		query_prepare(query, statements[which], error);
	struct past_run run;
	bool more = true;
	int result;

	if (!statement)
		return -1;
	sqlite3_bind_int64(statement, 1, name ? name->pool : hidden);
	sqlite3_bind_int64(statement, 2, name ? name->worker : 0);
	sqlite3_bind_int64(statement, 3, (int64_t)limit);
	sqlite3_bind_int64(statement, 4, before);
	while (more && (result = sqlite3_step(statement)) == SQLITE_ROW) {
		read_run(statement, &run);
		more = tell(&run, context);
		past_run_release(&run);
	}
	if (more && result != SQLITE_DONE)
		query_fail(query, error);
	sqlite3_finalize(statement);
	return more && result != SQLITE_DONE ? -1 : 0;
}
