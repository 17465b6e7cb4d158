#include "config.h"

#include "store/query-internal.h"

#include "base/escape.h"
#include "store/schema.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int query_fail(struct query *query, struct error *error)
{
	return error_set(error, "cannot read %s: %s", query->path,
			 sqlite3_errmsg(query->base));
}

sqlite3_stmt *query_prepare(struct query *query, const char *sql,
			    struct error *error)
{
	sqlite3_stmt *statement = NULL;

	if (sqlite3_prepare_v2(query->base, sql, -1, &statement, NULL) !=
	    SQLITE_OK)
		query_fail(query, error);
	return statement;
}

char *query_text(sqlite3_stmt *row, int column)
{
	struct bytes bytes = {
		.data = sqlite3_column_text(row, column),
		.size = (size_t)sqlite3_column_bytes(row, column),
	};

	return bytes.data ? escape_text(bytes) : NULL;
}

void query_copy_text(sqlite3_stmt *row, int column, char *text, size_t size)
{
	char *whole = query_text(row, column);

	snprintf(text, size, "%s", whole ? whole : "");
	free(whole);
}

/* The path as a URI (https://sqlite.org/uri.html), where "%", "?" and "#" mean
 * something. */
static void make_uri(const char *path, const char *options, char *uri,
		     size_t size)
{
	size_t used = (size_t)snprintf(uri, size, "file:");

	for (; *path != '\0' && used + 4 < size; path++) {
		if (strchr("%?#", *path))
			used += (size_t)snprintf(uri + used, size - used,
						 "%%%02X",
						 (unsigned char)*path);
		else
			uri[used++] = *path;
	}
	snprintf(uri + used, size - used, "?%s", options);
}

/* Readers look at many pages once, and are soon gone. */
static const char settings_sql[] = "PRAGMA cache_size = -65536";

/* Somebody else has locked the file: waits a little, where there is time. */
static int wait_for_lock(void *context, int tries)
{
	enum { STEP_MS = 2 };
	const struct query *query = context;

	(void)tries;
	if (!query->patience(query->patience_context, true))
		return 0;
	sqlite3_sleep(STEP_MS);
	return 1;
}

static int has_lost_patience(void *context)
{
	const struct query *query = context;

	return !query->patience(query->patience_context, false);
}

/* Says how long a question may take. */
static void set_patience(struct query *query)
{
	/* Some steps of SQLite's machine: about a tenth of a millisecond. */
	enum { LOCK_MS = 2000, STEPS = 2000 };

	if (!query->patience) {
		sqlite3_busy_timeout(query->base, LOCK_MS);
		return;
	}
	sqlite3_busy_handler(query->base, wait_for_lock, query);
	sqlite3_progress_handler(query->base, STEPS, has_lost_patience, query);
}

static int open_as(struct query *query, const char *options)
{
	sqlite3_close(query->base);
	query->base = NULL;
	make_uri(query->path, options, query->uri, sizeof(query->uri));
	if (sqlite3_open_v2(query->uri, &query->base,
			    SQLITE_OPEN_READONLY | SQLITE_OPEN_URI |
				    SQLITE_OPEN_NOMUTEX,
			    NULL) != SQLITE_OK)
		return -1;
	set_patience(query);
	sqlite3_exec(query->base, settings_sql, NULL, NULL, NULL);
	return sqlite3_exec(query->base, "SELECT 1 FROM sqlite_master", NULL,
			    NULL, NULL) == SQLITE_OK
		       ? 0
		       : -1;
}

static bool has_log(const struct query *query)
{
	char path[700];
	struct stat status;

	snprintf(path, sizeof(path), "%s-wal", query->path);
	return stat(path, &status) == 0 && status.st_size > 0;
}

/* Where the folder cannot be written, or its disk is full, SQLite cannot make
 * the index of its log (https://sqlite.org/wal.html, Read-Only Databases);
 * without a log it needs none, if nobody writes. */
static bool is_index_missing(sqlite3 *base)
{
	int code = sqlite3_errcode(base);

	return code == SQLITE_CANTOPEN || code == SQLITE_READONLY ||
	       code == SQLITE_IOERR;
}

static int read_number(struct query *query, const char *sql, int *value,
		       struct error *error)
{
	sqlite3_stmt *statement = query_prepare(query, sql, error);
	int result;

	if (!statement)
		return -1;
	result = sqlite3_step(statement);
	if (result == SQLITE_ROW)
		*value = sqlite3_column_int(statement, 0);
	else
		query_fail(query, error);
	sqlite3_finalize(statement);
	return result == SQLITE_ROW ? 0 : -1;
}

static int check_schema(struct query *query, struct error *error)
{
	int application = 0, version = 0, tables = 0;

	if (read_number(query, "PRAGMA application_id", &application, error) <
		    0 ||
	    read_number(query, "PRAGMA user_version", &version, error) < 0 ||
	    read_number(query, "SELECT count(*) FROM sqlite_master", &tables,
			error) < 0)
		return -1;
	if (tables == 0)
		return error_set(error,
				 "cannot read %s: nothing was recorded there "
				 "yet",
				 query->path);
	if (application != SCHEMA_APPLICATION)
		return error_set(error,
				 "cannot read %s: it is no history of reeve",
				 query->path);
	if (version > SCHEMA_VERSION)
		return error_set(error,
				 "cannot read %s: a newer version of reeve "
				 "made it (schema %d, this one knows %d)",
				 query->path, version, SCHEMA_VERSION);
	if (version < SCHEMA_VERSION)
		return error_set(
			error,
			"cannot read %s: an older version of reeve "
			"made it (schema %d, this one reads %d); it is "
			"converted when its instance runs next",
			query->path, version, SCHEMA_VERSION);
	return 0;
}

static int open_file(struct query *query, struct error *error)
{
	struct stat status;

	if (stat(query->path, &status) < 0)
		return errno == ENOENT
			       ? error_set(error,
					   "cannot read %s: there is no such "
					   "file, nothing was recorded there",
					   query->path)
			       : error_set_errno(error, "cannot read %s",
						 query->path);
	/* To open a FIFO would wait for somebody to write into it. */
	if (!S_ISREG(status.st_mode))
		return error_set(error, "cannot read %s: it is no regular file",
				 query->path);
	if (access(query->path, R_OK) < 0)
		return error_set_errno(error, "cannot read %s", query->path);
	query->device = status.st_dev;
	query->inode = status.st_ino;
	if (open_as(query, "mode=ro") == 0)
		return check_schema(query, error);
	if (!is_index_missing(query->base))
		return query_fail(query, error);
	if (has_log(query))
		return error_set(error,
				 "cannot read %s: its log %s-wal can be read "
				 "only in a folder that can be written; copy "
				 "both to one",
				 query->path, query->path);
	return open_as(query, "immutable=1") == 0 ? check_schema(query, error)
						  : query_fail(query, error);
}

struct query *query_open_patiently(const char *path,
				   query_patience_fn *patience, void *context,
				   struct error *error)
{
	struct query *query = calloc(1, sizeof(*query));

	if (!query) {
		error_set_errno(error, "cannot read %s", path);
		return NULL;
	}
	snprintf(query->path, sizeof(query->path), "%s", path);
	query->patience = patience;
	query->patience_context = context;
	if (open_file(query, error) == 0)
		return query;
	query_close(query);
	return NULL;
}

struct query *query_open(const char *path, struct error *error)
{
	return query_open_patiently(path, NULL, NULL, error);
}

void query_close(struct query *query)
{
	if (!query)
		return;
	sqlite3_close(query->base);
	free(query);
}

int query_news(struct query *query, enum query_news *news, struct error *error)
{
	struct stat status;
	int version;

	*news = QUERY_REPLACED;
	if (stat(query->path, &status) < 0 || status.st_dev != query->device ||
	    status.st_ino != query->inode)
		return 0;
	if (read_number(query, "PRAGMA data_version", &version, error) < 0)
		return -1;
	*news = version == query->version ? QUERY_SAME : QUERY_CHANGED;
	query->version = version;
	return 0;
}

static const char pool_sql[] = "SELECT id, hidden FROM pool WHERE name = ?1";

/* Runs are kept longer than events, as a rule. */
static const char worker_sql[] = "SELECT 1 FROM event INDEXED BY event_worker"
				 " WHERE pool = ?1 AND worker = ?2 UNION ALL"
				 " SELECT 1 FROM run INDEXED BY run_worker"
				 " WHERE pool = ?1 AND worker = ?2 LIMIT 1";

static int find_pool(struct query *query, const char *text, int length,
		     bool hidden, int64_t *pool, struct error *error)
{
	sqlite3_stmt *statement = query_prepare(query, pool_sql, error);
	int result;

	if (!statement)
		return -1;
	sqlite3_bind_text(statement, 1, text, length, SQLITE_STATIC);
	result = sqlite3_step(statement);
	*pool = sqlite3_column_int64(statement, 0);
	if (result == SQLITE_ROW && sqlite3_column_int(statement, 1) && !hidden)
		result = SQLITE_DONE;
	if (result != SQLITE_ROW && result != SQLITE_DONE)
		query_fail(query, error);
	sqlite3_finalize(statement);
	return result == SQLITE_ROW ? 1 : result == SQLITE_DONE ? 0 : -1;
}

static int find_worker(struct query *query, const struct query_name *name,
		       struct error *error)
{
	sqlite3_stmt *statement = query_prepare(query, worker_sql, error);
	int result;

	if (!statement)
		return -1;
	sqlite3_bind_int64(statement, 1, name->pool);
	sqlite3_bind_int64(statement, 2, name->worker);
	result = sqlite3_step(statement);
	if (result != SQLITE_ROW && result != SQLITE_DONE)
		query_fail(query, error);
	sqlite3_finalize(statement);
	return result == SQLITE_ROW ? 1 : result == SQLITE_DONE ? 0 : -1;
}

int query_find_name(struct query *query, const char *text, bool hidden,
		    struct query_name *name, struct error *error)
{
	const char *slash = strchr(text, '/');
	int length = slash ? (int)(slash - text) : (int)strlen(text);
	int found = find_pool(query, text, length, hidden, &name->pool, error);
	char *end;

	name->worker = -1;
	if (found != 1 || !slash)
		return found;
	if (slash[1] < '0' || slash[1] > '9')
		return 0;
	name->worker = strtol(slash + 1, &end, 10);
	return *end == '\0' ? find_worker(query, name, error) : 0;
}

const char *query_name_sql(size_t number)
{
	static const char *const all[] = {pool_sql, worker_sql, NULL};

	return all[number];
}
