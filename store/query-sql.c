#include "config.h"

#include "store/query-sql.h"

#include "base/clock.h"
#include "base/duration.h"
#include "base/escape.h"
#include "store/query-internal.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* So many steps of SQLite's machine between two looks at the clock. */
enum { STEPS_A_LOOK = 1000 };

struct sql {
	struct query *query;
	sqlite3_stmt *statement;
	int64_t timeout_ns;
	int64_t deadline_ns; /* CLOCK_MONOTONIC */
	bool expired;
};

/* What a query may ask of the file and of SQLite; none of these changes
 * anything, nor takes a value that would. */
static const char *const pragmas[] = {
	"application_id", "collation_list", "compile_options",
	"data_version",	  "database_list",  "encoding",
	"freelist_count", "function_list",  "index_info",
	"index_list",	  "index_xinfo",    "integrity_check",
	"module_list",	  "page_count",	    "page_size",
	"pragma_list",	  "quick_check",    "schema_version",
	"table_info",	  "table_list",	    "table_xinfo",
	"user_version",
};

/* Pragmas that set something where they are given a value. */
static const char *const settings[] = {
	"application_id", "encoding",	  "page_size",
	"schema_version", "user_version",
};

/* Functions that load code, or hand out and take addresses of it. */
static const char *const functions[] = {"load_extension", "fts3_tokenizer"};

static bool is_among(const char *name, const char *const *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strcasecmp(name, list[i]) == 0)
			return true;
	return false;
}

#define IS_AMONG(name, list) \
	is_among(name, list, sizeof(list) / sizeof((list)[0]))

/* Allows what reads (https://sqlite.org/c3ref/set_authorizer.html). */
static int authorize(void *context, int action, const char *first,
		     const char *second, const char *base, const char *trigger)
{
	bool allowed = false;

	(void)context;
	(void)base;
	(void)trigger;
	switch (action) {
	case SQLITE_SELECT:
	case SQLITE_READ:
	case SQLITE_RECURSIVE:
		return SQLITE_OK;
	case SQLITE_UPDATE:
		/* SQLite asks so when a function such as json_each() declares
		 * its columns; it lets nobody write there by a statement. */
		allowed = strcmp(first, "sqlite_master") == 0;
		break;
	case SQLITE_FUNCTION:
		allowed = !IS_AMONG(second, functions);
		break;
	case SQLITE_PRAGMA:
		allowed = IS_AMONG(first, pragmas) &&
			  !(second && IS_AMONG(first, settings));
		break;
	default:
		break;
	}
	return allowed ? SQLITE_OK : SQLITE_DENY;
}

static int look_at_clock(void *context)
{
	struct sql *sql = context;

	sql->expired = clock_monotonic_ns() > sql->deadline_ns;
	return sql->expired;
}

static int fail(struct sql *sql, struct error *error)
{
	char timeout[DURATION_TEXT_SIZE];

	duration_format_short(sql->timeout_ns, timeout);
	if (sql->expired)
		return error_set(error,
				 "cannot query %s: it took longer than %s; "
				 "--timeout allows more",
				 sql->query->path, timeout);
	if (sqlite3_errcode(sql->query->base) == SQLITE_AUTH)
		return error_set(error,
				 "cannot query %s: %s: a query can read "
				 "tables and views, and nothing else",
				 sql->query->path,
				 sqlite3_errmsg(sql->query->base));
	return error_set(error, "cannot query %s: %s", sql->query->path,
			 sqlite3_errmsg(sql->query->base));
}

/* Whether nothing but blanks and semicolons is left. */
static bool is_rest(const char *text)
{
	while (*text == ';' || isspace((unsigned char)*text))
		text++;
	return *text == '\0';
}

static int prepare(struct sql *sql, const char *text, struct error *error)
{
	const char *rest;

	if (sqlite3_prepare_v2(sql->query->base, text, -1, &sql->statement,
			       &rest) != SQLITE_OK)
		return fail(sql, error);
	if (!sql->statement)
		return error_set(error, "cannot query %s: there is no query",
				 sql->query->path);
	if (!is_rest(rest))
		return error_set(error,
				 "cannot query %s: more than one query: %s",
				 sql->query->path, rest);
	if (!sqlite3_stmt_readonly(sql->statement))
		return error_set(error, "cannot query %s: it would write",
				 sql->query->path);
	return 0;
}

struct sql *sql_begin(struct query *query, const char *text, int64_t timeout_ns,
		      struct error *error)
{
	struct sql *sql = calloc(1, sizeof(*sql));

	if (!sql) {
		error_set_errno(error, "cannot query %s", query->path);
		return NULL;
	}
	*sql = (struct sql){
		.query = query,
		.timeout_ns = timeout_ns,
		.deadline_ns = clock_monotonic_ns() + timeout_ns,
	};
	/* Results stay in the pages of the file; what is sorted is bounded. */
	sqlite3_exec(query->base, "PRAGMA query_only = 1", NULL, NULL, NULL);
	sqlite3_limit(query->base, SQLITE_LIMIT_ATTACHED, 0);
	sqlite3_limit(query->base, SQLITE_LIMIT_LENGTH, 64 * 1024 * 1024);
	sqlite3_set_authorizer(query->base, authorize, NULL);
	sqlite3_progress_handler(query->base, STEPS_A_LOOK, look_at_clock, sql);
	if (prepare(sql, text, error) == 0)
		return sql;
	sql_end(sql);
	return NULL;
}

size_t sql_columns(const struct sql *sql)
{
	return (size_t)sqlite3_column_count(sql->statement);
}

const char *sql_column_name(const struct sql *sql, size_t column)
{
	return sqlite3_column_name(sql->statement, (int)column);
}

int sql_next(struct sql *sql, struct error *error)
{
	int result = sqlite3_step(sql->statement);

	if (result == SQLITE_ROW)
		return 1;
	return result == SQLITE_DONE ? 0 : fail(sql, error);
}

json_t *sql_value(struct sql *sql, size_t column)
{
	int place = (int)column;
	struct bytes bytes;
	char *text;
	json_t *value;

	switch (sqlite3_column_type(sql->statement, place)) {
	case SQLITE_INTEGER:
		return json_integer(
			sqlite3_column_int64(sql->statement, place));
	case SQLITE_FLOAT:
		/* JSON has no infinity. */
		return isfinite(sqlite3_column_double(sql->statement, place))
			       ? json_real(sqlite3_column_double(sql->statement,
								 place))
			       : json_null();
	case SQLITE_NULL:
		return json_null();
	default:
		break;
	}
	bytes.data = sqlite3_column_blob(sql->statement, place);
	bytes.size = (size_t)sqlite3_column_bytes(sql->statement, place);
	text = escape_text(bytes);
	value = json_string(text ? text : "");
	free(text);
	return value;
}

void sql_end(struct sql *sql)
{
	if (!sql)
		return;
	sqlite3_finalize(sql->statement);
	sqlite3_progress_handler(sql->query->base, 0, NULL, NULL);
	sqlite3_set_authorizer(sql->query->base, NULL, NULL);
	free(sql);
}
