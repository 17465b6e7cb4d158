#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sqlite3.h>
#include <cmocka.h>

#include "store/query-crashes.h"
#include "store/query-internal.h"
#include "store/query-stats.h"
#include "store/schema.h"
#include "store/views.h"

static sqlite3 *base;

static int open_empty(void **state)
{
	(void)state;
	if (sqlite3_open(":memory:", &base) != SQLITE_OK)
		return -1;
	for (size_t i = 0; schema_parts[i]; i++)
		if (sqlite3_exec(base, schema_parts[i], NULL, NULL, NULL) !=
		    SQLITE_OK)
			return -1;
	return 0;
}

static int close_empty(void **state)
{
	(void)state;
	return sqlite3_close(base) != SQLITE_OK;
}

/* The plan of a statement, its steps joined by "; ". The caller frees it. */
static char *plan_of(const char *sql)
{
	char *explain = sqlite3_mprintf("EXPLAIN QUERY PLAN %s", sql);
	sqlite3_stmt *statement = NULL;
	char *plan = NULL;
	size_t size;
	FILE *out = open_memstream(&plan, &size);

	assert_int_equal(
		sqlite3_prepare_v2(base, explain, -1, &statement, NULL),
		SQLITE_OK);
	while (sqlite3_step(statement) == SQLITE_ROW)
		fprintf(out, "%s; ", sqlite3_column_text(statement, 3));
	fclose(out);
	sqlite3_finalize(statement);
	sqlite3_free(explain);
	return plan;
}

static bool has(const char *plan, const char *words)
{
	return strstr(plan, words) != NULL;
}

static void assert_searches(const char *sql)
{
	char *plan = plan_of(sql);

	if (has(plan, "SCAN run;") || has(plan, "SCAN event") ||
	    has(plan, "SCAN pool") || has(plan, "SCAN output"))
		fail_msg("%s\nis answered by: %s", sql, plan);
	free(plan);
}

static void names_and_runs_are_found_by_index(void **state)
{
	const char *sql;

	(void)state;
	for (size_t i = 0; (sql = query_name_sql(i)); i++)
		assert_searches(sql);
	for (size_t i = 0; (sql = query_run_sql(i)); i++) {
		assert_searches(sql);
		if (strstr(sql, "run.worker = ?2")) {
			char *plan = plan_of(sql);

			assert_true(
				has(plan, "run_worker (pool=? AND worker="));
			assert_false(has(plan, "TEMP B-TREE"));
			free(plan);
		}
	}
}

static void events_of_all_are_read_in_order(void **state)
{
	struct event_choice choice = {.until_us = INT64_MAX};
	char *sql = query_events_sql(&choice, false);
	char *plan = plan_of(sql);

	(void)state;
	assert_true(has(plan, "event USING INTEGER PRIMARY KEY (rowid>? AND "
			      "rowid<?)"));
	assert_false(has(plan, "TEMP B-TREE"));
	free(plan);
	free(sql);
}

static void the_last_events_are_read_from_the_end(void **state)
{
	struct event_choice choice = {.until_us = INT64_MAX, .limit = 10};
	char *sql = query_events_sql(&choice, false);
	char *plan = plan_of(sql);

	(void)state;
	/* Only the ten are sorted. */
	assert_true(has(plan, "event USING INTEGER PRIMARY KEY (rowid>? AND "
			      "rowid<?)"));
	assert_string_equal(strstr(plan, "USE TEMP"),
			    "USE TEMP B-TREE FOR ORDER BY; ");
	assert_true(strstr(plan, "SCAN chosen") < strstr(plan, "USE TEMP"));
	free(plan);
	free(sql);
}

static void events_of_names_are_read_by_index(void **state)
{
	struct query_name names[] = {{3, -1}, {4, 7}};
	struct event_choice choice = {
		.names = names,
		.name_count = 2,
		.until_us = INT64_MAX,
		.limit = 10,
	};
	char *sql = query_events_sql(&choice, false);
	char *plan = plan_of(sql);

	(void)state;
	assert_true(has(plan, "event USING INDEX event_pool (pool=? AND "
			      "rowid>? AND rowid<?)"));
	assert_true(has(plan, "event USING INDEX event_worker (pool=? AND "
			      "worker=? AND rowid>? AND rowid<?)"));
	assert_false(has(plan, "SCAN event"));
	free(plan);
	free(sql);
}

static void events_of_a_kind_are_read_by_index(void **state)
{
	struct event_choice choice = {
		.kind = 9,
		.until_us = INT64_MAX,
		.limit = 10,
	};
	char *sql = query_events_sql(&choice, false);
	char *plan = plan_of(sql);

	(void)state;
	assert_true(has(plan, "event USING INDEX event_kind (kind=? AND "
			      "rowid>? AND rowid<?)"));
	assert_true(strstr(plan, "SCAN chosen") < strstr(plan, "USE TEMP"));
	free(plan);
	free(sql);
}

static void names_are_looked_for_among_few_events(void **state)
{
	struct query_name names[] = {{3, -1}, {4, 7}};
	struct event_choice choice = {
		.names = names,
		.name_count = 2,
		.kind = 3,
		.until_us = INT64_MAX,
		.limit = 10,
	};
	char *sql = query_events_sql(&choice, true);
	char *plan = plan_of(sql);

	(void)state;
	assert_true(has(plan, "event USING INDEX event_kind (kind=? AND "
			      "rowid>? AND rowid<?)"));
	assert_false(has(plan, "event_pool"));
	free(plan);
	free(sql);
}

static void the_last_crash_of_a_pool_is_found_by_index(void **state)
{
	char *plan = plan_of(query_run_sql(2));

	(void)state;
	assert_true(has(plan, "SCAN run USING COVERING INDEX run_crash"));
	assert_false(has(plan, "TEMP B-TREE"));
	free(plan);
}

static void crashes_are_counted_without_their_rows(void **state)
{
	const char *sql;
	char *plan;

	(void)state;
	plan = plan_of(query_crash_sql(0));
	assert_string_equal(plan, "SEARCH run USING COVERING INDEX run_crash "
				  "(ended_at>? AND ended_at<?); ");
	free(plan);
	for (size_t i = 0; (sql = query_crash_sql(i)); i++) {
		plan = plan_of(sql);
		assert_false(has(plan, "SCAN"));
		assert_false(has(plan, "TEMP B-TREE"));
		free(plan);
	}
}

static void figures_are_read_by_index(void **state)
{
	const char *sql;

	(void)state;
	for (size_t i = 0; (sql = query_stats_sql(i)); i++) {
		char *plan = plan_of(sql);

		/* max() of a key is a search, too. */
		if (has(plan, "SCAN") || has(plan, "TEMP B-TREE"))
			fail_msg("%s\nis answered by: %s", sql, plan);
		free(plan);
	}
}

/* The documented columns are those that the views have. */
static void views_are_as_they_are_documented(void **state)
{
	sqlite3_stmt *statement;
	int64_t documented = 0;
	char sql[128];

	(void)state;
	for (const struct view *view = views; view->name; view++) {
		int count = 0;

		snprintf(sql, sizeof(sql), "SELECT * FROM %s", view->name);
		assert_int_equal(
			sqlite3_prepare_v2(base, sql, -1, &statement, NULL),
			SQLITE_OK);
		for (const struct view_column *column = view->columns;
		     column->name; column++, count++)
			assert_string_equal(
				column->name,
				sqlite3_column_name(statement, count));
		assert_int_equal(count, sqlite3_column_count(statement));
		sqlite3_finalize(statement);
		documented++;
	}
	assert_int_equal(sqlite3_prepare_v2(base,
					    "SELECT count(*) FROM sqlite_master"
					    " WHERE type = 'view'",
					    -1, &statement, NULL),
			 SQLITE_OK);
	assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
	assert_int_equal(sqlite3_column_int64(statement, 0), documented);
	sqlite3_finalize(statement);
}

#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, open_empty, close_empty)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(names_and_runs_are_found_by_index),
		TEST(events_of_all_are_read_in_order),
		TEST(the_last_events_are_read_from_the_end),
		TEST(events_of_names_are_read_by_index),
		TEST(events_of_a_kind_are_read_by_index),
		TEST(names_are_looked_for_among_few_events),
		TEST(the_last_crash_of_a_pool_is_found_by_index),
		TEST(crashes_are_counted_without_their_rows),
		TEST(figures_are_read_by_index),
		TEST(views_are_as_they_are_documented),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
