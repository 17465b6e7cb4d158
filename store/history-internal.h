#ifndef STORE_HISTORY_INTERNAL_H
#define STORE_HISTORY_INTERNAL_H

#include "store/history.h"

#include <sqlite3.h>
#include <sys/types.h>

/* What the files of the writing side share. */

/* A sample goes into the row of its minute, or hour, which is made where it is
 * new. */
#define ROLL_UP_SQL(table, span)                                            \
	"INSERT INTO " table " (pool, worker, at, count, cpu_sum, cpu_max," \
	" rss_sum, rss_max, threads, open_files) VALUES (?1, ?2,"           \
	" ?3 / " span " * " span ", 1, ?4, ?4, ?5, ?5, ?6, ?7)"             \
	" ON CONFLICT (pool, worker, at) DO UPDATE SET count = count + 1,"  \
	" cpu_sum = cpu_sum + excluded.cpu_sum,"                            \
	" cpu_max = max(cpu_max, excluded.cpu_max),"                        \
	" rss_sum = rss_sum + excluded.rss_sum,"                            \
	" rss_max = max(rss_max, excluded.rss_max),"                        \
	" threads = max(threads, excluded.threads),"                        \
	" open_files = max(open_files, excluded.open_files)"

/* X(enumerator, SQL) */
#define HISTORY_STATEMENTS(X)                                                 \
	X(STATEMENT_BEGIN, "BEGIN IMMEDIATE")                                 \
	X(STATEMENT_COMMIT, "COMMIT")                                         \
	X(STATEMENT_GET_POSITION,                                             \
	  "SELECT position FROM journal WHERE id = ?1")                       \
	X(STATEMENT_SET_POSITION,                                             \
	  "INSERT INTO journal (id, writer, number, position)"                \
	  " VALUES (?1, ?2, ?3, ?4)"                                          \
	  " ON CONFLICT (id) DO UPDATE SET position = excluded.position")     \
	X(STATEMENT_DROP_POSITION, "DELETE FROM journal WHERE id = ?1")       \
	X(STATEMENT_GET_POOL, "SELECT id FROM pool WHERE name = ?1"           \
			      " AND hidden >= ?2")                            \
	X(STATEMENT_ADD_POOL,                                                 \
	  "INSERT INTO pool (name, hidden) VALUES (?1, ?2)"                   \
	  " ON CONFLICT (name) DO UPDATE SET hidden = excluded.hidden"        \
	  " RETURNING id")                                                    \
	X(STATEMENT_ADD_EVENT,                                                \
	  "INSERT OR IGNORE INTO event (at, pool, worker, run, kind, detail)" \
	  " VALUES (?1, ?2, ?3, ?4, ?5, ?6)")                                 \
	X(STATEMENT_ADD_OUTPUT,                                               \
	  "INSERT OR REPLACE INTO output (run, at, tail)"                     \
	  " VALUES (?1, ?2, ?3)")                                             \
	X(STATEMENT_ADD_CORE,                                                 \
	  "INSERT INTO core (run, path) VALUES (?1, ?2)"                      \
	  " ON CONFLICT (run) DO UPDATE SET path = excluded.path")            \
	X(STATEMENT_LOSE_CORE,                                                \
	  "UPDATE core SET path = NULL WHERE path = ?2 AND run <> ?1"         \
	  " AND path GLOB '/*'")                                              \
	X(STATEMENT_ADD_BACKTRACE,                                            \
	  "INSERT INTO core (run, backtrace) VALUES (?1, ?2)"                 \
	  " ON CONFLICT (run) DO UPDATE SET backtrace = excluded.backtrace")  \
	X(STATEMENT_DROP_RUN,                                                 \
	  "DELETE FROM run WHERE run = ?1 AND started_at < ?2")               \
	X(STATEMENT_DROP_OUTPUT, "DELETE FROM output WHERE run = ?1")         \
	X(STATEMENT_DROP_TREND, "DELETE FROM trend WHERE run = ?1")           \
	X(STATEMENT_DROP_CORE, "DELETE FROM core WHERE run = ?1")             \
	X(STATEMENT_DROP_FINDINGS, "DELETE FROM finding WHERE run = ?1")      \
	X(STATEMENT_ADD_TREND,                                                \
	  "INSERT OR REPLACE INTO trend (run, samples) VALUES (?1, ?2)")      \
	X(STATEMENT_ADD_EVIDENCE,                                             \
	  "INSERT OR REPLACE INTO finding (run, at, cause, text)"             \
	  " VALUES (?1, ?2, ?3, ?4)")                                         \
	X(STATEMENT_ADD_SAMPLE,                                               \
	  "INSERT OR REPLACE INTO sample"                                     \
	  " (run, at, cpu_permille, rss_bytes, threads, open_files)"          \
	  " VALUES (?1, ?2, ?3, ?4, ?5, ?6)")                                 \
	X(STATEMENT_ADD_MINUTE, ROLL_UP_SQL("minute", "60000000"))            \
	X(STATEMENT_ADD_HOUR, ROLL_UP_SQL("hour", "3600000000"))              \
	X(STATEMENT_CRASH_FACTS,                                              \
	  "SELECT pool, cause, coalesce(exit_code, -1),"                      \
	  " coalesce(exit_signal, 0), step, object, error_number, tail,"      \
	  " backtrace FROM run LEFT JOIN output USING (run)"                  \
	  " LEFT JOIN core USING (run) WHERE run = ?1 AND pool IS NOT NULL"   \
	  " AND cause IN (SELECT id FROM cause WHERE crash)")                 \
	X(STATEMENT_GET_GROUP,                                                \
	  "SELECT id FROM crash_group WHERE pool = ?1 AND cause = ?2"         \
	  " AND exit_code = ?3 AND exit_signal = ?4 AND sign = ?5")           \
	X(STATEMENT_ADD_GROUP, "INSERT INTO crash_group"                      \
			       " (pool, cause, exit_code, exit_signal, sign)" \
			       " VALUES (?1, ?2, ?3, ?4, ?5) RETURNING id")   \
	X(STATEMENT_SET_GROUP,                                                \
	  "UPDATE run SET crash_group = ?2 WHERE run = ?1"                    \
	  " AND crash_group IS NOT ?2")                                       \
	X(STATEMENT_ADD_CONFIG,                                               \
	  "INSERT OR REPLACE INTO config (config, loaded_at, text)"           \
	  " VALUES (?1, ?2, ?3)")                                             \
	X(STATEMENT_SETTLE_RUN,                                               \
	  "UPDATE run SET state_after = ?3 WHERE run = (SELECT max(run)"      \
	  " FROM run INDEXED BY run_worker WHERE pool = ?1 AND worker = ?2)"  \
	  " AND state_after = ?4")                                            \
	X(STATEMENT_LOSE_RUNS, "UPDATE run SET ended_at = ?1, cause = ?2"     \
			       " WHERE ended_at IS NULL")

enum history_statement {
#define X(enumerator, sql) enumerator,
	HISTORY_STATEMENTS(X)
#undef X
	/* made of the table of columns in history-rows.c */
	STATEMENT_SAVE_RUN,
	STATEMENT_COUNT
};

/* Crashes of one transaction whose last output is not there yet; more are not
 * looked at. */
enum { HISTORY_AWAITED_MAX = 64 };

/* Pools whose numbers are kept in mind within a transaction; a power of two. */
enum { HISTORY_POOL_SLOTS = 64 };

struct history_pool {
	char name[NAME_SIZE]; /* "": none */
	bool hidden;
	int64_t id;
};

struct history {
	sqlite3 *base;
	struct history_pool pools[HISTORY_POOL_SLOTS];
	sqlite3_stmt *statements[STATEMENT_COUNT];
	enum history_problem problem; /* of the last failure */
	uint64_t awaited[HISTORY_AWAITED_MAX]; /* run numbers */
	size_t awaited_count;
	char path[600];
	dev_t device; /* which file that was */
	ino_t inode;
};

/* Fills `error` and `history->problem` from the last failed call; returns
 * -1. */
int history_fail(struct history *history, struct error *error);

/* Runs a bound statement that returns no row and resets it. */
int history_run(struct history *history, enum history_statement statement,
		struct error *error);

/* Runs statements that need no values. */
int history_execute(struct history *history, const char *sql,
		    struct error *error);

/* Reads a number that a statement without values gives. */
int history_read_number(struct history *history, const char *sql,
			int64_t *number, struct error *error);

/* Binds a number, or NULL where it is not known. */
void history_bind(sqlite3_stmt *statement, int place, bool known,
		  int64_t number);

/* Writes what an event tells of a run into its row, which is made at its spawn.
 * `pool` is the number of its pool. */
int history_add_run(struct history *history, const struct event_record *event,
		    int64_t pool, struct error *error);

/* Prepares all statements. */
int history_prepare(struct history *history, struct error *error);

/* Makes all tables in a new file, or those of an older reeve into those of this
 * one; sees that it is ours before it writes anything. Prepares all
 * statements. */
int history_set_up(struct history *history, struct error *error);

/*
 * Finds what a crash has in common with others, as far as that is known by now:
 * call it when the run has ended, when its output has come, and when its
 * backtrace has. Does nothing for a run that is no crash. Returns 1 when its
 * last output is there, 0 when it is not, or -1 and the reason.
 */
int history_group_crash(struct history *history, uint64_t run,
			struct error *error);

/* Writes one measurement of a run, and adds it up by minutes and hours. `pool`
 * is the number of its pool, 0 when not known. */
int history_add_sample(struct history *history,
		       const struct event_record *event, int64_t pool,
		       struct error *error);

/* Writes the SQL of STATEMENT_SAVE_RUN. */
void history_run_sql(char *sql, size_t size);

#endif
