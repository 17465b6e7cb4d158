#include "config.h"

#include "store/trim.h"

#include "base/size.h"
#include "store/history-internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum {
	/* Of one transaction: rows that go … */
	ROWS_MAX = 500,
	/* … runs, with their output … */
	RUNS_MAX = 50,
	/* … keys that are looked at … */
	KEYS_MAX = 200,
	/* … and pages that are moved to the front of the file. */
	PAGES_MAX = 256,
	/* Free pages that are not worth it to give back. */
	PAGES_FREE = 256,
	SHRINK_MAX = 6,
};

/* So far the present moves on between two passes. */
#define BELIEVED_US INT64_C(3600000000)

enum stage {
	STAGE_PRESENT,
	STAGE_EVENTS,
	STAGE_RUNS,
	STAGE_SAMPLES,
	STAGE_MINUTES,
	STAGE_HOURS,
	STAGE_SIZE,
	STAGE_GROUPS,
	STAGE_VACUUM,
	STAGE_DONE,
};

/* What a step works on. */
struct step {
	struct trim *trim;
	struct history *history;
	const struct retention *retention;
	int64_t clock_us;
	struct error *error;
};

void trim_begin(struct trim *trim)
{
	*trim = (struct trim){.stage = STAGE_PRESENT};
}

static void enter(struct trim *trim, enum stage stage)
{
	trim->stage = (int)stage;
	trim->key = -1;
	trim->key2 = -1;
}

/* Runs one statement with up to three numbers, and reads up to two of its first
 * row into `row`, where that is wanted. Returns how many rows it changed, or
 * for a row 1 and for none 0; or -1 and the reason. */
static int run_sql(const struct step *step, const char *sql,
		   const int64_t values[3], int64_t row[2])
{
	sqlite3 *base = step->history->base;
	sqlite3_stmt *statement = NULL;
	int count = 0, result;

	if (sqlite3_prepare_v2(base, sql, -1, &statement, NULL) != SQLITE_OK)
		return history_fail(step->history, step->error);
	for (int i = 0; i < sqlite3_bind_parameter_count(statement); i++)
		sqlite3_bind_int64(statement, i + 1, values[i]);
	result = sqlite3_step(statement);
	if (result == SQLITE_ROW && row) {
		row[0] = sqlite3_column_int64(statement, 0);
		row[1] = sqlite3_column_int64(statement, 1);
		count = 1;
	} else if (result == SQLITE_DONE && !row) {
		count = sqlite3_changes(base);
	}
	while (result == SQLITE_ROW)
		result = sqlite3_step(statement);
	if (result != SQLITE_DONE)
		history_fail(step->history, step->error);
	sqlite3_finalize(statement);
	return result == SQLITE_DONE ? count : -1;
}

/* What is kept `span_s` goes before this time; 0: all is kept. */
static int64_t limit_us(const struct step *step, int64_t span_s)
{
	return span_s > 0 ? step->trim->now_us - span_s * 1000000 : 0;
}

/* ---- the stages; each does one transaction's work, returns -1 on a failure,
 * and enters the next stage when it is done ---- */

static int find_present(const struct step *step)
{
	struct trim *trim = step->trim;
	int64_t row[2] = {0};
	int known = run_sql(step,
			    "SELECT value, 0 FROM upkeep"
			    " WHERE name = 'present_us'",
			    NULL, row);

	if (known < 0)
		return -1;
	trim->now_us = step->clock_us;
	if (known > 0 && row[0] + BELIEVED_US < trim->now_us)
		trim->now_us = row[0] + BELIEVED_US;
	enter(trim, STAGE_EVENTS);
	return run_sql(step,
		       "INSERT OR REPLACE INTO upkeep (name, value)"
		       " VALUES ('present_us', ?1)",
		       (int64_t[3]){trim->now_us}, NULL);
}

static int drop_events(const struct step *step, int64_t before_us)
{
	return run_sql(step,
		       "DELETE FROM event WHERE at IN (SELECT at FROM event"
		       " WHERE at < ?1 ORDER BY at LIMIT ?2)",
		       (int64_t[3]){before_us, ROWS_MAX}, NULL);
}

static int forget_events(const struct step *step)
{
	int count =
		drop_events(step, limit_us(step, step->retention->events_s));

	if (count >= 0 && count < ROWS_MAX)
		enter(step->trim, STAGE_RUNS);
	return count;
}

#define OLD_RUNS                                                  \
	" WHERE run IN (SELECT run FROM run INDEXED BY run_ended" \
	" WHERE ended_at < ?1 ORDER BY ended_at LIMIT ?2)"

/* Drops the oldest runs that ended before, with all that is known of them. */
static int drop_runs(const struct step *step, int64_t before_us)
{
	static const char *const statements[] = {
		"DELETE FROM output" OLD_RUNS, "DELETE FROM trend" OLD_RUNS,
		"DELETE FROM core" OLD_RUNS,   "DELETE FROM finding" OLD_RUNS,
		"DELETE FROM sample" OLD_RUNS, "DELETE FROM run" OLD_RUNS,
	};
	const int64_t values[3] = {before_us, RUNS_MAX};
	int count = 0;

	for (size_t i = 0; i < sizeof(statements) / sizeof(*statements); i++) {
		count = run_sql(step, statements[i], values, NULL);
		if (count < 0)
			return -1;
	}
	return count;
}

static int forget_runs(const struct step *step)
{
	int count = drop_runs(step, limit_us(step, step->retention->runs_s));

	if (count >= 0 && count < RUNS_MAX)
		enter(step->trim, STAGE_SAMPLES);
	return count;
}

/* A table of measurements: by a key of one or two numbers, then by time. */
struct series {
	const char *next_sql; /* the key that follows after ?1, ?2 */
	const char *drop_sql; /* of key ?1, ?2, what is older than ?3 */
	size_t span; /* offset of how long it is kept in struct retention */
	bool shrinks; /* is kept less long where the file is too large */
	enum stage then;
};

#define ROLL_UP_SERIES(table)                                               \
	.next_sql = "SELECT pool, worker FROM " table                       \
		    " WHERE (pool, worker) > (?1, ?2)"                      \
		    " ORDER BY pool, worker LIMIT 1",                       \
	.drop_sql = "DELETE FROM " table " WHERE pool = ?1 AND worker = ?2" \
		    " AND at < ?3"

static const struct series series[] = {
	[STAGE_SAMPLES] =
		{
			.next_sql = "SELECT run, 0 FROM sample WHERE run > ?1"
				    " AND ?2 = ?2 ORDER BY run LIMIT 1",
			.drop_sql = "DELETE FROM sample WHERE run = ?1"
				    " AND ?2 = ?2 AND at < ?3",
			.span = offsetof(struct retention, samples_s),
			.shrinks = true,
			.then = STAGE_MINUTES,
		},
	[STAGE_MINUTES] =
		{
			ROLL_UP_SERIES("minute"),
			.span = offsetof(struct retention, minutes_s),
			.shrinks = true,
			.then = STAGE_HOURS,
		},
	[STAGE_HOURS] =
		{
			ROLL_UP_SERIES("hour"),
			.span = offsetof(struct retention, hours_s),
			.then = STAGE_SIZE,
		},
};

static int64_t series_limit_us(const struct step *step,
			       const struct series *table)
{
	int64_t span_s;

	memcpy(&span_s, (const char *)step->retention + table->span,
	       sizeof(span_s));
	if (table->shrinks && step->trim->shrink > 0)
		/* What is kept for ever has to end somewhere, too. */
		span_s = (span_s > 0 ? span_s : INT64_C(365) * 24 * 3600) >>
			 step->trim->shrink;
	return limit_us(step, span_s);
}

static int forget_measurements(const struct step *step)
{
	const struct series *table = &series[step->trim->stage];
	const int64_t before_us = series_limit_us(step, table);
	struct trim *trim = step->trim;
	int count = 0, found = 1, dropped;

	for (int i = 0; i < KEYS_MAX && count < ROWS_MAX; i++) {
		int64_t row[2];

		found = run_sql(step, table->next_sql,
				(int64_t[3]){trim->key, trim->key2}, row);
		if (found <= 0)
			break;
		trim->key = row[0];
		trim->key2 = row[1];
		dropped =
			run_sql(step, table->drop_sql,
				(int64_t[3]){row[0], row[1], before_us}, NULL);
		if (dropped < 0)
			return -1;
		count += dropped;
	}
	if (found == 0)
		enter(trim, table->then);
	return found;
}

/* Bytes that rows fill. */
static int64_t size_of(struct history *history, struct error *error)
{
	int64_t pages, unused, size;

	if (history_read_number(history, "PRAGMA page_count", &pages, error) <
		    0 ||
	    history_read_number(history, "PRAGMA freelist_count", &unused,
				error) < 0 ||
	    history_read_number(history, "PRAGMA page_size", &size, error) < 0)
		return -1;
	return (pages - unused) * size;
}

int trim_is_due(struct history *history, const struct retention *retention,
		struct error *error)
{
	int64_t size;

	if (retention->max_size_bytes == 0)
		return 0;
	size = size_of(history, error);
	return size < 0 ? -1 : size > retention->max_size_bytes;
}

/* Says what was lost of the past. */
static int tell_loss(const struct step *step)
{
	struct event_record warning = {
		.kind = EVENT_WARNING,
		.at_us = step->clock_us,
	};
	char size[SIZE_TEXT_SIZE], text[160];
	struct trim *trim = step->trim;

	if (trim->lost_events == 0 && trim->lost_runs == 0)
		return 0;
	size_format(step->retention->max_size_bytes, size);
	warning.text.size = (size_t)snprintf(
		text, sizeof(text),
		"the history has reached its max_size of %s: the oldest "
		"%" PRId64 " events and %" PRId64 " runs were dropped",
		size, trim->lost_events, trim->lost_runs);
	warning.text.data = text;
	trim->lost_events = 0;
	trim->lost_runs = 0;
	return history_add(step->history, &warning, step->error);
}

/* Goes on through the outputs and drops those of runs that did not crash;
 * returns how many were looked at. */
static int drop_outputs(const struct step *step)
{
	struct trim *trim = step->trim;
	int64_t row[2], from = trim->key;
	int found = run_sql(step,
			    "SELECT max(run), count(*) FROM (SELECT run"
			    " FROM output WHERE run > ?1 ORDER BY run"
			    " LIMIT ?2)",
			    (int64_t[3]){from, ROWS_MAX}, row);

	if (found < 0 || row[1] == 0)
		return found < 0 ? -1 : 0;
	trim->key = row[0];
	return run_sql(step,
		       "DELETE FROM output WHERE run > ?1 AND run <= ?2"
		       " AND run IN (SELECT run FROM run WHERE crash_group"
		       " IS NULL AND ended_at IS NOT NULL)",
		       (int64_t[3]){from, row[0]}, NULL) < 0
		       ? -1
		       : (int)row[1];
}

/* Drops the oldest of what is most dispensable. */
static int drop_oldest(const struct step *step)
{
	struct trim *trim = step->trim;
	int count = drop_outputs(step);

	if (count != 0)
		return count;
	count = drop_events(step, trim->now_us);
	if (count < 0)
		return -1;
	trim->lost_events += count;
	count = drop_runs(step, trim->now_us);
	if (count < 0)
		return -1;
	trim->lost_runs += count;
	return count;
}

static int shrink(const struct step *step)
{
	struct trim *trim = step->trim;
	int due = trim_is_due(step->history, step->retention, step->error);
	int64_t events = trim->lost_events;
	int count;

	if (due < 0)
		return -1;
	if (due > 0 && trim->shrink < SHRINK_MAX) {
		trim->shrink++;
		enter(trim, STAGE_SAMPLES);
		return 0;
	}
	count = due > 0 ? drop_oldest(step) : 0;
	if (count < 0)
		return -1;
	if (count > 0 || trim->lost_events > events)
		return 0;
	enter(trim, STAGE_GROUPS);
	return tell_loss(step);
}

/* Forgets groups that no crash belongs to any more. */
static int forget_groups(const struct step *step)
{
	int64_t row[2] = {0};
	int found = run_sql(step,
			    "SELECT max(id), count(*) FROM (SELECT id"
			    " FROM crash_group WHERE id > ?1"
			    " ORDER BY id LIMIT ?2)",
			    (int64_t[3]){step->trim->key, ROWS_MAX}, row);

	if (found < 0)
		return -1;
	found = run_sql(step,
			"DELETE FROM crash_group WHERE id > ?1 AND id <= ?2"
			" AND NOT EXISTS (SELECT 1 FROM run INDEXED BY"
			" run_group WHERE crash_group = crash_group.id)",
			(int64_t[3]){step->trim->key, row[0]}, NULL);
	step->trim->key = row[0];
	if (row[1] < ROWS_MAX)
		enter(step->trim, STAGE_VACUUM);
	return found;
}

static int vacuum(const struct step *step)
{
	int64_t pages, unused;
	char sql[64];

	if (history_read_number(step->history, "PRAGMA page_count", &pages,
				step->error) < 0 ||
	    history_read_number(step->history, "PRAGMA freelist_count", &unused,
				step->error) < 0)
		return -1;
	if (unused < PAGES_FREE || unused < pages / 16) {
		enter(step->trim, STAGE_DONE);
		return 0;
	}
	snprintf(sql, sizeof(sql), "PRAGMA incremental_vacuum(%d)", PAGES_MAX);
	return history_execute(step->history, sql, step->error);
}

int trim_step(struct trim *trim, struct history *history,
	      const struct retention *retention, int64_t clock_us,
	      struct error *error)
{
	static int (*const stages[])(const struct step *) = {
		[STAGE_PRESENT] = find_present,
		[STAGE_EVENTS] = forget_events,
		[STAGE_RUNS] = forget_runs,
		[STAGE_SAMPLES] = forget_measurements,
		[STAGE_MINUTES] = forget_measurements,
		[STAGE_HOURS] = forget_measurements,
		[STAGE_SIZE] = shrink,
		[STAGE_GROUPS] = forget_groups,
		[STAGE_VACUUM] = vacuum,
	};
	const struct step step = {trim, history, retention, clock_us, error};

	if (trim->stage == STAGE_DONE)
		return 0;
	if (history_begin(history, error) < 0 ||
	    stages[trim->stage](&step) < 0 ||
	    history_commit(history, error) < 0)
		return -1;
	return trim->stage != STAGE_DONE;
}
