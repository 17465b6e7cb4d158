#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "supervisor/backtrace.h"
#include "supervisor/core-file.h"
#include "supervisor/core-pattern.h"

static const struct core_process process = {
	.pid = 123,
	.signal = 11,
	.directory = "/srv/a [b]*",
};

static void patterns_are_expanded(void **state)
{
	static const struct {
		const char *pattern;
		bool uses_pid;
		const char *text;
	} cases[] = {
		{"core\n", false, "/srv/a \\[b]\\*/core"},
		{"core", true, "/srv/a \\[b]\\*/core.123"},
		{"core.%p", true, "/srv/a \\[b]\\*/core.123"},
		{"/var/%e-%t.%s.%%", false, "/var/*-*.11.%"},
		{"/var/%E/%P.%i.%u", true, "/var/*/*.*.*.123"},
		/* Unknown ones and one without a letter are left out. */
		{"/var/core%z%", false, "/var/core"},
	};
	char text[CORE_TEXT_SIZE];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(core_pattern_read(cases[i].pattern,
						   cases[i].uses_pid, &process,
						   text),
				 CORE_IN_FILE);
		assert_string_equal(text, cases[i].text);
	}
}

static void who_is_given_a_core_is_told(void **state)
{
	char text[CORE_TEXT_SIZE];

	(void)state;
	assert_int_equal(
		core_pattern_read("|/lib/systemd/systemd-coredump %P %u\n",
				  false, &process, text),
		CORE_HANDED);
	assert_string_equal(text,
			    "systemd-coredump has it: coredumpctl info 123");
	core_pattern_read("| /usr/share/apport/apport -p%p", false, &process,
			  text);
	assert_string_equal(text, "given to /usr/share/apport/apport");
	core_pattern_read("@/run/cores.sock", false, &process, text);
	assert_string_equal(text, "sent to the socket /run/cores.sock");
}

static void what_leads_nowhere_is_none(void **state)
{
	char pattern[2 * CORE_TEXT_SIZE];
	char text[CORE_TEXT_SIZE];

	(void)state;
	assert_int_equal(core_pattern_read("\n", false, &process, text),
			 CORE_NOWHERE);
	assert_int_equal(core_pattern_read("", false, &process, text),
			 CORE_NOWHERE);
	memset(pattern, 'x', sizeof(pattern) - 1);
	pattern[sizeof(pattern) - 1] = '\0';
	assert_int_equal(core_pattern_read(pattern, false, &process, text),
			 CORE_NOWHERE);
	/* The directory alone may be too long, too. */
	pattern[0] = '/';
	assert_int_equal(
		core_pattern_read("core", false,
				  &(struct core_process){.directory = pattern},
				  text),
		CORE_NOWHERE);
}

static void assert_cleaned(const char *answer, const char *frames)
{
	char *cleaned = backtrace_clean(answer, strlen(answer));

	assert_string_equal(cleaned ? cleaned : "none", frames);
	free(cleaned);
}

static void frames_are_cleaned(void **state)
{
	(void)state;
	assert_cleaned(
		"[New LWP 3]\n#0  inner (p=...) at c.c:3\n3\tx = 1;\n"
		"#0  inner (p=...) at c.c:3\n"
		"#1  0x00007f12 in raise () from /lib/libc.so.6\n"
		"#2  <signal handler called>\n"
		"#3  std::function<void (int)>::operator() (this=...) at "
		"/src (x86)/f.cc:70\n"
		"#4  ?? ()\n",
		"#0 inner at c.c:3\n#1 raise from /lib/libc.so.6\n"
		"#2 <signal handler called>\n"
		"#3 std::function<void (int)>::operator() at "
		"/src (x86)/f.cc:70\n#4 ??");
	/* What has no name says nothing; a line that was cut is none. */
	assert_cleaned("#0  ?? ()\n#1  ?? ()\n", "none");
	assert_cleaned("#0  main () at c.c:3\n#1  0x12 in star",
		       "#0 main at c.c:3");
	assert_cleaned("", "none");
	assert_cleaned("#x\n#\n#12\n", "none");
}

static void many_long_frames_are_bounded(void **state)
{
	char *answer = malloc(100 * 4096), *frames;
	size_t used = 0, lines = 1;

	(void)state;
	for (int i = 0; i < 100; i++) {
		used += (size_t)sprintf(answer + used, "#%-3d ", i);
		memset(answer + used, 'f', 3000);
		used += 3000;
		used += (size_t)sprintf(answer + used, " () at x.c:1\n");
	}
	frames = backtrace_clean(answer, used);
	assert_non_null(frames);
	for (const char *at = frames; *at; at++)
		lines += *at == '\n';
	assert_int_equal(lines, BACKTRACE_FRAMES);
	assert_true(strlen(frames) <= BACKTRACE_FRAMES * BACKTRACE_LINE);
	free(frames);
	free(answer);
}

/* A row of numbers that looks like chance, the same each time. */
static uint32_t next_number(uint32_t *state)
{
	*state = *state * 1664525 + 1013904223;
	return *state >> 8;
}

/* No bytes of a core, however wrong, lead anywhere. */
static void junk_is_no_core(void **state)
{
	static const char *const own = "/proc/self/exe";
	struct core_file core;
	unsigned char bytes[4096];
	uint32_t seed = 1;
	FILE *file = tmpfile(), *program = fopen(own, "r");

	(void)state;
	assert_non_null(file);
	assert_non_null(program);
	/* A program is ELF, too. */
	assert_int_equal(core_file_read(fileno(program), &core), -1);
	assert_int_equal(core_file_read(fileno(file), &core), -1);
	assert_int_equal(fread(bytes, 1, sizeof(bytes), program),
			 sizeof(bytes));
	bytes[16] = 4; /* ET_CORE */
	for (int i = 0; i < 2000; i++) {
		unsigned char wrong[sizeof(bytes)];

		memcpy(wrong, bytes, sizeof(wrong));
		for (int k = 0; k < 20; k++)
			wrong[20 + next_number(&seed) % 1000] =
				(unsigned char)next_number(&seed);
		assert_int_equal(pwrite(fileno(file), wrong, sizeof(wrong), 0),
				 sizeof(wrong));
		core_file_read(fileno(file), &core);
		assert_true(strnlen(core.program, sizeof(core.program)) <
			    sizeof(core.program));
	}
	fclose(program);
	fclose(file);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(patterns_are_expanded),
		cmocka_unit_test(who_is_given_a_core_is_told),
		cmocka_unit_test(what_leads_nowhere_is_none),
		cmocka_unit_test(frames_are_cleaned),
		cmocka_unit_test(many_long_frames_are_bounded),
		cmocka_unit_test(junk_is_no_core),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
