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
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "tui/base64.h"
#include "tui/entry.h"
#include "tui/filter.h"
#include "tui/kept-file.h"
#include "tui/plain.h"
#include "tui/settings.h"
#include "tui/unseen.h"

/* Texts of the dashboard: those of programs, of users and of its files. */

static void assert_plain(const char *line, size_t size, const char *expected)
{
	char out[64];

	assert_int_equal(
		plain_text((struct bytes){line, size}, out, sizeof(out)),
		strlen(expected));
	assert_string_equal(out, expected);
}

static void test_plain(void **state)
{
	(void)state;
#define PLAIN(line, expected) assert_plain(line, sizeof(line) - 1, expected)
	PLAIN("plain", "plain");
	PLAIN("\033[1;31mred\033[0m", "red");
	PLAIN("\033[2J\033[Hhome", "home");
	PLAIN("\033]2;title\007x", "x");
	PLAIN("\033]2;title\033\\x", "x");
	PLAIN("\033Pdata\033\\x\033(By", "xy");
	/* sequences that have no end */
	PLAIN("a\033", "a");
	PLAIN("a\033[1;3", "a");
	PLAIN("a\033]2;no end", "a");
	/* progress bars and overstrikes */
	PLAIN("10%\r20%\r30%", "30%");
	PLAIN("dos\r", "dos");
	PLAIN("ab\bc", "ac");
	PLAIN("\b\303\244\bx", "x");
	PLAIN("a\tb", "a       b");
	PLAIN("a\0b\007", "a?b");
#undef PLAIN
	/* what does not fit is cut */
	assert_plain("12345678901234567890123456789012345678901234567890"
		     "123456789012345678901234567890",
		     80,
		     "12345678901234567890123456789012345678901234567890"
		     "1234567890123");
}

static void test_filter(void **state)
{
	const struct facts facts = {
		.name = "api/7",
		.pool = "api",
		.state = "failed",
		.mark = '!',
		.cpu_permille = 505,
		.rss_bytes = UINT64_C(3) << 29,
		.end = "SEGV core",
	};
	static const struct {
		const char *filter;
		bool fits;
	} cases[] = {
		{"", true},
		{"API", true},
		{"web", false},
		{"pool:api", true},
		{"pool:ap", false},
		{"st:fail", true},
		{"st:!~", true},
		{"st:+", false},
		{"end:segv", true},
		{"end:TERM", false},
		{"cpu>50", true},
		{"cpu>50.5", false},
		{"cpu<51%", true},
		{"rss>1G", true},
		{"mem>1.5G", false},
		{"rss=1536M", true},
		{"-web api", true},
		{"-api", false},
		{"api cpu>90", false},
		{"-end:SEGV", false},
		{"cpu>x", false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct filter filter;

		filter_parse(&filter, cases[i].filter);
		if (filter_fits(&filter, &facts) != cases[i].fits)
			fail_msg("\"%s\"", cases[i].filter);
	}
}

static void test_entry(void **state)
{
	struct entry entry = {0};

	(void)state;
	for (const char *text = "a\303\244z"; *text; text++)
		assert_true(entry_key(&entry, (unsigned char)*text));
	assert_string_equal(entry.text, "a\303\244z");
	entry_key(&entry, KEY_BACKSPACE);
	entry_key(&entry, 127);
	assert_string_equal(entry.text, "a");
	assert_false(entry_key(&entry, KEY_UP));
	assert_false(entry_key(&entry, '\033'));
	entry_key(&entry, 0x15);
	assert_string_equal(entry.text, "");
	for (int i = 0; i < 3 * ENTRY_SIZE; i++)
		entry_key(&entry, 'x');
	assert_int_equal(strlen(entry.text), ENTRY_SIZE - 1);
}

static void write_file(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static void assert_file(const char *path, const char *expected)
{
	struct error error;
	char *text = kept_file_read(path, &error);

	assert_non_null(text);
	assert_string_equal(text, expected);
	free(text);
}

static void test_settings(void **state)
{
	char folder[] = "test-settings.XXXXXX";
	char path[128];
	struct settings settings;
	struct error error;

	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/reeve/top.yaml", folder);
	assert_int_equal(settings_init(&settings, path, &error), 0);
	assert_null(settings_get(&settings, "theme"));
	settings_set(&settings, "theme", "light");
	assert_int_equal(settings_save(&settings, &error), 0);
	assert_file(path, "theme: light\n");
	write_file(path, "# mine\ntheme: \"mono\"  # no colours\n\n"
			 "of.another.version: 7\n"
			 "pools.columns: [POOL, CPU%]\r\nlast: one");
	assert_int_equal(settings_init(&settings, path, &error), 0);
	assert_string_equal(settings_get(&settings, "theme"), "mono");
	assert_string_equal(settings_get(&settings, "pools.columns"),
			    "[POOL, CPU%]");
	settings_set(&settings, "refresh", "2s");
	settings_set(&settings, "pools.columns", "[POOL]");
	/* somebody else, meanwhile */
	write_file(path, "theme: \"mono\"  # no colours\npools.columns: [X]\n"
			 "of.another.version: 8\nbell: crash");
	assert_int_equal(settings_save(&settings, &error), 0);
	assert_file(path, "theme: \"mono\"  # no colours\n"
			  "pools.columns: [POOL]\nof.another.version: 8\n"
			  "bell: crash\nrefresh: 2s\n");
	unlink(path);
	snprintf(path, sizeof(path), "%s/reeve", folder);
	rmdir(path);
	rmdir(folder);
}

/* What is no settings file is told, and left as it is. */
static void test_wrong_settings(void **state)
{
	char path[64];
	char large[KEPT_FILE_MAX + 2];
	struct settings settings;
	struct error error;

	(void)state;
	snprintf(path, sizeof(path), "test-wrong-settings.%ld", (long)getpid());
	write_file(path, "theme: mono\n- junk\nbell: crash\n");
	assert_int_equal(settings_init(&settings, path, &error), -1);
	assert_non_null(strstr(error.text, ":2: this is not `NAME: VALUE`"));
	assert_string_equal(settings_get(&settings, "bell"), "crash");
	settings_set(&settings, "theme", "dark");
	assert_int_equal(settings_save(&settings, &error), 0);
	assert_file(path, "theme: dark\n- junk\nbell: crash\n");
	memset(large, 'x', sizeof(large) - 1);
	large[sizeof(large) - 1] = '\0';
	write_file(path, large);
	assert_int_equal(settings_init(&settings, path, &error), -1);
	assert_non_null(strstr(error.text, "larger than 64K"));
	settings_set(&settings, "theme", "light");
	assert_int_equal(settings_save(&settings, &error), -1);
	assert_non_null(strstr(error.text, "larger than 64K"));
	unlink(path);
	assert_int_equal(mkdir(path, 0700), 0);
	assert_int_equal(settings_init(&settings, path, &error), -1);
	assert_non_null(strstr(error.text, "it is no text file"));
	rmdir(path);
	assert_int_equal(settings_init(&settings, "/proc/no/such", &error), 0);
	settings_set(&settings, "theme", "light");
	assert_int_equal(settings_save(&settings, &error), -1);
	assert_non_null(strstr(error.text, "cannot write /proc/no/such: "));
}

static void test_unseen(void **state)
{
	char path[64];
	struct error error;
	struct unseen *unseen = calloc(1, sizeof(*unseen));

	(void)state;
	assert_non_null(unseen);
	snprintf(path, sizeof(path), "test-unseen.%ld", (long)getpid());
	unseen_init(unseen, path, 1000);
	unseen_add(unseen, 900, 1, "web/0"); /* before the first look */
	unseen_add(unseen, 1100, 2, "web/0");
	unseen_add(unseen, 1200, 3, "web/1");
	unseen_add(unseen, 1200, 3, "web/1");
	unseen_add(unseen, 1300, 4, "web/1");
	assert_int_equal(unseen->count, 3);
	unseen_see_run(unseen, 3);
	assert_int_equal(unseen_save(unseen, &error), 0);
	/* the next dashboard knows the same */
	unseen_init(unseen, path, 5000);
	assert_int_equal(unseen->count, 2);
	assert_true(unseen_has_worker(unseen, "web/0"));
	assert_int_equal(unseen->list[1].run, 4);
	assert_string_equal(unseen->list[1].worker, "web/1");
	unseen_add(unseen, 1300, 4, "web/1");
	unseen_add(unseen, 1400, 5, "web/2");
	assert_int_equal(unseen->count, 3);
	unseen_see_worker(unseen, "web/1");
	assert_int_equal(unseen->count, 2);
	unseen_see_all(unseen);
	assert_int_equal(unseen_save(unseen, &error), 0);
	unseen_init(unseen, path, 0);
	assert_int_equal(unseen->count, 0);
	for (int i = 0; i < UNSEEN_MAXIMUM + 5; i++)
		unseen_add(unseen, 2000 + i, 10 + i, "web/0");
	assert_int_equal(unseen->count, UNSEEN_MAXIMUM);
	assert_int_equal(unseen->list[0].run, 15);
	/* a file that is damaged is no reason to fail */
	write_file(path, "until: 12 unseen: [4 web/0, , nonsense");
	unseen_init(unseen, path, 0);
	assert_int_equal(unseen->count, 1);
	unlink(path);
	free(unseen);
}

static void test_base64(void **state)
{
	static const char *const cases[][2] = {
		{"", ""},
		{"f", "Zg=="},
		{"fo", "Zm8="},
		{"foo", "Zm9v"},
		{"foob", "Zm9vYg=="},
		{"fooba", "Zm9vYmE="},
		{"foobar", "Zm9vYmFy"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *text = base64_encode(cases[i][0], strlen(cases[i][0]));

		assert_string_equal(text, cases[i][1]);
		free(text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_plain),
		cmocka_unit_test(test_filter),
		cmocka_unit_test(test_entry),
		cmocka_unit_test(test_settings),
		cmocka_unit_test(test_unseen),
		cmocka_unit_test(test_base64),
		cmocka_unit_test(test_wrong_settings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
