#ifndef STORE_HISTORY_INTERNAL_H
#define STORE_HISTORY_INTERNAL_H

#include "store/history.h"

#include <sqlite3.h>
#include <sys/types.h>

/* What history.c and history-rows.c share. */

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
	X(STATEMENT_ADD_EVIDENCE,                                             \
	  "INSERT OR REPLACE INTO finding (run, at, cause, text)"             \
	  " VALUES (?1, ?2, ?3, ?4)")                                         \
	X(STATEMENT_ADD_SAMPLE,                                               \
	  "INSERT OR REPLACE INTO sample"                                     \
	  " (run, at, cpu_permille, rss_bytes, threads, open_files)"          \
	  " VALUES (?1, ?2, ?3, ?4, ?5, ?6)")                                 \
	X(STATEMENT_ADD_CONFIG,                                               \
	  "INSERT OR REPLACE INTO config (config, loaded_at, text)"           \
	  " VALUES (?1, ?2, ?3)")                                             \
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

struct history {
	sqlite3 *base;
	sqlite3_stmt *statements[STATEMENT_COUNT];
	enum history_problem problem; /* of the last failure */
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

/* Writes the SQL of STATEMENT_SAVE_RUN. */
void history_run_sql(char *sql, size_t size);

#endif
