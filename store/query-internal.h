#ifndef STORE_QUERY_INTERNAL_H
#define STORE_QUERY_INTERNAL_H

#include "store/query.h"

#include <sqlite3.h>

/* What query.c, query-events.c and query-runs.c share. */

struct query {
	sqlite3 *base;
	char path[600];
};

/* Fills `error` from the last failed call; returns -1. */
int query_fail(struct query *query, struct error *error);

/* Prepares one statement. NULL and the reason on a failure. */
sqlite3_stmt *query_prepare(struct query *query, const char *sql,
			    struct error *error);

/* The statements of query-runs.c; NULL behind the last. */
const char *query_run_sql(size_t number);

#endif
