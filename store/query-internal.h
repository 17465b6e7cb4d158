#ifndef STORE_QUERY_INTERNAL_H
#define STORE_QUERY_INTERNAL_H

#include "store/query.h"

#include <sqlite3.h>

/* What the files of the reading side share. */

struct query {
	sqlite3 *base;
	char path[600];
	char uri[2048]; /* by which it could be opened */
	dev_t device; /* which file that is */
	ino_t inode;
	int version; /* of its content, when it was looked at last */
	query_patience_fn *patience; /* NULL: as query_open() has it */
	void *patience_context;
};

/* Fills `error` from the last failed call; returns -1. */
int query_fail(struct query *query, struct error *error);

/* Prepares one statement. NULL and the reason on a failure. */
sqlite3_stmt *query_prepare(struct query *query, const char *sql,
			    struct error *error);

/* A text of a row, escaped: a file may be anybody's. The caller frees it. NULL
 * where there is none, or memory is short. */
char *query_text(sqlite3_stmt *row, int column);

/* The same in place, cut where it is too long; "" where there is none. */
void query_copy_text(sqlite3_stmt *row, int column, char *text, size_t size);

/* The SQL of query.c and query-runs.c, for the test that pins its plans; NULL
 * behind the last. */
const char *query_name_sql(size_t number);
const char *query_run_sql(size_t number);

/* The SQL of query_events(), which finds events of names by their kind where
 * `by_kind`; the caller frees it. NULL when memory is short. */
char *query_events_sql(const struct event_choice *choice, bool by_kind);

#endif
