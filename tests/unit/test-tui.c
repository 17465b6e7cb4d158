#include "config.h"

#include <curses.h>
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "tui/canvas.h"
#include "tui/chart.h"
#include "tui/columns.h"
#include "tui/format.h"
#include "tui/keys.h"
#include "tui/prompt.h"

/* The parts of the dashboard that need neither a table nor a terminal. */

static const struct glyphs dots = {
	.braille = true, .rule = L'\u2500', .cut = L'\u2026'};
static const struct glyphs letters = {
	.braille = false, .rule = L'-', .cut = L'>'};

enum { SECOND_US = 1000000, ESCAPE = 27 };

static void test_age(void **state)
{
	static const struct {
		int64_t s;
		const char *text;
		const char *brief;
	} cases[] = {
		{-5, "0s", "0s"},	 {0, "0s", "0s"},
		{59, "59s", "59s"},	 {60, "1m00s", "60s"},
		{221, "3m41s", "3m"},	 {3599, "59m59s", "59m"},
		{8040, "2h14m", "2h"},	 {86399, "23h59m", "23h"},
		{183600, "2d03h", "2d"}, {8640000, "100d", "100d"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char text[AGE_TEXT_SIZE];

		format_age(cases[i].s * SECOND_US, text);
		assert_string_equal(text, cases[i].text);
		assert_true(strlen(text) <= 6);
		format_age_short(cases[i].s * SECOND_US, text);
		assert_string_equal(text, cases[i].brief);
	}
}

static void test_percent(void **state)
{
	char text[PERCENT_TEXT_SIZE];

	(void)state;
	format_percent(0, text);
	assert_string_equal(text, "0.0");
	format_percent(3521, text);
	assert_string_equal(text, "352.1");
	format_percent(9999, text);
	assert_string_equal(text, "999.9");
	format_percent(10240, text);
	assert_string_equal(text, "1024");
}

static void test_end(void **state)
{
	static const struct {
		struct live_exit last_exit;
		const char *text;
	} cases[] = {
		{{.cause = CAUSE_NONE}, ""},
		{{.cause = CAUSE_CRASHED, .signal = 11, .core = true},
		 "SEGV core"},
		{{.cause = CAUSE_CRASHED, .signal = 9}, "KILL"},
		{{.cause = CAUSE_CRASHED, .code = 3}, "exit 3"},
		{{.cause = CAUSE_EXITED, .code = 0}, "exit 0"},
		{{.cause = CAUSE_STOPPED, .signal = 15}, "stopped"},
		{{.cause = CAUSE_NOT_STARTED, .code = -1}, "no start"},
		{{.cause = CAUSE_START_TIMEOUT, .signal = 9}, "timeout"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char text[END_TEXT_SIZE];

		format_end(&cases[i].last_exit, text);
		assert_string_equal(text, cases[i].text);
	}
}

static void assert_clean(const char *text, const wchar_t *expected)
{
	wchar_t out[64];
	size_t count = format_clean(text, out, 63);

	out[count] = L'\0';
	assert_int_equal(wcscmp(out, expected), 0);
}

static void test_clean(void **state)
{
	/* U+202E, written so that it turns nothing in an editor */
	static const char turned[] = {'a',	  (char)0xe2, (char)0x80,
				      (char)0xae, 'b',	      '\0'};
	wchar_t out[4];

	(void)state;
	assert_clean("plain", L"plain");
	assert_clean("a\033[2Jb\r\n\tc\177", L"a^[[2Jb^M^J^Ic^?");
	assert_clean("gr\xc3\xbc\xc3\x9f", L"gr\u00fc\u00df");
	assert_clean("\xe6\xbc\xa2", L"\u6f22");
	assert_clean("\xff\xc3(\xed\xa0\x80", L"?\x3f(?\x3f\x3f");
	/* a CSI of one character, and marks that turn the direction */
	assert_clean("a\xc2\x9b"
		     "2J",
		     L"a?2J");
	assert_clean(turned, L"a?b");
	assert_true(format_clean("\033\033\033\033", out, 4) <= 4);
}

static void draw_chart(const struct glyphs *glyphs, const uint32_t *values,
		       size_t count, size_t cells, const wchar_t *expected)
{
	struct chart chart = {
		.glyphs = glyphs,
		.values = values,
		.count = count,
		.maximum = 1000,
		.cells = cells,
		.rows = 1,
	};
	wchar_t out[16] = {0};

	chart_row(&chart, 0, out);
	assert_int_equal(wcscmp(out, expected), 0);
}

static void test_chart(void **state)
{
	static const uint32_t values[] = {0, 250, 500, 750, 1000, 5000};

	(void)state;
	draw_chart(&letters, values, 6, 6, L".:=*@@");
	draw_chart(&letters, values, 2, 4, L"  .:");
	draw_chart(&letters, values, 0, 3, L"   ");
	draw_chart(&dots, values, 6, 3, L"\u28c0\u28f4\u28ff");
	draw_chart(&dots, values, 1, 2, L" \u2880");
}

static void test_chart_rows(void **state)
{
	static const uint32_t values[] = {0, 100};
	struct chart chart = {
		.glyphs = &letters,
		.values = values,
		.count = 2,
		.cells = 2,
		.rows = 2,
	};
	wchar_t out[3] = {0};

	(void)state;
	chart_row(&chart, 0, out);
	assert_int_equal(wcscmp(out, L" @"), 0);
	chart_row(&chart, 1, out);
	assert_int_equal(wcscmp(out, L".@"), 0);
}

static void test_bins(void **state)
{
	static const uint32_t values[] = {1, 2, 3, 4, 5, 6, 7};
	static const uint32_t later[] = {2, 3, 4, 5, 6, 7, 0};
	uint32_t out[4];

	(void)state;
	/* number 11 is the newest: it stands alone with number 10 */
	assert_int_equal(chart_bins(values, 7, 11, 5, out, 4), 2);
	assert_int_equal(out[0], 5);
	assert_int_equal(out[1], 7);
	/* a second later the cut is still between 9 and 10 */
	assert_int_equal(chart_bins(later, 7, 12, 5, out, 4), 2);
	assert_int_equal(out[0], 5);
	assert_int_equal(out[1], 7);
	/* only the latest */
	assert_int_equal(chart_bins(values, 7, 11, 1, out, 4), 4);
	assert_int_equal(out[0], 4);
	assert_int_equal(chart_bins(values, 0, 11, 5, out, 4), 0);
}

static void test_columns(void **state)
{
	static const struct column columns[] = {
		{.title = "A", .least = 10, .most = 20},
		{.title = "B", .least = 5, .most = 5, .rank = 2},
		{.title = "C", .least = 4, .most = 6, .rank = 1},
	};
	struct column_place places[3];

	(void)state;
	assert_int_equal(columns_fit(columns, 3, 21, places), 3);
	assert_int_equal(places[0].width, 10);
	assert_int_equal(places[1].start, 11);
	assert_int_equal(places[2].start, 17);
	/* one cell less: the least important goes, the rest grows */
	assert_int_equal(columns_fit(columns, 3, 20, places), 2);
	assert_ptr_equal(places[1].column, &columns[2]);
	assert_int_equal(places[0].width + 1 + places[1].width, 20);
	/* what has rank 0 stays, however narrow it is */
	assert_int_equal(columns_fit(columns, 3, 3, places), 1);
	/* nothing grows beyond its limit */
	assert_int_equal(columns_fit(columns, 3, 200, places), 3);
	assert_int_equal(places[0].width, 20);
	assert_int_equal(places[2].width, 6);
}

static void test_pen(void **state)
{
	struct canvas canvas;
	struct pen pen;
	char text[64];

	(void)state;
	canvas_init(&canvas, 2, 10, &dots);
	pen = pen_at(&canvas, 0);
	pen.end = 6;
	pen_print(&pen, ROLE_PLAIN, "%s", "too long");
	pen = pen_at(&canvas, 1);
	pen.end = 5;
	pen_print(&pen, ROLE_PLAIN, "%s",
		  "\xe6\xbc\xa2\xe6\xbc\xa2\xe6\xbc\xa2");
	pen.end = 10;
	pen_print_right(&pen, ROLE_OK, "%d", 42);
	canvas_text(&canvas, 0, text, sizeof(text));
	assert_string_equal(text, "too l\xe2\x80\xa6");
	/* two wide characters, the sign of the cut, and the number */
	canvas_text(&canvas, 1, text, sizeof(text));
	assert_string_equal(text, "\xe6\xbc\xa2\xe6\xbc\xa2\xe2\x80\xa6   42");
	assert_int_equal(canvas_cell(&canvas, 1, 9)->role, ROLE_OK);
	/* outside nothing happens */
	pen = pen_at(&canvas, 2);
	pen_print(&pen, ROLE_PLAIN, "x");
	canvas_release(&canvas);
}

static void test_keys(void **state)
{
	(void)state;
	for (int i = ACTION_NONE + 1; i < ACTION_COUNT; i++) {
		const struct binding *binding = keys_binding((enum action)i);
		char label[32];

		/* no key means two things on one screen */
		for (size_t k = 0; k < 5 && binding->keys[k]; k++)
			assert_int_equal(
				keys_action(binding->keys[k], binding->group),
				i);
		keys_label((enum action)i, label, sizeof(label));
		assert_true(strlen(label) > 0 && strlen(label) < 15);
	}
	assert_int_equal(keys_action(0, KEY_GROUP_COUNT), ACTION_NONE);
	assert_int_equal(keys_action('K', KEY_GROUP_COUNT), ACTION_NONE);
	assert_int_equal(keys_action(KEY_F(10), GROUP_LOG), ACTION_QUIT);
	assert_int_equal(keys_action('w', KEY_GROUP_COUNT), ACTION_NONE);
	assert_int_equal(keys_action('w', GROUP_LOG), ACTION_WRAP);
	assert_int_equal(keys_action('t', KEY_GROUP_COUNT), ACTION_TREE);
	assert_int_equal(keys_action('t', GROUP_LOG), ACTION_TIME);
}

static enum prompt_result type(struct prompt *prompt, const char *keys)
{
	enum prompt_result result = PROMPT_WAITS;

	while (*keys && result == PROMPT_WAITS)
		result = prompt_key(prompt, *keys++);
	return result;
}

static void test_prompt(void **state)
{
	struct target pool = {.kind = TARGET_POOL, .name = "web", .workers = 3};
	struct target worker = {
		.kind = TARGET_WORKER, .name = "web/0", .pid = 7};
	struct prompt prompt = {0};

	(void)state;
	/* one worker: two keys */
	prompt_open(&prompt, &worker);
	assert_int_equal(type(&prompt, "r"), PROMPT_CHOSEN);
	assert_int_equal(prompt.act, ACT_RESTART);
	/* a key that is none of the menu's does nothing */
	prompt_open(&prompt, &worker);
	assert_int_equal(type(&prompt, "qz\r"), PROMPT_WAITS);
	assert_int_equal(prompt_key(&prompt, ESCAPE), PROMPT_CANCELLED);
	assert_int_equal(prompt.stage, PROMPT_CLOSED);
	/* a pool: its name, whole and right */
	prompt_open(&prompt, &pool);
	assert_int_equal(type(&prompt, "s\r"), PROMPT_WAITS);
	assert_int_equal(type(&prompt, "we\r"), PROMPT_WAITS);
	assert_int_equal(type(&prompt, "xx\177\177b\r"), PROMPT_CHOSEN);
	assert_int_equal(prompt.act, ACT_STOP);
	/* starting hurts nobody */
	prompt_open(&prompt, &pool);
	assert_int_equal(type(&prompt, "u"), PROMPT_CHOSEN);
}

static void test_prompt_arguments(void **state)
{
	struct target pool = {.kind = TARGET_POOL, .name = "web", .wanted = 3};
	struct target worker = {.kind = TARGET_WORKER, .name = "web/0"};
	struct prompt prompt = {0};

	(void)state;
	/* a signal by its name; KILL asks twice */
	prompt_open(&prompt, &worker);
	assert_int_equal(type(&prompt, "kHUP\r"), PROMPT_CHOSEN);
	assert_string_equal(prompt.argument, "HUP");
	prompt_open(&prompt, &worker);
	assert_int_equal(type(&prompt, "kNONE\r"), PROMPT_WAITS);
	assert_int_equal(type(&prompt, "\025KILL\r"), PROMPT_WAITS);
	assert_int_equal(type(&prompt, "\r"), PROMPT_CHOSEN);
	/* Up goes round to the last of those that are offered */
	prompt_open(&prompt, &worker);
	type(&prompt, "k");
	prompt_key(&prompt, KEY_DOWN);
	assert_string_equal(prompt.entry.text, "HUP");
	/* one worker has no number of workers */
	prompt_open(&prompt, &worker);
	assert_int_equal(type(&prompt, "w"), PROMPT_WAITS);
	assert_int_equal(prompt.stage, PROMPT_MENU);
	prompt_open(&prompt, &pool);
	assert_int_equal(type(&prompt, "w\rx\r"), PROMPT_WAITS);
	assert_int_equal(type(&prompt, "\1775\r"), PROMPT_CHOSEN);
	assert_string_equal(prompt.argument, "5");
	/* none at all is asked for by the name */
	prompt_open(&prompt, &pool);
	assert_int_equal(type(&prompt, "w0\r"), PROMPT_WAITS);
	assert_int_equal(type(&prompt, "web\r"), PROMPT_CHOSEN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_age),
		cmocka_unit_test(test_percent),
		cmocka_unit_test(test_end),
		cmocka_unit_test(test_clean),
		cmocka_unit_test(test_chart),
		cmocka_unit_test(test_chart_rows),
		cmocka_unit_test(test_bins),
		cmocka_unit_test(test_columns),
		cmocka_unit_test(test_pen),
		cmocka_unit_test(test_keys),
		cmocka_unit_test(test_prompt),
		cmocka_unit_test(test_prompt_arguments),
	};

	if (!setlocale(LC_CTYPE, "C.UTF-8")) {
		fprintf(stderr, "the locale C.UTF-8 is missing\n");
		return 77; /* skipped, for the test driver */
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
