#include "config.h"

#include "store/history-internal.h"

#include "base/escape.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* When a column of a run gets its value. */
enum when {
	ALWAYS, /* where it is not 0 or empty */
	WHEN_SPAWNED,
	WHEN_SPAWNED_SET, /* where it is not 0 or empty */
	WHEN_READY,
	WHEN_ENDED, /* also when it is 0 */
	WHEN_ENDED_SET, /* where it is not 0 or empty */
	WHEN_RAN, /* ended, and had been started; also when it is 0 */
};

struct column {
	const char *name;
	enum when when;
	enum field_type type;
	size_t offset;
};

#define COLUMN(name, member, when, type)                                \
	{                                                               \
		name, when, type, offsetof(struct event_record, member) \
	}

static const struct column columns[] = {
	COLUMN("run", run, ALWAYS, FIELD_UNSIGNED),
	COLUMN("pid", pid, ALWAYS, FIELD_UNSIGNED),
	COLUMN("config", config, ALWAYS, FIELD_UNSIGNED),
	COLUMN("started_by", by, WHEN_SPAWNED, FIELD_TEXT),
	COLUMN("started_command", command, WHEN_SPAWNED_SET, FIELD_TEXT),
	COLUMN("cpus", cpus, WHEN_SPAWNED_SET, FIELD_TEXT),
	COLUMN("ready_at", at_us, WHEN_READY, FIELD_SIGNED),
	COLUMN("ended_at", at_us, WHEN_ENDED, FIELD_SIGNED),
	COLUMN("core", core, WHEN_ENDED, FIELD_UNSIGNED),
	COLUMN("exit_signal", exit_signal, WHEN_ENDED_SET, FIELD_UNSIGNED),
	COLUMN("cause", cause, WHEN_ENDED_SET, FIELD_UNSIGNED),
	COLUMN("step", step, WHEN_ENDED_SET, FIELD_TEXT),
	COLUMN("object", object, WHEN_ENDED_SET, FIELD_TEXT),
	COLUMN("error_number", error_number, WHEN_ENDED_SET, FIELD_UNSIGNED),
	COLUMN("state_after", state, WHEN_ENDED, FIELD_UNSIGNED),
	COLUMN("delay_ns", delay_ns, WHEN_ENDED, FIELD_UNSIGNED),
	COLUMN("ended_command", command, WHEN_ENDED_SET, FIELD_TEXT),
	COLUMN("memory_limit_bytes", memory_limit_bytes, WHEN_ENDED_SET,
	       FIELD_UNSIGNED),
	COLUMN("memory_peak_bytes", memory_peak_bytes, WHEN_ENDED_SET,
	       FIELD_UNSIGNED),
	COLUMN("oom_kills", oom_kills, WHEN_ENDED_SET, FIELD_UNSIGNED),
	COLUMN("told_errno", told_errno, WHEN_ENDED_SET, FIELD_UNSIGNED),
	COLUMN("told_exit_status", told_exit_status, WHEN_ENDED_SET,
	       FIELD_UNSIGNED),
	COLUMN("told_status", told_status, WHEN_ENDED_SET, FIELD_TEXT),
	COLUMN("cpu_user_us", cpu_user_us, WHEN_RAN, FIELD_UNSIGNED),
	COLUMN("cpu_system_us", cpu_system_us, WHEN_RAN, FIELD_UNSIGNED),
	COLUMN("max_rss_bytes", max_rss_bytes, WHEN_RAN, FIELD_UNSIGNED),
	COLUMN("minor_faults", minor_faults, WHEN_RAN, FIELD_UNSIGNED),
	COLUMN("major_faults", major_faults, WHEN_RAN, FIELD_UNSIGNED),
	COLUMN("voluntary_switches", voluntary_switches, WHEN_RAN,
	       FIELD_UNSIGNED),
	COLUMN("involuntary_switches", involuntary_switches, WHEN_RAN,
	       FIELD_UNSIGNED),
	COLUMN("blocks_in", blocks_in, WHEN_RAN, FIELD_UNSIGNED),
	COLUMN("blocks_out", blocks_out, WHEN_RAN, FIELD_UNSIGNED),
};
enum { COLUMN_COUNT = sizeof(columns) / sizeof(columns[0]) };

/* Columns whose value is not simply a member; bound behind the others. */
static const char *const computed[] = {"pool",	    "worker", "started_at",
				       "exit_code", "why",    "started_uid",
				       "ended_uid"};
enum { COMPUTED_COUNT = sizeof(computed) / sizeof(computed[0]) };

static void append(char *sql, size_t size, const char *before, const char *name,
		   const char *after)
{
	size_t used = strlen(sql);

	snprintf(sql + used, size - used, "%s%s%s", before, name, after);
}

void history_run_sql(char *sql, size_t size)
{
	const char *names[COLUMN_COUNT + COMPUTED_COUNT];
	size_t count = 0;

	for (size_t i = 0; i < COLUMN_COUNT; i++)
		names[count++] = columns[i].name;
	for (size_t i = 0; i < COMPUTED_COUNT; i++)
		names[count++] = computed[i];
	snprintf(sql, size, "INSERT INTO run (");
	for (size_t i = 0; i < count; i++)
		append(sql, size, i > 0 ? ", " : "", names[i], "");
	append(sql, size, ") VALUES (?", "", "");
	for (size_t i = 1; i < count; i++)
		append(sql, size, ", ?", "", "");
	append(sql, size, ") ON CONFLICT (run) DO UPDATE SET ", "", "");
	for (size_t i = 1; i < count; i++) {
		append(sql, size, i > 1 ? ", " : "", names[i], " = ");
		append(sql, size, "coalesce(excluded.", names[i], ", ");
		append(sql, size, "run.", names[i], ")");
	}
}

static bool is_set(const struct event_record *event,
		   const struct column *column)
{
	const char *at = (const char *)event + column->offset;
	uint64_t number;

	if (column->type == FIELD_TEXT)
		return *at != '\0';
	memcpy(&number, at, sizeof(number));
	return number != 0;
}

static bool is_wanted(const struct event_record *event,
		      const struct column *column)
{
	switch (column->when) {
	case ALWAYS:
		return is_set(event, column);
	case WHEN_SPAWNED:
		return event->kind == EVENT_SPAWNED;
	case WHEN_SPAWNED_SET:
		return event->kind == EVENT_SPAWNED && is_set(event, column);
	case WHEN_READY:
		return event->kind == EVENT_READY;
	case WHEN_ENDED:
		return event->kind == EVENT_ENDED;
	case WHEN_ENDED_SET:
		return event->kind == EVENT_ENDED && is_set(event, column);
	case WHEN_RAN:
		return event->kind == EVENT_ENDED &&
		       event->cause != CAUSE_NOT_STARTED;
	}
	return false;
}

static void bind_number(sqlite3_stmt *statement, int place, bool known,
			int64_t number)
{
	if (known)
		sqlite3_bind_int64(statement, place, number);
	else
		sqlite3_bind_null(statement, place);
}

static void bind_column(sqlite3_stmt *statement, int place,
			const struct event_record *event,
			const struct column *column)
{
	const char *at = (const char *)event + column->offset;
	int64_t number;

	if (!is_wanted(event, column)) {
		sqlite3_bind_null(statement, place);
	} else if (column->type == FIELD_TEXT) {
		sqlite3_bind_text(statement, place, at, -1, SQLITE_STATIC);
	} else {
		memcpy(&number, at, sizeof(number));
		sqlite3_bind_int64(statement, place, number);
	}
}

static int64_t started_at(const struct event_record *event)
{
	if (event->kind == EVENT_SPAWNED)
		return event->at_us;
	if (event->spawned_at_us > 0)
		return (int64_t)event->spawned_at_us;
	return event->cause == CAUSE_NOT_STARTED ? event->at_us : 0;
}

static int save_run(struct history *history, const struct event_record *event,
		    int64_t pool, struct error *error)
{
	sqlite3_stmt *statement = history->statements[STATEMENT_SAVE_RUN];
	bool has_code = event->kind == EVENT_ENDED && event->exit_signal == 0 &&
			event->cause != CAUSE_NOT_STARTED &&
			event->cause != CAUSE_LOST;
	char *why = event->kind == EVENT_ENDED && event->text.size > 0
			    ? escape_text(event->text)
			    : NULL;
	int place = 1, result;

	for (size_t i = 0; i < COLUMN_COUNT; i++)
		bind_column(statement, place++, event, &columns[i]);
	bind_number(statement, place++, pool != 0, pool);
	bind_number(statement, place++, event->worker > 0,
		    (int64_t)event->worker - 1);
	bind_number(statement, place++, started_at(event) != 0,
		    started_at(event));
	bind_number(statement, place++, has_code, (int64_t)event->exit_code);
	sqlite3_bind_text(statement, place++, why, -1, SQLITE_STATIC);
	/* One above the one that is meant. */
	bind_number(statement, place++,
		    event->kind == EVENT_SPAWNED && event->uid > 0,
		    (int64_t)event->uid - 1);
	bind_number(statement, place++,
		    event->kind == EVENT_ENDED && event->uid > 0,
		    (int64_t)event->uid - 1);
	result = history_run(history, STATEMENT_SAVE_RUN, error);
	free(why);
	return result;
}

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

	bind_number(statement, 2, pool != 0, pool);
	bind_number(statement, 3, event->worker > 0,
		    (int64_t)event->worker - 1);
	bind_number(statement, 4, event->run > 0, (int64_t)event->run);
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

static int add_trend(struct history *history, const struct event_record *event,
		     struct error *error)
{
	sqlite3_stmt *statement = history->statements[STATEMENT_ADD_TREND];

	if (event->samples.size == 0)
		return 0;
	sqlite3_bind_int64(statement, 1, (int64_t)event->run);
	sqlite3_bind_blob(statement, 2, event->samples.data,
			  (int)event->samples.size, SQLITE_STATIC);
	return history_run(history, STATEMENT_ADD_TREND, error);
}

/* A run has its row from spawn on; what is known at its end goes with it. */
static int add_run(struct history *history, const struct event_record *event,
		   int64_t pool, struct error *error)
{
	int has_output;

	if (save_run(history, event, pool, error) < 0)
		return -1;
	if (event->kind != EVENT_ENDED)
		return 0;
	if (add_trend(history, event, error) < 0)
		return -1;
	has_output = history_group_crash(history, event->run, error);
	if (has_output == 0 && event->cause != CAUSE_NOT_STARTED &&
	    history->awaited_count < HISTORY_AWAITED_MAX)
		history->awaited[history->awaited_count++] = event->run;
	return has_output < 0 ? -1 : 0;
}

int history_add(struct history *history, const struct event_record *event,
		struct error *error)
{
	int64_t pool;

	if (event->kind == EVENT_OUTPUT)
		return add_output(history, event, error);
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
	    add_run(history, event, pool, error) < 0)
		return -1;
	return add_event(history, event, pool, error);
}
