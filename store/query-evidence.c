#include "config.h"

#include "store/query-internal.h"

#include <stdlib.h>
#include <string.h>

/* One run has two, or few: it is looked at before the stop signal and before it
 * is killed. */
enum { EVIDENCE_COUNT_MAX = 16 };

static const char sql[] = "SELECT at, cause, text FROM finding"
			  " WHERE run = ?1 ORDER BY at LIMIT ?2";

/* What is left of a run is killed at its end. */
static const int64_t AROUND_END_US = 600000000;

static const char killed_sql[] =
	"SELECT json_extract(detail, '$.text') FROM event"
	" INDEXED BY event_worker WHERE pool = ?1 AND worker = ?2"
	" AND at BETWEEN ?3 AND ?5 AND run = ?4 AND kind = (SELECT id FROM "
	"kind WHERE word = 'swept')"
	" ORDER BY at LIMIT 1";

ssize_t query_evidence(struct query *query, int64_t run,
		       struct past_evidence **list, struct error *error)
{
	sqlite3_stmt *statement = query_prepare(query, sql, error);
	ssize_t count = 0;
	int result;

	*list = NULL;
	if (!statement)
		return -1;
	*list = calloc(EVIDENCE_COUNT_MAX, sizeof(**list));
	if (!*list) {
		sqlite3_finalize(statement);
		return error_set(error, "cannot read evidence: out of memory");
	}
	sqlite3_bind_int64(statement, 1, run);
	sqlite3_bind_int64(statement, 2, EVIDENCE_COUNT_MAX);
	while ((result = sqlite3_step(statement)) == SQLITE_ROW) {
		struct past_evidence *evidence = &(*list)[count];

		evidence->at_us = sqlite3_column_int64(statement, 0);
		evidence->cause =
			(enum end_cause)sqlite3_column_int(statement, 1);
		evidence->text = query_text(statement, 2);
		count += evidence->text != NULL;
	}
	if (result != SQLITE_DONE)
		query_fail(query, error);
	sqlite3_finalize(statement);
	return result == SQLITE_DONE ? count : -1;
}

int query_killed(struct query *query, const struct past_run *run, char **names,
		 struct error *error)
{
	sqlite3_stmt *statement = query_prepare(query, killed_sql, error);
	int result;

	*names = NULL;
	if (!statement)
		return -1;
	sqlite3_bind_int64(statement, 1, run->name.pool);
	sqlite3_bind_int64(statement, 2, run->name.worker);
	sqlite3_bind_int64(statement, 3, run->ended_at_us - AROUND_END_US);
	sqlite3_bind_int64(statement, 4, run->run);
	sqlite3_bind_int64(statement, 5, run->ended_at_us + AROUND_END_US);
	result = sqlite3_step(statement);
	if (result == SQLITE_ROW) {
		*names = query_text(statement, 0);
	} else if (result != SQLITE_DONE) {
		query_fail(query, error);
	}
	sqlite3_finalize(statement);
	return result == SQLITE_ROW || result == SQLITE_DONE ? 0 : -1;
}

void past_evidence_free(struct past_evidence *list, ssize_t count)
{
	for (ssize_t i = 0; i < count; i++)
		free(list[i].text);
	free(list);
}
