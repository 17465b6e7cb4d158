#include "config.h"

#include "store/export.h"

#include "store/history.h"
#include "store/query-internal.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

/* What a copy is called until it is complete, behind the name that it will
 * have: with the number of the process. */
#define PARTIAL "%s.partial-"

/* What is removed when a signal ends the process. */
static char partial[4096];

struct copy {
	const struct export_choice *choice;
	const char *path;
	sqlite3 *base;
	struct error *error;
};

/* The order matters: what is chosen stands in temp.chosen when the tables that
 * belong to runs are copied. ?1 is since, ?2 until. */
static const char *const copies[] = {
	"INSERT OR REPLACE INTO main.pool SELECT * FROM past.pool",
	"INSERT OR REPLACE INTO main.cause SELECT * FROM past.cause",
	"INSERT OR REPLACE INTO main.kind SELECT * FROM past.kind",
	"INSERT OR REPLACE INTO main.state SELECT * FROM past.state",
	"INSERT INTO temp.chosen SELECT run FROM past.run"
	" JOIN temp.wanted ON wanted.pool = run.pool"
	" AND run.worker BETWEEN wanted.first AND wanted.last"
	" WHERE coalesce(started_at, ended_at) <= ?2"
	" AND coalesce(ended_at, ?2) >= ?1"
	" GROUP BY run",
	NULL, /* copy_runs() */
	"INSERT INTO main.output SELECT * FROM past.output"
	" WHERE run IN (SELECT run FROM temp.chosen)",
	"INSERT INTO main.trend SELECT * FROM past.trend"
	" WHERE run IN (SELECT run FROM temp.chosen)",
	"INSERT INTO main.core SELECT * FROM past.core"
	" WHERE run IN (SELECT run FROM temp.chosen)",
	"INSERT INTO main.finding SELECT * FROM past.finding"
	" WHERE run IN (SELECT run FROM temp.chosen)",
	"INSERT INTO main.sample SELECT * FROM past.sample"
	" WHERE run IN (SELECT run FROM temp.chosen)"
	" AND at BETWEEN ?1 AND ?2",
	"INSERT INTO main.crash_group SELECT * FROM past.crash_group"
	" WHERE id IN (SELECT crash_group FROM main.run)",
	"INSERT OR IGNORE INTO main.event SELECT event.* FROM past.event"
	" JOIN temp.wanted ON wanted.pool = event.pool"
	" AND coalesce(event.worker, wanted.first)"
	" BETWEEN wanted.first AND wanted.last"
	" WHERE at BETWEEN ?1 AND ?2",
	/* what is about no pool: the instance, configs, commands */
	"INSERT OR IGNORE INTO main.event SELECT * FROM past.event"
	" WHERE pool IS NULL AND at BETWEEN ?1 AND ?2",
	"INSERT OR IGNORE INTO main.minute SELECT minute.* FROM past.minute"
	" JOIN temp.wanted ON wanted.pool = minute.pool"
	" AND minute.worker BETWEEN wanted.first AND wanted.last"
	" WHERE at BETWEEN ?1 - 60000000 AND ?2",
	"INSERT OR IGNORE INTO main.hour SELECT hour.* FROM past.hour"
	" JOIN temp.wanted ON wanted.pool = hour.pool"
	" AND hour.worker BETWEEN wanted.first AND wanted.last"
	" WHERE at BETWEEN ?1 - 3600000000 AND ?2",
	/* those that were put in force then, and those that runs ran by */
	"INSERT INTO main.config SELECT * FROM past.config"
	" WHERE loaded_at BETWEEN ?1 AND ?2"
	" OR config IN (SELECT config FROM main.run)",
};

static int fail(struct copy *copy)
{
	return error_set(copy->error, "cannot write %s: %s", copy->path,
			 sqlite3_errmsg(copy->base));
}

static int execute(struct copy *copy, const char *sql)
{
	return sqlite3_exec(copy->base, sql, NULL, NULL, NULL) == SQLITE_OK
		       ? 0
		       : fail(copy);
}

/* Runs a statement, with those of `count` numbers that it takes. */
static int run(struct copy *copy, const char *sql, const int64_t *numbers,
	       int count)
{
	sqlite3_stmt *statement = NULL;
	int result;

	if (sqlite3_prepare_v2(copy->base, sql, -1, &statement, NULL) !=
	    SQLITE_OK)
		return fail(copy);
	for (int i = 0;
	     i < count && i < sqlite3_bind_parameter_count(statement); i++)
		sqlite3_bind_int64(statement, i + 1, numbers[i]);
	result = sqlite3_step(statement);
	if (result != SQLITE_DONE)
		fail(copy);
	sqlite3_finalize(statement);
	return result == SQLITE_DONE ? 0 : -1;
}

/* Attaches the history that is read, as "past". */
static int attach(struct copy *copy, const struct query *query)
{
	sqlite3_stmt *statement = NULL;
	int result;

	if (sqlite3_prepare_v2(copy->base, "ATTACH ?1 AS past", -1, &statement,
			       NULL) != SQLITE_OK)
		return fail(copy);
	sqlite3_bind_text(statement, 1, query->uri, -1, SQLITE_STATIC);
	result = sqlite3_step(statement);
	if (result != SQLITE_DONE)
		fail(copy);
	sqlite3_finalize(statement);
	return result == SQLITE_DONE ? 0 : -1;
}

/* Notes which workers are wanted: all of a pool from 0 on. */
static int note_wanted(struct copy *copy)
{
	const struct export_choice *choice = copy->choice;

	if (execute(copy, "CREATE TEMP TABLE chosen (run INTEGER PRIMARY KEY);"
			  "CREATE TEMP TABLE wanted"
			  " (pool INTEGER, first INTEGER, last INTEGER)") < 0)
		return -1;
	for (size_t i = 0; i < choice->name_count; i++) {
		const struct query_name *name = &choice->names[i];
		bool all = name->worker < 0;

		if (run(copy, "INSERT INTO temp.wanted VALUES (?1, ?2, ?3)",
			(int64_t[]){name->pool, all ? 0 : name->worker,
				    all ? INT64_MAX : name->worker},
			3) < 0)
			return -1;
	}
	if (choice->name_count > 0)
		return 0;
	return run(copy,
		   "INSERT INTO temp.wanted SELECT id, 0, 9223372036854775807"
		   " FROM past.pool WHERE hidden <= ?1",
		   (int64_t[]){choice->hidden}, 1);
}

/* The columns of runs may stand in another order in a file that an older reeve
 * made. */
static int copy_runs(struct copy *copy)
{
	sqlite3_stmt *statement = NULL;
	int result = -1;
	char *sql;

	if (sqlite3_prepare_v2(copy->base,
			       "SELECT group_concat(name, ', ')"
			       " FROM pragma_table_info('run', 'main')",
			       -1, &statement, NULL) != SQLITE_OK)
		return fail(copy);
	if (sqlite3_step(statement) == SQLITE_ROW) {
		const unsigned char *names = sqlite3_column_text(statement, 0);

		sql = sqlite3_mprintf("INSERT INTO main.run (%s) SELECT %s"
				      " FROM past.run WHERE run IN"
				      " (SELECT run FROM temp.chosen)",
				      names, names);
		result = sql ? run(copy, sql, NULL, 0) : fail(copy);
		sqlite3_free(sql);
	} else {
		fail(copy);
	}
	sqlite3_finalize(statement);
	return result;
}

static int copy_rows(struct copy *copy)
{
	/* Far away from the ends, so that nothing overflows. */
	const int64_t far_us = INT64_C(1) << 60;
	const int64_t span[2] = {
		copy->choice->since_us > -far_us ? copy->choice->since_us
						 : -far_us,
		copy->choice->until_us < far_us ? copy->choice->until_us
						: far_us,
	};

	for (size_t i = 0; i < sizeof(copies) / sizeof(copies[0]); i++)
		if ((copies[i] ? run(copy, copies[i], span, 2)
			       : copy_runs(copy)) < 0)
			return -1;
	return 0;
}

static int count_rows(struct copy *copy, const char *sql, int64_t *number)
{
	sqlite3_stmt *statement = NULL;
	int result;

	if (sqlite3_prepare_v2(copy->base, sql, -1, &statement, NULL) !=
	    SQLITE_OK)
		return fail(copy);
	result = sqlite3_step(statement);
	*number = sqlite3_column_int64(statement, 0);
	sqlite3_finalize(statement);
	return result == SQLITE_ROW ? 0 : fail(copy);
}

/* Makes an empty history as the recorder makes one, and leaves its log behind:
 * the copy is one file, which may be read where nobody can write. */
static int make_empty(struct copy *copy)
{
	enum history_problem problem;
	struct history *history = history_open(partial, &problem, copy->error);

	if (!history)
		return -1;
	history_close(history);
	if (sqlite3_open_v2(partial, &copy->base,
			    SQLITE_OPEN_READWRITE | SQLITE_OPEN_URI |
				    SQLITE_OPEN_NOMUTEX,
			    NULL) != SQLITE_OK)
		return fail(copy);
	sqlite3_busy_timeout(copy->base, 2000);
	return execute(copy, "PRAGMA journal_mode = DELETE;"
			     "PRAGMA temp_store = MEMORY;"
			     "PRAGMA cache_size = -65536;");
}

static int fill(struct copy *copy, const struct query *query,
		struct export_count *count)
{
	if (make_empty(copy) < 0 || attach(copy, query) < 0 ||
	    execute(copy, "BEGIN") < 0 || note_wanted(copy) < 0 ||
	    copy_rows(copy) < 0 || execute(copy, "COMMIT") < 0 ||
	    count_rows(copy, "SELECT count(*) FROM main.run", &count->runs) <
		    0 ||
	    count_rows(copy, "SELECT count(*) FROM main.event",
		       &count->events) < 0)
		return -1;
	return execute(copy, "DETACH past");
}

/* Gives the complete copy its name; never that of another file. */
static int name_copy(const struct copy *copy)
{
	if (link(partial, copy->path) == 0)
		return 0;
	/* Where the file system knows no links. */
	if (errno != EEXIST && renameat2(AT_FDCWD, partial, AT_FDCWD,
					 copy->path, RENAME_NOREPLACE) == 0)
		return 0;
	return error_set_errno(copy->error, "cannot write %s", copy->path);
}

/* Removes a copy that is not complete, with what SQLite keeps beside it. All in
 * it may be called from a handler, signal-safety(7). */
static void remove_copy(const char *path)
{
	static const char *const behind[] = {"", "-journal", "-wal", "-shm"};
	const size_t length = strnlen(path, sizeof(partial));
	char one[sizeof(partial) + 16];

	for (size_t i = 0; i < sizeof(behind) / sizeof(behind[0]); i++) {
		memcpy(one, path, length);
		memcpy(one + length, behind[i], strlen(behind[i]) + 1);
		unlink(one);
	}
}

/*
 * Makes the file that is filled, and locks it as long as this process lives.
 * Returns a descriptor, or -1 and the reason.
 */
static int make_partial(const struct copy *copy)
{
	int fd;

	if ((size_t)snprintf(partial, sizeof(partial), PARTIAL "%ld",
			     copy->path, (long)getpid()) >= sizeof(partial)) {
		errno = ENAMETOOLONG;
		return error_set_errno(copy->error, "cannot write %s",
				       copy->path);
	}
	/* One of that name is of a process that had this number. */
	remove_copy(partial);
	fd = open(partial, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return error_set_errno(copy->error, "cannot write %s",
				       copy->path);
	flock(fd, LOCK_EX | LOCK_NB);
	return fd;
}

static bool is_locked(int fd)
{
	return flock(fd, LOCK_EX | LOCK_NB) < 0;
}

/* Removes what exports to the same file have left that were killed: nobody
 * locks it any more. */
static void remove_left(const char *path)
{
	char pattern[2 * sizeof(partial)];
	size_t used = 0;
	glob_t found;

	for (; *path != '\0' && used + 32 < sizeof(pattern); path++) {
		if (strchr("*?[\\", *path))
			pattern[used++] = '\\';
		pattern[used++] = *path;
	}
	snprintf(pattern + used, sizeof(pattern) - used, PARTIAL "[0-9]*", "");
	if (glob(pattern, 0, NULL, &found) != 0)
		return;
	for (size_t i = 0; i < found.gl_pathc; i++) {
		const char *left = found.gl_pathv[i];
		const char *number = strrchr(left, '-') + 1;
		int fd = number[strspn(number, "0123456789")] == '\0'
				 ? open(left, O_RDONLY | O_NOFOLLOW |
						      O_NONBLOCK | O_CLOEXEC)
				 : -1;

		if (fd >= 0 && !is_locked(fd))
			remove_copy(left);
		if (fd >= 0)
			close(fd);
	}
	globfree(&found);
}

/* A signal that ends the process; all in it may be called from a handler,
 * signal-safety(7). */
static void clean_and_end(int signal)
{
	remove_copy(partial);
	raise(signal);
}

static void handle_signals(void (*handler)(int))
{
	static const int signals[] = {SIGINT, SIGTERM, SIGHUP};
	struct sigaction action = {
		.sa_handler = handler,
		.sa_flags = handler == SIG_DFL ? 0 : (int)SA_RESETHAND,
	};

	sigemptyset(&action.sa_mask);
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		sigaction(signals[i], &action, NULL);
}

int export_history(struct query *query, const struct export_choice *choice,
		   const char *path, struct export_count *count,
		   struct error *error)
{
	struct copy copy = {.choice = choice, .path = path, .error = error};
	int result, fd;

	/* Said before the work, not after it. */
	if (access(path, F_OK) == 0) {
		errno = EEXIST;
		return error_set_errno(error, "cannot write %s", path);
	}
	remove_left(path);
	fd = make_partial(&copy);
	if (fd < 0)
		return -1;
	handle_signals(clean_and_end);
	result = fill(&copy, query, count);
	sqlite3_close(copy.base);
	if (result == 0)
		result = name_copy(&copy);
	remove_copy(partial);
	handle_signals(SIG_DFL);
	close(fd);
	return result;
}
