#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "store/fingerprint.h"

static void assert_sign(const char *tail, bool spoke, const char *backtrace,
			const char *expected)
{
	char sign[SIGN_SIZE];

	memset(sign, 'x', sizeof(sign));
	fingerprint(tail, spoke, backtrace, sign);
	assert_string_equal(sign, expected);
}

static void what_differs_each_time_is_left_out(void **state)
{
	(void)state;
	assert_sign("2026-11-26T10:00:01.123Z worker7: error 0x7f3a: no row 12",
		    false, NULL, "#Z worker#: error #: no row #");
	assert_sign("fatal: object 3f9ac01b77 is missing\n", false, NULL,
		    "fatal: object # is missing");
	assert_sign("panic:\t  deadbeef is a word", false, NULL,
		    "panic: deadbeef is a word");
	assert_sign("\033[1;31merror\033[0m: x  \n", false, NULL, "error: x");
	assert_sign("error at 12:33:01,5", false, NULL, "error at #");
}

static void the_last_line_that_names_an_error_counts(void **state)
{
	(void)state;
	assert_sign("error: first\nERROR: second\nshutting down\n\n", true,
		    NULL, "ERROR: second");
	assert_sign("Traceback (most recent call last):\n  File \"x.py\"\n"
		    "ValueError: bad\n",
		    true, NULL, "ValueError: bad");
}

static void without_one_the_last_line_counts_of_a_run_that_spoke(void **state)
{
	(void)state;
	assert_sign("request 1\nrequest 2\n\n", true, NULL, "request #");
	assert_sign("request 1\nrequest 2\n", false, NULL, "");
	assert_sign("", true, NULL, "");
	assert_sign("\n\n", true, NULL, "");
	assert_sign(NULL, true, NULL, "");
}

/* Makes a text of `first` and then `count` times `rest`. */
static void repeat(char *text, size_t size, const char *first, int count,
		   const char *rest)
{
	size_t used = (size_t)snprintf(text, size, "%s", first);

	for (int i = 0; i < count; i++) {
		used += (size_t)snprintf(text + used, size - used, "%s", rest);
		assert_true(used < size);
	}
}

static void an_error_long_ago_is_not_why(void **state)
{
	char tail[512];

	(void)state;
	repeat(tail, sizeof(tail), "error: this was nothing\n", 30,
	       "all well\n");
	assert_sign(tail, false, NULL, "");
}

static void functions_tell_crashes_that_printed_nothing(void **state)
{
	(void)state;
	assert_sign(NULL, false,
		    "#0 parse at parse.c:12\n#1 handle at main.c:90\n"
		    "#2 serve (x=1) at main.c:20\n#3 main at main.c:5\n",
		    "in parse < handle < serve");
	assert_sign("request 7\n", false,
		    "#0 __pthread_kill_implementation\n#1 raise\n#2 abort\n"
		    "#3 check at a.c:1\n#4 ??\n",
		    "in check");
	assert_sign("error: says it\n", false, "#0 parse\n", "error: says it");
	assert_sign(NULL, false, "no frames\n", "");
}

static void a_sign_is_bounded_and_whole(void **state)
{
	char tail[2000], sign[SIGN_SIZE];

	(void)state;
	repeat(tail, sizeof(tail), "error: x", 400, "\xe2\x82\xac");
	fingerprint(tail, false, NULL, sign);
	assert_int_equal(strlen(sign) % 3, strlen("error: x") % 3);
	assert_true(strlen(sign) > SIGN_SIZE - 8);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_differs_each_time_is_left_out),
		cmocka_unit_test(the_last_line_that_names_an_error_counts),
		cmocka_unit_test(
			without_one_the_last_line_counts_of_a_run_that_spoke),
		cmocka_unit_test(an_error_long_ago_is_not_why),
		cmocka_unit_test(functions_tell_crashes_that_printed_nothing),
		cmocka_unit_test(a_sign_is_bounded_and_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
