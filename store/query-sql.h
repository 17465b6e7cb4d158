#ifndef STORE_QUERY_SQL_H
#define STORE_QUERY_SQL_H

#include "store/query.h"

/* One query in SQL by somebody else: it can read what the file holds, and
 * nothing more. */

struct sql;

/* Begins with one statement. SQLite refuses whatever would write, or would open
 * another file, before it is run. It is ended when `timeout_ns` have passed.
 * NULL and the reason on a failure. The query must outlive it. */
struct sql *sql_begin(struct query *query, const char *text, int64_t timeout_ns,
		      struct error *error);

/* How many columns its rows have, and their names. */
size_t sql_columns(const struct sql *sql);
const char *sql_column_name(const struct sql *sql, size_t column);

/* Goes to the next row. Returns 1, 0 behind the last, or -1 and the reason. */
int sql_next(struct sql *sql, struct error *error);

/* A value of the present row, as a new reference: a number, a string (what is
 * no UTF-8 or a control character escaped as \xNN), or null. */
json_t *sql_value(struct sql *sql, size_t column);

/* Frees it; NULL is fine. */
void sql_end(struct sql *sql);

#endif
