#include "config.h"

#include "store/query-internal.h"
#include "store/query-stats.h"

#include <stdlib.h>

static int read_moment(struct query *query, const char *sql, int64_t *at_us,
		       struct error *error)
{
	sqlite3_stmt *statement = query_prepare(query, sql, error);
	int result;

	if (!statement)
		return -1;
	result = sqlite3_step(statement);
	*at_us = result == SQLITE_ROW ? sqlite3_column_int64(statement, 0) : 0;
	if (result != SQLITE_ROW && result != SQLITE_DONE)
		query_fail(query, error);
	sqlite3_finalize(statement);
	return result == SQLITE_ROW || result == SQLITE_DONE ? 0 : -1;
}

int query_first_us(struct query *query, int64_t *at_us, struct error *error)
{
	return read_moment(query,
			   "SELECT started_at FROM run"
			   " WHERE started_at IS NOT NULL ORDER BY run LIMIT 1",
			   at_us, error);
}

int query_last_us(struct query *query, int64_t *at_us, struct error *error)
{
	return read_moment(query, "SELECT max(at) FROM event", at_us, error);
}

ssize_t query_configs(struct query *query, struct past_config **list,
		      struct error *error)
{
	sqlite3_stmt *row =
		query_prepare(query,
			      "SELECT config, loaded_at, text = lag(text) OVER"
			      " (ORDER BY config) FROM config ORDER BY config",
			      error);
	size_t count = 0, capacity = 0;
	struct past_config *longer;
	int result;

	*list = NULL;
	if (!row)
		return -1;
	while ((result = sqlite3_step(row)) == SQLITE_ROW) {
		int64_t config = sqlite3_column_int64(row, 0);

		if (count > 0 && sqlite3_column_int(row, 2)) {
			(*list)[count - 1].last = config;
			continue;
		}
		if (count == capacity) {
			capacity = capacity * 2 + 16;
			longer = realloc(*list, capacity * sizeof(*longer));
			if (!longer)
				break;
			*list = longer;
		}
		(*list)[count++] = (struct past_config){
			config, config, sqlite3_column_int64(row, 1)};
	}
	if (result == SQLITE_ROW)
		error_set(error, "cannot list configs: out of memory");
	else if (result != SQLITE_DONE)
		query_fail(query, error);
	sqlite3_finalize(row);
	if (result == SQLITE_DONE)
		return (ssize_t)count;
	free(*list);
	*list = NULL;
	return -1;
}
