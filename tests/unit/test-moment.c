#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>
#include <cmocka.h>

#include "base/clock.h"
#include "base/moment.h"

/* 2026-11-23 12:00:00 UTC, 13:00 in Berlin. */
static const int64_t NOW_US = INT64_C(1795435200000000);

static void moments_are_read(void **state)
{
	static const struct {
		const char *text;
		const char *at;
	} cases[] = {
		{"now", "2026-11-23T12:00:00.000Z"},
		{"2h", "2026-11-23T10:00:00.000Z"},
		{"90s", "2026-11-23T11:58:30.000Z"},
		{"10:30", "2026-11-23T09:30:00.000Z"},
		{"12:59:59", "2026-11-23T11:59:59.000Z"},
		{"13:30", "2026-11-22T12:30:00.000Z"},
		{"today", "2026-11-22T23:00:00.000Z"},
		{"yesterday", "2026-11-21T23:00:00.000Z"},
		{"yesterday 22:00", "2026-11-22T21:00:00.000Z"},
		{"2026-11-22", "2026-11-21T23:00:00.000Z"},
		{"2026-11-22 09:00", "2026-11-22T08:00:00.000Z"},
		{"2026-11-22 09:00:05.25", "2026-11-22T08:00:05.250Z"},
		{"2026-07-01 09:00", "2026-07-01T07:00:00.000Z"},
		{"2026-11-22T09:00:00Z", "2026-11-22T09:00:00.000Z"},
		{"2026-11-22T09:00:00.123Z", "2026-11-22T09:00:00.123Z"},
		{"2026-11-22T09:00:00-02:30", "2026-11-22T11:30:00.000Z"},
		{"monday", "2026-11-22T23:00:00.000Z"},
		{"Mon 12:30", "2026-11-23T11:30:00.000Z"},
		{"monday 14:00", "2026-11-16T13:00:00.000Z"},
		{"sun", "2026-11-21T23:00:00.000Z"},
		{"tuesday 22:00", "2026-11-17T21:00:00.000Z"},
		{"2028-02-29", "2028-02-28T23:00:00.000Z"},
	};
	char text[CLOCK_TEXT_SIZE];
	int64_t at_us;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(moment_parse(cases[i].text, NOW_US, &at_us),
				 0);
		clock_format_utc(at_us, text);
		assert_string_equal(text, cases[i].at);
	}
}

/* In Berlin the clock goes from 02:00 to 03:00 on 2026-03-29, and from 03:00 to
 * 02:00 on 2026-10-25; in Cairo from 00:00 to 01:00 on 2026-04-24. */
static void clocks_that_change_are_heeded(void **state)
{
	static const char *const berlin = "CET-1CEST,M3.5.0,M10.5.0/3";
	static const char *const cairo = "EET-2EEST,M4.5.5/0,M10.5.4/24";
	static const struct {
		const char *zone, *now, *text, *at;
	} cases[] = {
		{berlin, "2026-03-29T10:00:00Z", "yesterday 22:00",
		 "2026-03-28T21:00:00.000Z"},
		{berlin, "2026-03-30T10:00:00Z", "yesterday 22:00",
		 "2026-03-29T20:00:00.000Z"},
		{berlin, "2026-03-29T10:00:00Z", "yesterday",
		 "2026-03-27T23:00:00.000Z"},
		{berlin, "2026-03-29T10:00:00Z", "24h",
		 "2026-03-28T10:00:00.000Z"},
		/* left out */
		{berlin, "2026-03-29T10:00:00Z", "02:30",
		 "2026-03-29T01:30:00.000Z"},
		{berlin, "2026-03-29T00:30:00Z", "02:30",
		 "2026-03-28T01:30:00.000Z"},
		/* repeated */
		{berlin, "2026-10-25T10:00:00Z", "02:30",
		 "2026-10-25T00:30:00.000Z"},
		{berlin, "2026-10-25T00:45:00Z", "02:30",
		 "2026-10-25T00:30:00.000Z"},
		{berlin, "2026-10-25T10:00:00Z", "today",
		 "2026-10-24T22:00:00.000Z"},
		{berlin, "2026-10-26T10:00:00Z", "yesterday 22:00",
		 "2026-10-25T21:00:00.000Z"},
		{berlin, "2026-10-26T10:00:00Z", "sat 22:00",
		 "2026-10-24T20:00:00.000Z"},
		{berlin, "2026-10-26T10:00:00Z", "2026-10-25 02:30+01:00",
		 "2026-10-25T01:30:00.000Z"},
		/* a day that begins at 01:00 */
		{cairo, "2026-04-24T10:00:00Z", "today",
		 "2026-04-23T22:00:00.000Z"},
		{cairo, "2026-04-25T10:00:00Z", "2026-04-24",
		 "2026-04-23T22:00:00.000Z"},
	};
	char text[CLOCK_TEXT_SIZE];
	int64_t now_us, at_us;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		setenv("TZ", cases[i].zone, 1);
		tzset();
		assert_int_equal(moment_parse(cases[i].now, 0, &now_us), 0);
		assert_int_equal(moment_parse(cases[i].text, now_us, &at_us),
				 0);
		clock_format_utc(at_us, text);
		assert_string_equal(text, cases[i].at);
	}
	setenv("TZ", berlin, 1);
	tzset();
}

static void what_is_no_moment_is_refused(void **state)
{
	static const char *const cases[] = {
		"",
		"soon",
		"25:00",
		"10:60",
		"10",
		"2026-13-01",
		"2026-02-30",
		"2026-11-22 ",
		"2026-11-22T09:00:00+1",
		"2026-11-22T09:00:00Zjunk",
		"2026-11-22 9:00",
		"yesterdayish",
		"mond",
		"fri22:00",
		"-2h",
		"10:30:00.",
	};
	int64_t at_us;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(moment_parse(cases[i], NOW_US, &at_us), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(moments_are_read),
		cmocka_unit_test(clocks_that_change_are_heeded),
		cmocka_unit_test(what_is_no_moment_is_refused),
	};

	setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1);
	tzset();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
