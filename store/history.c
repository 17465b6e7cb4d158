#include "config.h"

#include "store/history-internal.h"

#include "base/clock.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static const char *const statement_sql[STATEMENT_SAVE_RUN] = {
#define X(enumerator, sql) [enumerator] = sql,
	HISTORY_STATEMENTS(X)
#undef X
};

static enum history_problem problem_of(int code)
{
	/* The primary code is in the lowest byte. */
	code &= 0xff;
	return code == SQLITE_CORRUPT || code == SQLITE_NOTADB ? HISTORY_JUNK
							       : HISTORY_BUSY;
}

int history_fail(struct history *history, struct error *error)
{
	history->problem = problem_of(sqlite3_extended_errcode(history->base));
	return error_set(error, "cannot write %s: %s", history->path,
			 sqlite3_errmsg(history->base));
}

int history_run(struct history *history, enum history_statement statement,
		struct error *error)
{
	sqlite3_stmt *prepared = history->statements[statement];
	int result = sqlite3_step(prepared);

	if (result != SQLITE_DONE)
		history_fail(history, error);
	sqlite3_reset(prepared);
	return result == SQLITE_DONE ? 0 : -1;
}

void history_bind(sqlite3_stmt *statement, int place, bool known,
		  int64_t number)
{
	if (known)
		sqlite3_bind_int64(statement, place, number);
	else
		sqlite3_bind_null(statement, place);
}

int history_execute(struct history *history, const char *sql,
		    struct error *error)
{
	if (sqlite3_exec(history->base, sql, NULL, NULL, NULL) != SQLITE_OK)
		return history_fail(history, error);
	return 0;
}

int history_read_number(struct history *history, const char *sql,
			int64_t *number, struct error *error)
{
	sqlite3_stmt *statement = NULL;
	int result;

	if (sqlite3_prepare_v2(history->base, sql, -1, &statement, NULL) !=
	    SQLITE_OK)
		return history_fail(history, error);
	result = sqlite3_step(statement);
	if (result == SQLITE_ROW)
		*number = sqlite3_column_int64(statement, 0);
	else
		history_fail(history, error);
	sqlite3_finalize(statement);
	return result == SQLITE_ROW ? 0 : -1;
}

int history_prepare(struct history *history, struct error *error)
{
	char save_run[4096];

	history_run_sql(save_run, sizeof(save_run));
	for (int i = 0; i < STATEMENT_COUNT; i++) {
		const char *sql =
			i == STATEMENT_SAVE_RUN ? save_run : statement_sql[i];

		if (sqlite3_prepare_v3(
			    history->base, sql, -1, SQLITE_PREPARE_PERSISTENT,
			    &history->statements[i], NULL) != SQLITE_OK) {
			history_fail(history, error);
			/* A table or a column is missing. */
			if (sqlite3_errcode(history->base) == SQLITE_ERROR)
				history->problem = HISTORY_JUNK;
			return -1;
		}
	}
	return 0;
}

/* Makes the file where there is none, for its owner alone: what a tail or a
 * config says is not for everybody. */
static int find_file(struct history *history, struct error *error)
{
	int file = open(history->path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	struct stat status;

	if (file < 0 || fstat(file, &status) < 0)
		return error_set_errno(error, "cannot open %s", history->path);
	close(file);
	history->device = status.st_dev;
	history->inode = status.st_ino;
	return 0;
}

static void set_checkpoint_on_close(struct history *history, bool wanted)
{
	sqlite3_db_config(history->base, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE,
			  !wanted, NULL);
}

static int open_file(struct history *history, struct error *error)
{
	if (find_file(history, error) < 0)
		return -1;
	if (sqlite3_open_v2(history->path, &history->base,
			    SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX,
			    NULL) != SQLITE_OK)
		return history_fail(history, error);
	/* Until it is known to be ours, closing it must not write either. */
	set_checkpoint_on_close(history, false);
	sqlite3_busy_timeout(history->base, 200);
	if (history_set_up(history, error) < 0)
		return -1;
	set_checkpoint_on_close(history, true);
	return 0;
}

struct history *history_open(const char *path, enum history_problem *problem,
			     struct error *error)
{
	struct history *history = calloc(1, sizeof(*history));

	*problem = HISTORY_BUSY;
	if (!history) {
		error_set_errno(error, "cannot open %s", path);
		return NULL;
	}
	snprintf(history->path, sizeof(history->path), "%s", path);
	if (open_file(history, error) == 0)
		return history;
	*problem = history->problem;
	history_close(history);
	return NULL;
}

void history_close(struct history *history)
{
	if (!history)
		return;
	for (int i = 0; i < STATEMENT_COUNT; i++)
		sqlite3_finalize(history->statements[i]);
	/* The last connection moves the log into the file. */
	sqlite3_close(history->base);
	free(history);
}

/* Reads through SQLite's own file: to open and close the file a second time
 * would drop the locks of this process on it (fcntl(2)). */
static bool read_start(struct history *history, char *start, int size)
{
	sqlite3_file *file = NULL;

	return sqlite3_file_control(history->base, "main",
				    SQLITE_FCNTL_FILE_POINTER,
				    &file) == SQLITE_OK &&
	       file->pMethods->xRead(file, start, size, 0) == SQLITE_OK;
}

bool history_is_in_place(struct history *history, enum history_problem *problem,
			 struct error *error)
{
	/* The SQLite file format, 1.3 The Database Header. */
	static const char magic[16] = "SQLite format 3";
	char start[sizeof(magic)];
	struct stat status;
	bool same = stat(history->path, &status) == 0 &&
		    status.st_dev == history->device &&
		    status.st_ino == history->inode;

	if (same && read_start(history, start, sizeof(start)) &&
	    memcmp(start, magic, sizeof(magic)) == 0)
		return true;
	*problem = same ? HISTORY_JUNK : HISTORY_BUSY;
	error_set(error, "cannot write %s: %s", history->path,
		  same ? "it was overwritten" : "it was replaced");
	set_checkpoint_on_close(history, false);
	return false;
}

int history_begin(struct history *history, struct error *error)
{
	history->awaited_count = 0;
	/* What was made by a transaction that was rolled back is gone. */
	memset(history->pools, 0, sizeof(history->pools));
	return history_run(history, STATEMENT_BEGIN, error);
}

int history_commit(struct history *history, struct error *error)
{
	return history_run(history, STATEMENT_COMMIT, error);
}

void history_rollback(struct history *history)
{
	/* A failure may have rolled back by itself. */
	if (!sqlite3_get_autocommit(history->base))
		sqlite3_exec(history->base, "ROLLBACK", NULL, NULL, NULL);
}

bool history_awaits_output(const struct history *history)
{
	return history->awaited_count > 0;
}

enum history_problem history_problem(const struct history *history)
{
	return history->problem;
}

int history_get_position(struct history *history, uint64_t id,
			 uint64_t *position, struct error *error)
{
	sqlite3_stmt *statement = history->statements[STATEMENT_GET_POSITION];
	int result;

	sqlite3_bind_int64(statement, 1, (int64_t)id);
	result = sqlite3_step(statement);
	*position = result == SQLITE_ROW
			    ? (uint64_t)sqlite3_column_int64(statement, 0)
			    : 0;
	if (result != SQLITE_ROW && result != SQLITE_DONE)
		history_fail(history, error);
	sqlite3_reset(statement);
	return result == SQLITE_ROW || result == SQLITE_DONE ? 0 : -1;
}

int history_set_position(struct history *history, uint64_t id,
			 const char *writer, uint64_t number, uint64_t position,
			 struct error *error)
{
	sqlite3_stmt *statement = history->statements[STATEMENT_SET_POSITION];

	sqlite3_bind_int64(statement, 1, (int64_t)id);
	sqlite3_bind_text(statement, 2, writer, -1, SQLITE_STATIC);
	sqlite3_bind_int64(statement, 3, (int64_t)number);
	sqlite3_bind_int64(statement, 4, (int64_t)position);
	return history_run(history, STATEMENT_SET_POSITION, error);
}

int history_drop_position(struct history *history, uint64_t id,
			  struct error *error)
{
	sqlite3_bind_int64(history->statements[STATEMENT_DROP_POSITION], 1,
			   (int64_t)id);
	return history_run(history, STATEMENT_DROP_POSITION, error);
}

int history_move_aside(const char *path, char aside[600], struct error *error)
{
	static const char *const endings[] = {"-wal", "-shm", ""};
	char from[700], to[700], stamp[32];
	time_t now = time(NULL);
	struct tm parts;

	gmtime_r(&now, &parts);
	strftime(stamp, sizeof(stamp), "%Y%m%dT%H%M%SZ", &parts);
	snprintf(aside, 600, "%s.corrupt-%s", path, stamp);
	for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++) {
		snprintf(from, sizeof(from), "%s%s", path, endings[i]);
		snprintf(to, sizeof(to), "%s%s", aside, endings[i]);
		if (rename(from, to) < 0 && errno != ENOENT)
			return error_set_errno(error, "cannot move %s to %s",
					       from, to);
	}
	return 0;
}
