#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sqlite3.h>
#include <cmocka.h>

#include "store/event.h"
#include "store/schema.h"
#include "tui/event-lines.h"
#include "tui/run-list.h"
#include "tui/unseen.h"

/* What the dashboard reads of a history, page by page, and what it does where
 * that cannot be read. */

enum { RUNS = 1000, EVENTS = 1300, PAGE_OF_RUNS = 300, GROUP = 5 };

struct fixture {
	char path[64];
	sqlite3 *base; /* of the same file */
	struct past past;
	struct run_list runs;
	struct event_lines events;
};

static void execute(struct fixture *fixture, const char *format, ...)
{
	va_list arguments;
	char *sql;

	va_start(arguments, format);
	sql = sqlite3_vmprintf(format, arguments);
	va_end(arguments);
	assert_int_equal(sqlite3_exec(fixture->base, sql, NULL, NULL, NULL),
			 SQLITE_OK);
	sqlite3_free(sql);
}

/* Runs of one pool with two workers, which crash every millisecond. */
static void add_runs(struct fixture *fixture, int from, int to)
{
	execute(fixture,
		"WITH RECURSIVE n(i) AS (VALUES(%d) UNION ALL SELECT i + 1"
		" FROM n WHERE i < %d) INSERT INTO run (run, pool, worker,"
		" started_at, ended_at, cause, exit_code, crash_group)"
		" SELECT i, 1, i %% 2, i * 1000, i * 1000 + 500, %d, 3, %d"
		" FROM n",
		from, to, CAUSE_CRASHED, GROUP);
}

static void add_events(struct fixture *fixture, int from, int to)
{
	execute(fixture,
		"WITH RECURSIVE n(i) AS (VALUES(%d) UNION ALL SELECT i + 1"
		" FROM n WHERE i < %d) INSERT INTO event SELECT i * 1000000, 1,"
		" i %% 2, i, %d, '{}' FROM n",
		from, to, EVENT_ENDED);
}

static void make_history(struct fixture *fixture)
{
	assert_int_equal(sqlite3_open(fixture->path, &fixture->base),
			 SQLITE_OK);
	execute(fixture, "PRAGMA journal_mode = WAL");
	for (size_t i = 0; schema_parts[i]; i++)
		execute(fixture, "%s", schema_parts[i]);
	execute(fixture, "PRAGMA application_id = %d", SCHEMA_APPLICATION);
	execute(fixture, "PRAGMA user_version = %d", SCHEMA_VERSION);
	execute(fixture, "INSERT INTO pool (id, name, hidden)"
			 " VALUES (1, 'web', 0)");
}

static void remove_history(struct fixture *fixture)
{
	static const char *const ends[] = {"", "-wal", "-shm"};
	char path[80];

	sqlite3_close(fixture->base);
	for (size_t i = 0; i < 3; i++) {
		snprintf(path, sizeof(path), "%s%s", fixture->path, ends[i]);
		unlink(path);
	}
}

static int set_up(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	if (!fixture)
		return -1;
	snprintf(fixture->path, sizeof(fixture->path), "test-past.%ld.db",
		 (long)getpid());
	make_history(fixture);
	past_init(&fixture->past, fixture->path, false, NULL);
	list_init(&fixture->runs.list, &run_list_class, NULL);
	event_lines_init(&fixture->events, &fixture->past, "", 5000);
	*state = fixture;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *fixture = *state;

	list_release(&fixture->runs.list);
	run_list_release(&fixture->runs);
	event_lines_release(&fixture->events);
	past_release(&fixture->past);
	remove_history(fixture);
	free(fixture);
	return 0;
}

/* Something has happened, and reading is due. */
static void read_runs(struct fixture *fixture, const char *subject)
{
	fixture->past.latest_us++;
	fixture->runs.reading.took_us = 0;
	run_list_update(&fixture->runs, &fixture->past, subject);
	assert_string_equal(fixture->runs.reading.problem, "");
}

static void assert_runs(const struct fixture *fixture, int64_t first,
			int64_t last, int64_t step)
{
	assert_int_equal(fixture->runs.count, (last - first) / step + 1);
	for (size_t i = 0; i < fixture->runs.count; i++)
		assert_int_equal(fixture->runs.rows[i].run,
				 last - (int64_t)i * step);
}

/* Goes to the last row, as a list of 20 rows on the screen. */
static void go_down(struct fixture *fixture)
{
	fixture->runs.list.page = 20;
	list_handle(&fixture->runs.list, ACTION_LAST);
}

static void runs_come_page_by_page(void **state)
{
	static const struct {
		const char *subject;
		int step;
	} cases[] = {{"", 1}, {"web", 1}, {"web/1", 2}, {"#5", 1}};
	struct fixture *fixture = *state;

	add_runs(fixture, 1, RUNS);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *subject = cases[i].subject;
		int step = cases[i].step, last = step == 2 ? RUNS - 1 : RUNS;
		int least, count = 0;

		list_release(&fixture->runs.list);
		run_list_release(&fixture->runs);
		list_init(&fixture->runs.list, &run_list_class, NULL);
		read_runs(fixture, subject);
		least = last - step * (PAGE_OF_RUNS - 1);
		assert_runs(fixture, least, last, step);
		assert_false(fixture->runs.complete);
		/* none without going there */
		read_runs(fixture, subject);
		assert_runs(fixture, least, last, step);
		while (!fixture->runs.complete && count++ < 5) {
			go_down(fixture);
			read_runs(fixture, subject);
		}
		assert_runs(fixture, 1, last, step);
	}
}

static void a_long_run_is_no_end_of_a_group(void **state)
{
	struct fixture *fixture = *state;

	add_runs(fixture, 1, RUNS);
	execute(fixture, "UPDATE run SET ended_at = 5000000 WHERE run = 1");
	read_runs(fixture, "#5");
	go_down(fixture);
	read_runs(fixture, "#5");
	assert_false(fixture->runs.complete);
	assert_int_equal(fixture->runs.count, 2 * PAGE_OF_RUNS - 1);
}

static void new_runs_come_on_top(void **state)
{
	struct fixture *fixture = *state;

	add_runs(fixture, 1, 500);
	read_runs(fixture, "");
	go_down(fixture);
	read_runs(fixture, "");
	assert_runs(fixture, 1, 500, 1);
	add_runs(fixture, 501, 510);
	read_runs(fixture, "");
	assert_runs(fixture, 1, 510, 1);
	/* so many that a page does not reach back: none is left out */
	add_runs(fixture, 511, RUNS);
	read_runs(fixture, "");
	assert_runs(fixture, RUNS - PAGE_OF_RUNS + 1, RUNS, 1);
	assert_false(fixture->runs.complete);
}

static void an_old_run_ends(void **state)
{
	struct fixture *fixture = *state;

	add_runs(fixture, 1, 500);
	execute(fixture, "UPDATE run SET ended_at = NULL WHERE run = 2");
	read_runs(fixture, "");
	go_down(fixture);
	read_runs(fixture, "");
	assert_int_equal(fixture->runs.rows[498].lived_us, -1);
	/* as if drawn */
	fixture->runs.list.top = 480;
	execute(fixture, "UPDATE run SET ended_at = 3000 WHERE run = 2");
	read_runs(fixture, "");
	assert_int_equal(fixture->runs.rows[498].lived_us, 1000);
}

static void assert_events(const struct fixture *fixture, int first, int last)
{
	assert_int_equal(fixture->events.count, last - first + 1);
	for (int i = first; i <= last; i++)
		assert_int_equal(fixture->events.lines[i - first].run, i);
}

static void events_come_page_by_page(void **state)
{
	struct fixture *fixture = *state;
	struct event_lines *events = &fixture->events;

	add_events(fixture, 1, EVENTS);
	assert_int_equal(event_lines_read(events), 0);
	assert_events(fixture, EVENTS - 499, EVENTS);
	assert_int_equal(event_lines_read(events), events->count);
	event_lines_read_earlier(events);
	assert_events(fixture, EVENTS - 999, EVENTS);
	assert_false(events->complete);
	event_lines_read_earlier(events);
	assert_events(fixture, 1, EVENTS);
	assert_true(events->complete);
	event_lines_read_earlier(events);
	add_events(fixture, EVENTS + 1, EVENTS + 3);
	assert_int_equal(event_lines_read(events), EVENTS);
	assert_events(fixture, 1, EVENTS + 3);
	/* a gap is not hidden */
	add_events(fixture, EVENTS + 4, EVENTS + 1000);
	assert_int_equal(event_lines_read(events), 0);
	assert_events(fixture, EVENTS + 501, EVENTS + 1000);
	assert_false(events->complete);
}

static void count_crash(const struct event_line *crash, void *context)
{
	struct unseen *unseen = context;

	unseen_add(unseen, crash->at_us, crash->run, crash->name);
}

static void crashes_before_the_lines_are_found(void **state)
{
	struct fixture *fixture = *state;
	struct event_lines *events = &fixture->events;
	struct unseen *unseen = calloc(1, sizeof(*unseen));

	assert_non_null(unseen);
	add_events(fixture, 1, EVENTS);
	execute(fixture, "UPDATE event SET detail = '{\"cause\": \"crashed\"}'"
			 " WHERE run %% 2 = 0");
	event_lines_read(events);
	assert_events(fixture, EVENTS - 499, EVENTS);
	unseen_init(unseen, "", 0);
	assert_int_equal(event_lines_find_crashes(events, 600 * 1000000,
						  count_crash, unseen),
			 0);
	/* runs 600 to 800 */
	assert_int_equal(unseen->count, 101);
	assert_int_equal(unseen->list[0].run, 600);
	assert_string_equal(unseen->list[0].worker, "web/0");
	assert_int_equal(unseen->list[100].run, 800);
	free(unseen);
}

static void events_of_one_are_copied(void **state)
{
	struct fixture *fixture = *state;
	struct event_lines own;

	add_events(fixture, 1, 10);
	event_lines_read(&fixture->events);
	event_lines_init(&own, &fixture->past, "web/1", 100);
	event_lines_copy(&own, &fixture->events);
	assert_int_equal(own.count, 5);
	assert_int_equal(event_lines_read(&own), 5);
	event_lines_release(&own);
	event_lines_init(&own, &fixture->past, "we", 100);
	event_lines_copy(&own, &fixture->events);
	assert_int_equal(own.count, 0);
	event_lines_release(&own);
}

static bool has_none(void *context, bool locked)
{
	assert_false(locked);
	++*(int *)context;
	return false;
}

static bool ignore_event(const struct past_event *event, void *context)
{
	(void)event;
	(void)context;
	return true;
}

static void a_long_question_is_given_up(void **state)
{
	struct fixture *fixture = *state;
	struct event_choice all = {.until_us = INT64_MAX};
	struct query *query;
	struct error error;
	int asked = 0;

	add_events(fixture, 1, EVENTS);
	query = query_open_patiently(fixture->path, has_none, &asked, &error);
	assert_non_null(query);
	assert_int_equal(query_events(query, &all, ignore_event, NULL, &error),
			 -1);
	assert_int_equal(asked, 1);
	query_close(query);
	query = query_open(fixture->path, &error);
	assert_int_equal(query_events(query, &all, ignore_event, NULL, &error),
			 0);
	query_close(query);
}

static void a_lock_is_told_and_what_is_known_stays(void **state)
{
	struct fixture *fixture = *state;
	struct past *past = &fixture->past;
	int64_t asked_at_ns;

	add_runs(fixture, 1, 10);
	add_events(fixture, 1, 10);
	read_runs(fixture, "");
	event_lines_read(&fixture->events);
	/* SQLite gives the whole file to one connection only */
	past_release(past);
	execute(fixture, "PRAGMA locking_mode = EXCLUSIVE");
	execute(fixture, "BEGIN EXCLUSIVE");
	assert_null(past_query(past));
	assert_non_null(strstr(past->problem, "busy (locked)"));
	/* it waits no second time so soon */
	asked_at_ns = past->asked_at_ns;
	event_lines_read(&fixture->events);
	assert_non_null(strstr(fixture->events.problem, "busy (locked)"));
	assert_events(fixture, 1, 10);
	past->latest_us++;
	fixture->runs.reading.took_us = 0;
	run_list_update(&fixture->runs, past, "");
	assert_non_null(strstr(fixture->runs.reading.problem, "busy (locked)"));
	assert_runs(fixture, 1, 10, 1);
	assert_int_equal(past->asked_at_ns, asked_at_ns);
	execute(fixture, "COMMIT");
	execute(fixture, "PRAGMA locking_mode = NORMAL");
	execute(fixture, "DELETE FROM event WHERE 0");
	add_runs(fixture, 11, 12);
	past->rest_until_ns = 0;
	read_runs(fixture, "");
	assert_runs(fixture, 1, 12, 1);
	event_lines_read(&fixture->events);
	assert_string_equal(fixture->events.problem, "");
}

static void another_history_takes_its_place(void **state)
{
	struct fixture *fixture = *state;

	add_runs(fixture, 1, 10);
	add_events(fixture, 1, 10);
	read_runs(fixture, "");
	event_lines_read(&fixture->events);
	remove_history(fixture);
	event_lines_read(&fixture->events);
	assert_non_null(strstr(fixture->events.problem, "no such file"));
	assert_events(fixture, 1, 10);
	assert_null(past_query(&fixture->past));
	make_history(fixture);
	add_runs(fixture, 100, 101);
	add_events(fixture, 3, 4);
	read_runs(fixture, "");
	assert_runs(fixture, 100, 101, 1);
	assert_int_equal(event_lines_read(&fixture->events), 0);
	assert_events(fixture, 3, 4);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(runs_come_page_by_page),
		TEST(a_long_run_is_no_end_of_a_group),
		TEST(new_runs_come_on_top),
		TEST(an_old_run_ends),
		TEST(events_come_page_by_page),
		TEST(crashes_before_the_lines_are_found),
		TEST(events_of_one_are_copied),
		TEST(a_long_question_is_given_up),
		TEST(a_lock_is_told_and_what_is_known_stays),
		TEST(another_history_takes_its_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
