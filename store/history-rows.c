#include "config.h"

#include "store/history-internal.h"

#include "base/escape.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The number of the event's pool, which is made where it is new; 0 where the
 * event is about none. Returns -1 and the reason on a failure. */
static int64_t find_pool(struct history *history,
			 const struct event_record *event, struct error *error)
{
	static const enum history_statement order[] = {STATEMENT_GET_POOL,
						       STATEMENT_ADD_POOL};

	if (event->pool[0] == '\0')
		return 0;
	for (size_t i = 0; i < 2; i++) {
		sqlite3_stmt *statement = history->statements[order[i]];
		int64_t pool = 0;
		int result;

		sqlite3_bind_text(statement, 1, event->pool, -1, SQLITE_STATIC);
		sqlite3_bind_int(statement, 2, event->hidden != 0);
		result = sqlite3_step(statement);
		if (result == SQLITE_ROW)
			pool = sqlite3_column_int64(statement, 0);
		else if (result != SQLITE_DONE)
			history_fail(history, error);
		sqlite3_reset(statement);
		if (result != SQLITE_DONE)
			return result == SQLITE_ROW ? pool : -1;
	}
	return error_set(error, "cannot write %s: no number for pool %s",
			 history->path, event->pool);
}

/* What of an event has no column of its own. The caller frees it. */
static char *detail_of(const struct event_record *event)
{
	static const char *const elsewhere[] = {
		"at", "event", "pool", "worker", "run", "hidden", "samples"};
	json_t *object = event_to_json(event);
	char *text;

	for (size_t i = 0; i < sizeof(elsewhere) / sizeof(elsewhere[0]); i++)
		json_object_del(object, elsewhere[i]);
	if (event->kind == EVENT_CONFIG_LOADED)
		json_object_del(object, "text");
	text = json_dumps(object, EVENT_JSON_FLAGS);
	json_decref(object);
	return text;
}

static int add_event(struct history *history, const struct event_record *event,
		     int64_t pool, struct error *error)
{
	sqlite3_stmt *statement = history->statements[STATEMENT_ADD_EVENT];
	char *detail = detail_of(event);
	int64_t at_us = event->at_us;
	int result;

	history_bind(statement, 2, pool != 0, pool);
	history_bind(statement, 3, event->worker > 0,
		     (int64_t)event->worker - 1);
	history_bind(statement, 4, event->run > 0, (int64_t)event->run);
	sqlite3_bind_int64(statement, 5, (int64_t)event->kind);
	sqlite3_bind_text(statement, 6, detail, -1, SQLITE_STATIC);
	/* The time is the key: look for the next free microsecond. */
	for (int64_t step = 1;; step *= 2) {
		sqlite3_bind_int64(statement, 1, at_us);
		result = history_run(history, STATEMENT_ADD_EVENT, error);
		if (result < 0 || sqlite3_changes(history->base) > 0)
			break;
		at_us += step;
	}
	free(detail);
	return result;
}

/* The output of a run has come. */
static void stop_waiting(struct history *history, uint64_t run)
{
	for (size_t i = 0; i < history->awaited_count; i++)
		if (history->awaited[i] == run)
			history->awaited[i] =
				history->awaited[--history->awaited_count];
}

static int add_output(struct history *history, const struct event_record *event,
		      struct error *error)
{
	sqlite3_stmt *statement = history->statements[STATEMENT_ADD_OUTPUT];
	char *tail = escape_text(event->text);
	int result;

	sqlite3_bind_int64(statement, 1, (int64_t)event->run);
	sqlite3_bind_int64(statement, 2, event->at_us);
	sqlite3_bind_text(statement, 3, tail ? tail : "", -1, SQLITE_STATIC);
	result = history_run(history, STATEMENT_ADD_OUTPUT, error);
	free(tail);
	if (result < 0)
		return -1;
	stop_waiting(history, event->run);
	return history_group_crash(history, event->run, error) < 0 ? -1 : 0;
}

/* Where the core of a run lies, or what its crashing thread was doing. */
static int add_core(struct history *history, const struct event_record *event,
		    enum history_statement which, struct error *error)
{
	sqlite3_stmt *statement = history->statements[which];
	char *text = escape_text(event->text);
	int result;

	sqlite3_bind_int64(statement, 1, (int64_t)event->run);
	sqlite3_bind_text(statement, 2, text ? text : "", -1, SQLITE_STATIC);
	result = history_run(history, which, error);
	free(text);
	if (result < 0)
		return -1;
	return history_group_crash(history, event->run, error) < 0 ? -1 : 0;
}

static int add_evidence(struct history *history,
			const struct event_record *event, struct error *error)
{
	sqlite3_stmt *statement = history->statements[STATEMENT_ADD_EVIDENCE];
	char *text = escape_text(event->text);
	int result;

	sqlite3_bind_int64(statement, 1, (int64_t)event->run);
	sqlite3_bind_int64(statement, 2, event->at_us);
	sqlite3_bind_int64(statement, 3, (int64_t)event->cause);
	sqlite3_bind_text(statement, 4, text ? text : "", -1, SQLITE_STATIC);
	result = history_run(history, STATEMENT_ADD_EVIDENCE, error);
	free(text);
	return result;
}

static int add_config(struct history *history, const struct event_record *event,
		      struct error *error)
{
	sqlite3_stmt *statement = history->statements[STATEMENT_ADD_CONFIG];
	char *text = escape_text(event->text);
	int result;

	sqlite3_bind_int64(statement, 1, (int64_t)event->config);
	sqlite3_bind_int64(statement, 2, event->at_us);
	sqlite3_bind_text(statement, 3, text, -1, SQLITE_STATIC);
	result = history_run(history, STATEMENT_ADD_CONFIG, error);
	free(text);
	return result;
}

/* Runs that a former supervisor did not see end. Those that the new one takes
 * over get their true end later. */
static int lose_runs(struct history *history, const struct event_record *event,
		     struct error *error)
{
	sqlite3_stmt *statement = history->statements[STATEMENT_LOSE_RUNS];

	sqlite3_bind_int64(statement, 1, event->at_us);
	sqlite3_bind_int64(statement, 2, CAUSE_LOST);
	return history_run(history, STATEMENT_LOSE_RUNS, error);
}

int history_add(struct history *history, const struct event_record *event,
		struct error *error)
{
	int64_t pool;

	if (event->kind == EVENT_OUTPUT)
		return add_output(history, event, error);
	if (event->kind == EVENT_BACKTRACE &&
	    add_core(history, event, STATEMENT_ADD_BACKTRACE, error) < 0)
		return -1;
	if (event->kind == EVENT_CORE &&
	    add_core(history, event, STATEMENT_ADD_CORE, error) < 0)
		return -1;
	if (event->kind == EVENT_EVIDENCE)
		return add_evidence(history, event, error);
	if (event->kind == EVENT_CONFIG_LOADED &&
	    add_config(history, event, error) < 0)
		return -1;
	if (event->kind == EVENT_INSTANCE_STARTED &&
	    lose_runs(history, event, error) < 0)
		return -1;
	pool = find_pool(history, event, error);
	if (pool < 0)
		return -1;
	if (event->kind == EVENT_SAMPLE)
		return history_add_sample(history, event, pool, error);
	if (event->run > 0 &&
	    (event->kind == EVENT_SPAWNED || event->kind == EVENT_READY ||
	     event->kind == EVENT_ENDED) &&
	    history_add_run(history, event, pool, error) < 0)
		return -1;
	return add_event(history, event, pool, error);
}
