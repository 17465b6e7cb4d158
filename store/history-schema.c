#include "config.h"

#include "store/history-internal.h"

#include "store/schema.h"

#include <stdio.h>

/* Commits wait for no disk (the log is synchronised when it is moved into the
 * file); the log and the memory stay small; room that becomes free is given
 * back in small steps. */
static const char settings_sql[] = "PRAGMA auto_vacuum = INCREMENTAL;"
				   "PRAGMA journal_mode = WAL;"
				   "PRAGMA synchronous = NORMAL;"
				   "PRAGMA wal_autocheckpoint = 1000;"
				   "PRAGMA journal_size_limit = 16777216;"
				   "PRAGMA cache_size = -1024;";

/* Words may be added by a newer reeve without a newer version. */
static int write_words(struct history *history, struct error *error)
{
	char sql[128];

#define X(enumerator, number, word, crash)                                    \
	snprintf(sql, sizeof(sql),                                            \
		 "INSERT OR IGNORE INTO cause VALUES (%d, '%s', %d)", number, \
		 word, crash);                                                \
	if (number != CAUSE_NONE && history_execute(history, sql, error) < 0) \
		return -1;
	END_CAUSES(X)
#undef X
#define X(enumerator, number, word)                                      \
	snprintf(sql, sizeof(sql),                                       \
		 "INSERT OR IGNORE INTO kind VALUES (%d, '%s')", number, \
		 word);                                                  \
	if (history_execute(history, sql, error) < 0)                    \
		return -1;
	EVENT_KINDS(X)
#undef X
#define X(enumerator, number, word, rank)                                 \
	snprintf(sql, sizeof(sql),                                        \
		 "INSERT OR IGNORE INTO state VALUES (%d, '%s')", number, \
		 word);                                                   \
	if (history_execute(history, sql, error) < 0)                     \
		return -1;
	WORKER_STATES(X)
#undef X
	return 0;
}

static int execute_all(struct history *history, const char *const *parts,
		       struct error *error)
{
	for (; *parts; parts++)
		if (history_execute(history, *parts, error) < 0)
			return -1;
	return 0;
}

/* Drops all views and indexes: they are made anew. */
static int drop_rest(struct history *history, struct error *error)
{
	static const char find_sql[] =
		"SELECT 'DROP ' || type || ' ' || name FROM sqlite_master"
		" WHERE type IN ('view', 'index') AND sql IS NOT NULL"
		" ORDER BY type DESC LIMIT 1";
	sqlite3_stmt *find = NULL;
	char sql[128];
	int result = 0;

	if (sqlite3_prepare_v2(history->base, find_sql, -1, &find, NULL) !=
	    SQLITE_OK)
		return history_fail(history, error);
	while (result == 0 && sqlite3_step(find) == SQLITE_ROW) {
		snprintf(sql, sizeof(sql), "%s",
			 (const char *)sqlite3_column_text(find, 0));
		sqlite3_reset(find);
		result = history_execute(history, sql, error);
	}
	sqlite3_finalize(find);
	return result;
}

/* The crashes of a file that knew no groups. */
static int group_crashes(struct history *history, struct error *error)
{
	static const char find_sql[] =
		"SELECT min(run) FROM run WHERE run > ?1 AND cause IN"
		" (SELECT id FROM cause WHERE crash)";
	sqlite3_stmt *find = NULL;
	int64_t run = 0;
	int result = 0;

	if (sqlite3_prepare_v2(history->base, find_sql, -1, &find, NULL) !=
	    SQLITE_OK)
		return history_fail(history, error);
	while (result >= 0) {
		sqlite3_bind_int64(find, 1, run);
		if (sqlite3_step(find) != SQLITE_ROW ||
		    sqlite3_column_type(find, 0) == SQLITE_NULL)
			break;
		run = sqlite3_column_int64(find, 0);
		sqlite3_reset(find);
		result = history_group_crash(history, (uint64_t)run, error);
	}
	sqlite3_finalize(find);
	return result < 0 ? -1 : 0;
}

static int migrate(struct history *history, int version, struct error *error)
{
	if (drop_rest(history, error) < 0)
		return -1;
	for (; version < SCHEMA_VERSION; version++)
		if (execute_all(history, schema_migration(version), error) < 0)
			return -1;
	return execute_all(history, schema_rest, error);
}

static int set_version(struct history *history, struct error *error)
{
	char sql[128];

	snprintf(sql, sizeof(sql),
		 "PRAGMA application_id = %d; PRAGMA user_version = %d",
		 SCHEMA_APPLICATION, SCHEMA_VERSION);
	return history_execute(history, sql, error);
}

/* Whose file is it? Nothing is written. Sets `*version`, to 0 for a new one. */
static int check_file(struct history *history, int *version,
		      struct error *error)
{
	int64_t application = 0, number = 0, tables = 0;

	if (history_read_number(history, "PRAGMA application_id", &application,
				error) < 0 ||
	    history_read_number(history, "PRAGMA user_version", &number,
				error) < 0 ||
	    history_read_number(history, "SELECT count(*) FROM sqlite_master",
				&tables, error) < 0)
		return -1;
	*version = (int)number;
	if (application == 0 && number == 0 && tables == 0)
		return 0;
	if (number > SCHEMA_VERSION && application == SCHEMA_APPLICATION) {
		history->problem = HISTORY_NEWER;
		return error_set(error,
				 "cannot write %s: a newer version of reeve "
				 "made it (schema %d, this one knows %d)",
				 history->path, *version, SCHEMA_VERSION);
	}
	if (application != SCHEMA_APPLICATION || number < 1) {
		history->problem = HISTORY_JUNK;
		return error_set(error, "cannot use %s: it is no history",
				 history->path);
	}
	return 0;
}

/* An older file has to be written anew once to be able to shrink. Where there
 * is no room for that now, it is tried again when it is opened next. */
static int allow_shrinking(struct history *history, struct error *error)
{
	struct error ignored;
	int64_t mode = 0;

	if (history_read_number(history, "PRAGMA auto_vacuum", &mode, error) <
	    0)
		return -1;
	if (mode == 0)
		history_execute(history, "VACUUM", &ignored);
	return 0;
}

static int write_schema(struct history *history, int version,
			struct error *error)
{
	bool old = version > 0 && version < SCHEMA_VERSION;
	int result = 0;

	if (version == 0)
		result = execute_all(history, schema_parts, error);
	else if (old)
		result = migrate(history, version, error);
	if (result == 0 && version < SCHEMA_VERSION)
		result = set_version(history, error);
	if (result < 0 || write_words(history, error) < 0 ||
	    history_prepare(history, error) < 0)
		return -1;
	return old ? group_crashes(history, error) : 0;
}

int history_set_up(struct history *history, struct error *error)
{
	int version;

	if (check_file(history, &version, error) < 0 ||
	    history_execute(history, settings_sql, error) < 0 ||
	    history_execute(history, "BEGIN IMMEDIATE", error) < 0 ||
	    write_schema(history, version, error) < 0 ||
	    history_execute(history, "COMMIT", error) < 0)
		return -1;
	return allow_shrinking(history, error);
}
