#include "config.h"

#include "store/query-internal.h"

#include "store/event.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Names beyond these make one question too long for SQLite. */
enum { NAMES_MAX = 400 };

/* What all parts of the question share: ?1 since, ?2 until, ?3 kind, ?4 limit
 * or -1. */
#define FROM_TO "at BETWEEN ?1 AND ?2"
#define OF_KIND " AND kind = ?3"
#define LATEST " ORDER BY at DESC LIMIT ?4"

static void add_name(const struct query_name *name, bool of_kind, FILE *sql)
{
	fputs("SELECT * FROM (SELECT * FROM event INDEXED BY ", sql);
	if (name->worker >= 0)
		fprintf(sql, "event_worker WHERE pool = %lld AND worker = %lld",
			(long long)name->pool, (long long)name->worker);
	else
		fprintf(sql, "event_pool WHERE pool = %lld",
			(long long)name->pool);
	fprintf(sql, " AND " FROM_TO "%s" LATEST ")", of_kind ? OF_KIND : "");
}

/* The events of all names, found by their kind. */
static void add_names_by_kind(const struct event_choice *choice, FILE *sql)
{
	fputs("SELECT event.* FROM event INDEXED BY event_kind WHERE " FROM_TO
		      OF_KIND " AND (",
	      sql);
	for (size_t i = 0; i < choice->name_count; i++) {
		const struct query_name *name = &choice->names[i];

		fprintf(sql, "%spool = %lld", i > 0 ? " OR " : "",
			(long long)name->pool);
		if (name->worker >= 0)
			fprintf(sql, " AND worker = %lld",
				(long long)name->worker);
	}
	fputs(")", sql);
}

/* The events that are wanted, the newest first where there is a limit. */
static void write_inner(const struct event_choice *choice, bool by_kind,
			FILE *sql)
{
	bool of_kind = choice->kind != 0;

	if (choice->name_count == 0) {
		fprintf(sql, "SELECT event.* FROM event%s",
			of_kind ? " INDEXED BY event_kind" : "");
		if (!choice->hidden)
			fputs(" LEFT JOIN pool ON pool.id = event.pool", sql);
		fprintf(sql, " WHERE " FROM_TO "%s", of_kind ? OF_KIND : "");
		if (!choice->hidden)
			fputs(" AND NOT coalesce(pool.hidden, 0)", sql);
	}
	if (choice->name_count > 0 && by_kind) {
		add_names_by_kind(choice, sql);
		return;
	}
	for (size_t i = 0; i < choice->name_count; i++) {
		/* Not UNION ALL: names may overlap. */
		fputs(i > 0 ? " UNION " : "", sql);
		add_name(&choice->names[i], of_kind, sql);
	}
}

char *query_events_sql(const struct event_choice *choice, bool by_kind)
{
	char *text = NULL;
	size_t size;
	FILE *sql = open_memstream(&text, &size);

	if (!sql)
		return NULL;
	fputs("SELECT at, pool.name, worker, run, kind, detail FROM (", sql);
	write_inner(choice, by_kind, sql);
	if (choice->limit > 0)
		fputs(LATEST, sql);
	fputs(") AS chosen LEFT JOIN pool ON pool.id = chosen.pool"
	      " ORDER BY at",
	      sql);
	fclose(sql);
	return text;
}

static void read_event(sqlite3_stmt *row, struct past_event *event)
{
	*event = (struct past_event){
		.at_us = sqlite3_column_int64(row, 0),
		.pool = (const char *)sqlite3_column_text(row, 1),
		.worker = sqlite3_column_type(row, 2) == SQLITE_NULL
				  ? -1
				  : sqlite3_column_int64(row, 2),
		.run = sqlite3_column_int64(row, 3),
		.kind = sqlite3_column_int64(row, 4),
		.detail = (const char *)sqlite3_column_text(row, 5),
	};
	if (!event->detail)
		event->detail = "{}";
}

json_t *past_event_to_json(const struct past_event *event)
{
	struct event_record head = {
		.at_us = event->at_us,
		.worker = (uint64_t)(event->worker + 1),
		.run = (uint64_t)event->run,
	};
	json_t *detail = json_loads(event->detail, 0, NULL);
	json_t *object;

	snprintf(head.pool, sizeof(head.pool), "%s",
		 event->pool ? event->pool : "");
	object = event_to_json(&head);
	json_object_set_new(
		object, "event",
		json_string(event_kind_name((uint64_t)event->kind)));
	json_object_update(object, detail);
	json_decref(detail);
	return object;
}

/* Whether there are so few events of the kind that those of names are better
 * looked for among them. Sets `*rare`. */
static int is_rare(struct query *query, const struct event_choice *choice,
		   bool *rare, struct error *error)
{
	enum { RARE = 10000 };
	sqlite3_stmt *statement;
	int result;

	*rare = false;
	if (choice->kind == 0 || choice->name_count == 0)
		return 0;
	statement = query_prepare(
		query,
		"SELECT count(*) FROM (SELECT 1 FROM event"
		" INDEXED BY event_kind WHERE at BETWEEN ?1 AND ?2"
		" AND kind = ?3 LIMIT ?4)",
		error);
	if (!statement)
		return -1;
	sqlite3_bind_int64(statement, 1, choice->since_us);
	sqlite3_bind_int64(statement, 2, choice->until_us);
	sqlite3_bind_int64(statement, 3, (int64_t)choice->kind);
	sqlite3_bind_int64(statement, 4, RARE);
	result = sqlite3_step(statement);
	if (result == SQLITE_ROW)
		*rare = sqlite3_column_int(statement, 0) < RARE;
	else
		query_fail(query, error);
	sqlite3_finalize(statement);
	return result == SQLITE_ROW ? 0 : -1;
}

int query_events(struct query *query, const struct event_choice *choice,
		 past_event_fn *tell, void *context, struct error *error)
{
	sqlite3_stmt *statement;
	struct past_event event;
	bool rare;
	int result;
	char *sql;

	if (choice->name_count > NAMES_MAX)
		return error_set(error,
				 "cannot read %s: %zu names are too many",
				 query->path, choice->name_count);
	if (is_rare(query, choice, &rare, error) < 0)
		return -1;
	sql = query_events_sql(choice, rare);
	if (!sql)
		return error_set_errno(error, "cannot read %s", query->path);
	statement = query_prepare(query, sql, error);
	free(sql);
	if (!statement)
		return -1;
	sqlite3_bind_int64(statement, 1, choice->since_us);
	sqlite3_bind_int64(statement, 2, choice->until_us);
	if (choice->kind != 0)
		sqlite3_bind_int64(statement, 3, (int64_t)choice->kind);
	sqlite3_bind_int64(statement, 4,
			   choice->limit > 0 ? (int64_t)choice->limit : -1);
	while ((result = sqlite3_step(statement)) == SQLITE_ROW) {
		read_event(statement, &event);
		if (!tell(&event, context)) {
			result = SQLITE_DONE;
			break;
		}
	}
	if (result != SQLITE_DONE)
		query_fail(query, error);
	sqlite3_finalize(statement);
	return result == SQLITE_DONE ? 0 : -1;
}
