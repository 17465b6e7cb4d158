#include "config.h"

#include "store/history-internal.h"

#include "base/escape.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Where the number of a pool is kept in mind. */
static struct history_pool *pool_slot(struct history *history, const char *name)
{
	unsigned sum = 0;

	for (; *name != '\0'; name++)
		sum = sum * 31 + (unsigned char)*name;
	return &history->pools[sum % HISTORY_POOL_SLOTS];
}

/* Looks for the event's pool in the file, and makes it where it is new. Returns
 * its number, or -1 and the reason. */
static int64_t look_up_pool(struct history *history,
			    const struct event_record *event,
			    struct error *error)
{
	static const enum history_statement order[] = {STATEMENT_GET_POOL,
						       STATEMENT_ADD_POOL};

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

/* The number of the event's pool, which is made where it is new; 0 where the
 * event is about none. Returns -1 and the reason on a failure. */
static int64_t find_pool(struct history *history,
			 const struct event_record *event, struct error *error)
{
	struct history_pool *slot = pool_slot(history, event->pool);
	bool hidden = event->hidden != 0;
	int64_t id;

	if (event->pool[0] == '\0')
		return 0;
	if (slot->hidden >= hidden && strcmp(slot->name, event->pool) == 0)
		return slot->id;
	id = look_up_pool(history, event, error);
	if (id < 0)
		return -1;
	memcpy(slot->name, event->pool, sizeof(slot->name));
	slot->hidden = hidden;
	slot->id = id;
	return id;
}

static int add_event(struct history *history, const struct event_record *event,
		     int64_t pool, struct error *error)
{
	sqlite3_stmt *statement = history->statements[STATEMENT_ADD_EVENT];
	char *detail = event_detail(event);
	int64_t at_us = event->at_us;
	int result;

	history_bind(statement, 2, pool != 0, pool);
	history_bind(statement, 3, event->worker > 0,
		     (int64_t)event->worker - 1);
	history_bind(statement, 4, event->run > 0, (int64_t)event->run);
	sqlite3_bind_int64(statement, 5, (int64_t)event->kind);
	sqlite3_bind_text(statement, 6, detail ? detail : "{}", -1,
			  SQLITE_STATIC);
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

/* Writes where the core of a run lies, or what its crashing thread was doing;
 * or that a core lies there no more that a later one was written over. */
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

/* Once what its last run has left is gone, too, a worker stops or goes on: that
 * is what came of the end of that run. */
static int settle_run(struct history *history, const struct event_record *event,
		      int64_t pool, struct error *error)
{
	sqlite3_stmt *statement = history->statements[STATEMENT_SETTLE_RUN];

	if (event->kind != EVENT_STATE ||
	    event->state_before != WORKER_STOPPING || event->worker == 0)
		return 0;
	sqlite3_bind_int64(statement, 1, pool);
	sqlite3_bind_int64(statement, 2, (int64_t)event->worker - 1);
	sqlite3_bind_int64(statement, 3, (int64_t)event->state);
	sqlite3_bind_int64(statement, 4, WORKER_STOPPING);
	return history_run(history, STATEMENT_SETTLE_RUN, error);
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
	    (add_core(history, event, STATEMENT_LOSE_CORE, error) < 0 ||
	     add_core(history, event, STATEMENT_ADD_CORE, error) < 0))
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
	if (pool < 0 || settle_run(history, event, pool, error) < 0)
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
