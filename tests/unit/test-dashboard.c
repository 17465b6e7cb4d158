#include "config.h"

#include <curses.h>
#include <fcntl.h>
#include <locale.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/clock.h"
#include "tui/dashboard.h"
#include "tui/source.h"

/* The whole dashboard on a canvas, over a live table made here. */

enum { SECOND_US = 1000000, MINUTE_US = 60 * SECOND_US, ESCAPE = 27 };

struct fixture {
	char path[64];
	struct live_table *table;
	struct dashboard dashboard;
	struct control control;
	int readable; /* a descriptor that is */
	char posted[128]; /* the last path */
	unsigned post_count;
	bool refuse;
};

/* A control socket that answers at once: the descriptor is always readable. */

static void *begin(void *context, const char *path, struct error *error)
{
	struct fixture *fixture = context;

	(void)error;
	snprintf(fixture->posted, sizeof(fixture->posted), "%s", path);
	fixture->post_count++;
	return fixture;
}

static int fd_of(const void *request)
{
	return ((const struct fixture *)request)->readable;
}

static int finish(void *request, json_t **answer, struct error *error)
{
	struct fixture *fixture = request;

	if (fixture->refuse)
		return error_set(error, "cannot do it: no");
	*answer = json_loads(strstr(fixture->posted, "dry_run")
				     ? "{\"plan\": {\"pools\": [{\"name\": "
				       "\"web\", \"change\": \"changed\", "
				       "\"keys\": [\"command\"]}]}}"
				     : "{}",
			     0, NULL);
	return 0;
}

static void abandon(void *request)
{
	(void)request;
}

static void put_worker(struct fixture *fixture, uint32_t slot, uint32_t pool,
		       uint32_t index, enum worker_state state)
{
	int64_t now_us = clock_real_us();
	struct live_worker worker = {
		.pool = pool,
		.index = index,
		.state = state,
		.wanted = true,
		.health_ok = true,
		.state_since_us = now_us - MINUTE_US,
		.restarts = slot,
	};

	if (state == WORKER_READY) {
		struct live_usage usage = {
			.run = slot + 1,
			.sampled_at_us = now_us,
			.cpu_permille = (slot + 1) * 100,
			.rss_bytes = (uint64_t)(100 - slot) << 20,
			.threads = 3,
		};

		worker.pid = 1000 + slot;
		worker.run = slot + 1;
		worker.started_at_us = now_us - MINUTE_US;
		live_table_set_usage(fixture->table, slot, &usage);
	}
	if (state == WORKER_FAILED)
		worker.last_exit = (struct live_exit){
			.at_us = now_us - MINUTE_US,
			.run = 77,
			.code = -1,
			.signal = SIGSEGV,
			.core = true,
			.cause = CAUSE_CRASHED,
		};
	snprintf(worker.status, sizeof(worker.status), "\033[2Jserving");
	live_table_set_worker(fixture->table, slot, &worker);
}

static void look_again(struct fixture *fixture)
{
	fixture->dashboard.alive = true;
	dashboard_look(&fixture->dashboard, fixture->table);
}

/* Two pools, "web" of three workers and "mail" of one that has failed, and a
 * hidden one. */
static int set_up(void **state)
{
	static const struct live_pool pools[] = {
		{.name = "web", .wanted = 3},
		{.name = "reeve-sampler", .wanted = 1, .hidden = true},
		{.name = "mail", .wanted = 1},
	};
	struct live_instance instance = {
		.name = "shop",
		.version = PACKAGE_VERSION,
		.pid = getpid(),
		.started_at_us = clock_real_us() - MINUTE_US,
		.sample_interval_ns = 1000000000,
	};
	struct fixture *fixture = calloc(1, sizeof(*fixture));
	struct error error;

	if (!fixture)
		return -1;
	snprintf(fixture->path, sizeof(fixture->path), "test-dashboard.%ld",
		 (long)getpid());
	fixture->table = live_table_create(fixture->path, &instance, pools, 3,
					   8, NULL, NULL, &error);
	if (!fixture->table) {
		free(fixture);
		return -1;
	}
	for (uint32_t i = 0; i < 3; i++)
		put_worker(fixture, i, 0, i, WORKER_READY);
	put_worker(fixture, 3, 1, 0, WORKER_READY);
	put_worker(fixture, 4, 2, 0, WORKER_FAILED);
	fixture->control =
		(struct control){fixture, begin, fd_of, finish, abandon};
	fixture->readable = open("/dev/null", O_RDONLY | O_CLOEXEC);
	dashboard_init(&fixture->dashboard,
		       &(struct dashboard_options){
			       .control = &fixture->control,
			       .live_path = fixture->path,
			       .state_dir = "no/such/folder",
			       .settings_path = "",
			       .seen_path = "",
		       });
	look_again(fixture);
	*state = fixture;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *fixture = *state;

	dashboard_release(&fixture->dashboard);
	close(fixture->readable);
	live_table_close(fixture->table);
	unlink(fixture->path);
	free(fixture);
	return 0;
}

/* Draws and returns all rows as text; the caller frees it. */
static char *screen(struct fixture *fixture, int columns, int rows)
{
	enum { ROW_SIZE = 2048 };
	char *text = calloc((size_t)rows, ROW_SIZE);
	struct canvas canvas;
	size_t used = 0;

	assert_non_null(text);
	canvas_init(&canvas, rows, columns, glyphs_choose());
	dashboard_draw(&fixture->dashboard, &canvas);
	for (int row = 0; row < rows; row++) {
		canvas_text(&canvas, row, text + used, ROW_SIZE - 1);
		used += strlen(text + used);
		text[used++] = '\n';
	}
	canvas_release(&canvas);
	return text;
}

static void assert_shows(struct fixture *fixture, const char *expected)
{
	char *text = screen(fixture, 80, 24);

	if (!strstr(text, expected))
		fail_msg("\"%s\" is not on the screen:\n%s", expected, text);
	free(text);
}

static void assert_hides(struct fixture *fixture, const char *unwanted)
{
	char *text = screen(fixture, 80, 24);

	if (strstr(text, unwanted))
		fail_msg("\"%s\" is on the screen:\n%s", unwanted, text);
	free(text);
}

static enum redo press(struct fixture *fixture, const char *keys)
{
	enum redo redo = REDO_NOTHING;

	while (*keys)
		redo = dashboard_key(&fixture->dashboard, *keys++);
	return redo;
}

static void test_overview(void **state)
{
	struct fixture *fixture = *state;

	assert_shows(fixture, " 4 workers  + 3 ready  ! 1 failed");
	/* the worst pool first, and selected */
	assert_shows(fixture, "> ! mail ");
	assert_shows(fixture, "failed        0/1 !");
	assert_shows(fixture, "SEGV core, ");
	assert_shows(fixture, "\n  + web ");
	assert_shows(fixture, "3/3 +++");
	assert_shows(fixture, "3/4 ready");
	assert_hides(fixture, "sampler");
}

static void test_navigation(void **state)
{
	struct fixture *fixture = *state;

	press(fixture, "j\r");
	assert_shows(fixture, " shop > web ");
	assert_shows(fixture, "> + web/0 ");
	assert_shows(fixture, "1002  1m00s  30.0");
	press(fixture, "G\r");
	assert_shows(fixture, " shop > web > web/2 ");
	assert_shows(fixture, "pid 1002, started");
	/* what a worker says is never written as it is */
	assert_shows(fixture, "^[[2Jserving");
	press(fixture, "[");
	assert_shows(fixture, " shop > web > web/1 ");
	dashboard_key(&fixture->dashboard, ESCAPE);
	dashboard_key(&fixture->dashboard, KEY_BACKSPACE);
	assert_shows(fixture, "> + web ");
	/* other rows begin at the first */
	press(fixture, "k\r");
	assert_shows(fixture, "> ! mail/0 ");
	press(fixture, "2");
	assert_shows(fixture, " shop > all workers ");
	assert_shows(fixture, "! mail/0 ");
	press(fixture, "?");
	assert_shows(fixture, "one row down");
	dashboard_key(&fixture->dashboard, KEY_PPAGE);
	assert_shows(fixture, "+ ready       ~ unhealthy");
	dashboard_key(&fixture->dashboard, KEY_PPAGE);
	assert_shows(fixture, "leave; workers run on");
	assert_int_equal(press(fixture, "?1"), REDO_DRAW);
	assert_shows(fixture, "POOL");
}

static void test_words_of_an_end(void **state)
{
	struct fixture *fixture = *state;

	press(fixture, "\r\r");
	assert_shows(fixture, "! failed for 1m00s");
	assert_shows(fixture, "crashed by SIGSEGV, core dumped");
	assert_shows(fixture, "run 77");
}

/* Which worker stands in the first row of the list. */
static void assert_first(struct fixture *fixture, const char *name)
{
	const struct list *list = dashboard_top(&fixture->dashboard)->state;

	assert_string_equal(list->class->name(list->rows[0]), name);
}

static void test_sorting(void **state)
{
	struct fixture *fixture = *state;

	press(fixture, "j\rg");
	assert_first(fixture, "web/0");
	press(fixture, "P"); /* CPU: the highest */
	assert_first(fixture, "web/2");
	press(fixture, "I");
	assert_first(fixture, "web/0");
	press(fixture, "M");
	assert_first(fixture, "web/0");
	press(fixture, ">"); /* restarts: the most */
	assert_first(fixture, "web/2");
	press(fixture, "N");
	assert_first(fixture, "web/0");
	press(fixture, "I");
	assert_first(fixture, "web/2");
	/* the selection stays with its row */
	assert_shows(fixture, "> + web/0");
}

static void test_selection_stays(void **state)
{
	struct fixture *fixture = *state;

	press(fixture, "j\rj");
	assert_shows(fixture, "> + web/1");
	put_worker(fixture, 2, 0, 2, WORKER_FAILED);
	look_again(fixture);
	/* for some seconds after a move nothing jumps */
	assert_first(fixture, "web/0");
	((struct list *)dashboard_top(&fixture->dashboard)->state)
		->frozen_until_us = 0;
	look_again(fixture);
	assert_first(fixture, "web/2");
	assert_shows(fixture, "> + web/1");
}

static void test_acts(void **state)
{
	struct fixture *fixture = *state;

	press(fixture, "jxr");
	assert_string_equal(fixture->posted, "");
	assert_shows(fixture, "Type web to restart all its 3 workers: _");
	press(fixture, "web\r");
	assert_string_equal(fixture->posted, "/v1/pools/web/restart");
	assert_shows(fixture, "restart of web is under way");
	fixture->refuse = true;
	press(fixture, "\rjxs");
	assert_string_equal(fixture->posted, "/v1/workers/web/1/stop");
	assert_shows(fixture, "cannot do it: no");
	/* without a supervisor nothing is asked */
	fixture->dashboard.alive = false;
	fixture->posted[0] = '\0';
	press(fixture, "xs");
	assert_string_equal(fixture->posted, "");
}

static void test_reload(void **state)
{
	struct fixture *fixture = *state;

	press(fixture, "xl");
	assert_string_equal(fixture->posted, "/v1/reload?dry_run=1&wait=1");
	assert_shows(fixture, "web                    changed");
	press(fixture, "x");
	assert_shows(fixture, "Type reload to reload: _");
	press(fixture, "reload\r");
	assert_string_equal(fixture->posted, "/v1/reload");
	/* a plan that comes while something is typed */
	press(fixture, "1/w");
	assert_shows(fixture, "find: w_");
	dashboard_open(&fixture->dashboard, &screen_plan, "");
	press(fixture, "e");
	assert_shows(fixture, "e (events of the selection) does nothing on "
			      "this screen");
}

static void test_tags(void **state)
{
	struct fixture *fixture = *state;

	press(fixture, "2Ng   xs");
	assert_shows(fixture, "Type 3 to stop the 3 tagged workers: _");
	press(fixture, "3\r");
	assert_int_equal(fixture->post_count, 3);
	assert_string_equal(fixture->posted, "/v1/workers/web/1/stop");
	press(fixture, "Uxr");
	assert_int_equal(fixture->post_count, 4);
}

static void test_gone(void **state)
{
	struct fixture *fixture = *state;
	char expected[128];
	char pid[32];

	snprintf(pid, sizeof(pid), "%ld", (long)getpid());
	snprintf(expected, sizeof(expected),
		 "the supervisor (pid %s) is gone; showing the last state of ",
		 pid);
	assert_hides(fixture, "is gone");
	fixture->dashboard.alive = false;
	assert_shows(fixture, expected);
	look_again(fixture);
	assert_hides(fixture, "is gone");
}

static void test_small(void **state)
{
	struct fixture *fixture = *state;
	char *text = screen(fixture, 39, 20);

	assert_string_equal(strtok(text, "\n"),
			    "39x20 is too small: need 40x6");
	assert_string_equal(strtok(NULL, "\n"), "3/4 ready");
	free(text);
}

/* Every screen at every size: nothing is drawn outside, by the assertions of
 * the canvas and the sanitizers. */
static void test_sizes(void **state)
{
	static const char *const keys[] = {"1",	 "2",	"1\r",	    "1\r\r",
					   "1?", "1?j", "1x",	    "p",
					   "6",	 "7",	"\0331\rxs"};
	struct fixture *fixture = *state;

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		press(fixture, keys[i]);
		for (int rows = 1; rows < 70; rows += 3)
			for (int columns = 1; columns < 210; columns += 7) {
				free(screen(fixture, columns, rows));
				dashboard_key(&fixture->dashboard, 'y');
			}
		dashboard_key(&fixture->dashboard, ESCAPE);
	}
}

static void test_source(void **state)
{
	struct fixture *fixture = *state;
	const struct live_pool pool = {.name = "other", .wanted = 1};
	struct live_instance instance = *live_table_instance(fixture->table);
	struct source source;
	struct live_table *newer;
	struct error error;

	assert_int_equal(source_open(&source, fixture->path, &error), 0);
	assert_true(source.alive);
	assert_false(source_check(&source));
	/* another table takes its place */
	newer = live_table_create(
		fixture->path, &instance, &pool, 1, 8, fixture->table,
		(uint32_t[8]){0, 1, 2, 3, 4, 5, 6, 7}, &error);
	assert_non_null(newer);
	assert_true(source_check(&source));
	assert_int_equal(live_table_pool_count(source.table), 1);
	live_table_set_stopped(newer);
	assert_false(source_check(&source));
	assert_false(source.alive);
	source_close(&source);
	live_table_close(newer);
	assert_int_equal(source_open(&source, "no/such/table", &error), -1);
}

/* The screens about the past say so where there is none. */
static void test_no_history(void **state)
{
	struct fixture *fixture = *state;

	press(fixture, "p");
	assert_shows(fixture, "there is no such file");
	press(fixture, "[]jkgG");
	assert_shows(fixture, "there is no such file");
	press(fixture, "6");
	assert_shows(fixture, "there is no such file");
	press(fixture, "\r");
	assert_shows(fixture, " shop > crashes");
	press(fixture, "7");
	assert_shows(fixture, "no jobs and no queues");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_overview),
		TEST(test_navigation),
		TEST(test_words_of_an_end),
		TEST(test_sorting),
		TEST(test_selection_stays),
		TEST(test_acts),
		TEST(test_reload),
		TEST(test_tags),
		TEST(test_gone),
		TEST(test_small),
		TEST(test_sizes),
		TEST(test_source),
		TEST(test_no_history),
	};

	if (!setlocale(LC_CTYPE, "C.UTF-8")) {
		fprintf(stderr, "the locale C.UTF-8 is missing\n");
		return 77; /* skipped, for the test driver */
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
