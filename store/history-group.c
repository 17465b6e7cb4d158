#include "config.h"

#include "store/history-internal.h"

#include "store/fingerprint.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

/* What makes a group of crashes; bound in this order. */
struct group_key {
	int64_t pool;
	int64_t cause;
	int64_t exit_code; /* -1: none */
	int64_t exit_signal; /* 0: none */
	char sign[SIGN_SIZE];
};

static const char *text_of(sqlite3_stmt *row, int column)
{
	return (const char *)sqlite3_column_text(row, column);
}

static void read_key(sqlite3_stmt *row, struct group_key *key)
{
	*key = (struct group_key){
		.pool = sqlite3_column_int64(row, 0),
		.cause = sqlite3_column_int64(row, 1),
		.exit_code = sqlite3_column_int64(row, 2),
		.exit_signal = sqlite3_column_int64(row, 3),
	};
	if (key->cause == CAUSE_NOT_STARTED)
		snprintf(key->sign, sizeof(key->sign), "%s %s: %s",
			 text_of(row, 4) ? text_of(row, 4) : "",
			 text_of(row, 5) ? text_of(row, 5) : "",
			 strerror(sqlite3_column_int(row, 6)));
	else
		fingerprint(text_of(row, 7),
			    key->exit_code >= 0 || key->exit_signal == SIGABRT,
			    text_of(row, 8), key->sign);
}

/* Returns the number of the group, which is made where it is new; or -1 and the
 * reason. */
static int64_t find_group(struct history *history, const struct group_key *key,
			  struct error *error)
{
	static const enum history_statement order[] = {STATEMENT_GET_GROUP,
						       STATEMENT_ADD_GROUP};

	for (size_t i = 0; i < 2; i++) {
		sqlite3_stmt *statement = history->statements[order[i]];
		int64_t group = -1;
		int result;

		sqlite3_bind_int64(statement, 1, key->pool);
		sqlite3_bind_int64(statement, 2, key->cause);
		sqlite3_bind_int64(statement, 3, key->exit_code);
		sqlite3_bind_int64(statement, 4, key->exit_signal);
		sqlite3_bind_text(statement, 5, key->sign, -1, SQLITE_STATIC);
		result = sqlite3_step(statement);
		if (result == SQLITE_ROW)
			group = sqlite3_column_int64(statement, 0);
		else if (result != SQLITE_DONE)
			history_fail(history, error);
		sqlite3_reset(statement);
		if (result != SQLITE_DONE)
			return group;
	}
	return error_set(error, "cannot write %s: no number for a group",
			 history->path);
}

int history_group_crash(struct history *history, uint64_t run,
			struct error *error)
{
	sqlite3_stmt *facts = history->statements[STATEMENT_CRASH_FACTS];
	sqlite3_stmt *set = history->statements[STATEMENT_SET_GROUP];
	bool has_output = true;
	struct group_key key;
	int64_t group;
	int result;

	sqlite3_bind_int64(facts, 1, (int64_t)run);
	result = sqlite3_step(facts);
	if (result == SQLITE_ROW) {
		has_output = sqlite3_column_type(facts, 7) != SQLITE_NULL;
		read_key(facts, &key);
	} else if (result != SQLITE_DONE) {
		history_fail(history, error);
	}
	sqlite3_reset(facts);
	if (result != SQLITE_ROW)
		return result == SQLITE_DONE ? 1 : -1;
	group = find_group(history, &key, error);
	if (group < 0)
		return -1;
	sqlite3_bind_int64(set, 1, (int64_t)run);
	sqlite3_bind_int64(set, 2, group);
	return history_run(history, STATEMENT_SET_GROUP, error) < 0
		       ? -1
		       : has_output;
}
