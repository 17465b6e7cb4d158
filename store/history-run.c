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
	history_bind(statement, place++, pool != 0, pool);
	history_bind(statement, place++, event->worker > 0,
		     (int64_t)event->worker - 1);
	history_bind(statement, place++, started_at(event) != 0,
		     started_at(event));
	history_bind(statement, place++, has_code, (int64_t)event->exit_code);
	sqlite3_bind_text(statement, place++, why, -1, SQLITE_STATIC);
	/* One above the one that is meant. */
	history_bind(statement, place++,
		     event->kind == EVENT_SPAWNED && event->uid > 0,
		     (int64_t)event->uid - 1);
	history_bind(statement, place++,
		     event->kind == EVENT_ENDED && event->uid > 0,
		     (int64_t)event->uid - 1);
	result = history_run(history, STATEMENT_SAVE_RUN, error);
	free(why);
	return result;
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

/*
 * Where the state folder was removed, numbers begin anew, while journals in the
 * runtime folder may still tell of runs before: what an earlier run of this
 * number left must not mix with the new one.
 */
static int forget_namesake(struct history *history,
			   const struct event_record *event,
			   struct error *error)
{
	static const enum history_statement parts[] = {
		STATEMENT_DROP_OUTPUT,
		STATEMENT_DROP_TREND,
		STATEMENT_DROP_CORE,
		STATEMENT_DROP_FINDINGS,
	};
	sqlite3_stmt *drop = history->statements[STATEMENT_DROP_RUN];

	sqlite3_bind_int64(drop, 1, (int64_t)event->run);
	sqlite3_bind_int64(drop, 2, event->at_us);
	if (history_run(history, STATEMENT_DROP_RUN, error) < 0)
		return -1;
	if (sqlite3_changes(history->base) == 0)
		return 0;
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		sqlite3_bind_int64(history->statements[parts[i]], 1,
				   (int64_t)event->run);
		if (history_run(history, parts[i], error) < 0)
			return -1;
	}
	return 0;
}

int history_add_run(struct history *history, const struct event_record *event,
		    int64_t pool, struct error *error)
{
	int has_output;

	if (event->kind == EVENT_SPAWNED &&
	    forget_namesake(history, event, error) < 0)
		return -1;
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
