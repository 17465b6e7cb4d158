#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <signal.h>
#include <string.h>
#include <cmocka.h>

#include "base/clock.h"
#include "base/cpulist.h"
#include "base/duration.h"
#include "base/fields.h"
#include "base/nearest.h"
#include "base/signals.h"
#include "base/size.h"
#include "base/words.h"

static void durations_are_read(void **state)
{
	static const struct {
		const char *text;
		int64_t ns;
	} cases[] = {
		{"0", 0},
		{"0s", 0},
		{"200ms", 200000000},
		{"1.5s", 1500000000},
		{"5m", 300000000000},
		{"2h", 7200000000000},
		{"30d", 2592000000000000},
		{"2y", INT64_C(63072000000000000)},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int64_t ns = -1;

		assert_int_equal(duration_parse(cases[i].text, &ns), 0);
		assert_int_equal(ns, cases[i].ns);
	}
}

static void bad_durations_are_refused(void **state)
{
	static const char *const cases[] = {"",
					    "5",
					    "s",
					    "5 s",
					    "-5s",
					    "5S",
					    "1e3s",
					    "1.2.3s",
					    "5sec",
					    "99999999999999999999d",
					    "999999999999d"};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int64_t ns;

		assert_int_equal(duration_parse(cases[i], &ns), -1);
	}
}

static void durations_are_written(void **state)
{
	char text[DURATION_TEXT_SIZE];

	(void)state;
	duration_format(1500000000, text);
	assert_string_equal(text, "1500ms");
	duration_format(60000000000, text);
	assert_string_equal(text, "1m");
	duration_format(0, text);
	assert_string_equal(text, "0s");
	duration_format_short(INT64_C(183600000000000), text);
	assert_string_equal(text, "2d 3h");
	duration_format_short(312000000000, text);
	assert_string_equal(text, "5m 12s");
	duration_format_short(340000000, text);
	assert_string_equal(text, "340ms");
	duration_format(INT64_C(90) * 86400 * 1000000000, text);
	assert_string_equal(text, "90d");
	duration_format(INT64_C(730) * 86400 * 1000000000, text);
	assert_string_equal(text, "2y");
}

static void sizes_round_trip(void **state)
{
	static const char *const good[] = {"0", "64K", "512M", "2G", "1500"};
	static const char *const bad[] = {"",	  "K",	"1.5",	       "64k",
					  "64KB", "-1", "99999999999T"};
	char text[SIZE_TEXT_SIZE];
	int64_t bytes;

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_int_equal(size_parse(good[i], &bytes), 0);
		size_format(bytes, text);
		assert_string_equal(text, good[i]);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(size_parse(bad[i], &bytes), -1);
	assert_int_equal(size_parse("1.5K", &bytes), 0);
	assert_int_equal(bytes, 1536);
	size_format_short(10276045, text);
	assert_string_equal(text, "9.8M");
}

static void cpu_lists_round_trip(void **state)
{
	static const char *const good[] = {"0", "0-3,6", "1,3,5-7,1023"};
	static const char *const bad[] = {"",	"a",	"3-1", "1,",
					  ",1", "1024", "1 2", "0-"};
	char text[CPULIST_TEXT_SIZE];
	cpu_set_t set;

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_int_equal(cpulist_parse(good[i], &set), 0);
		cpulist_format(&set, text);
		assert_string_equal(text, good[i]);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(cpulist_parse(bad[i], &set), -1);
}

static void long_cpu_lists_are_cut(void **state)
{
	char text[CPULIST_TEXT_SIZE];
	cpu_set_t set;

	(void)state;
	CPU_ZERO(&set);
	for (size_t cpu = 0; cpu < 1000; cpu += 2)
		CPU_SET(cpu, &set);
	cpulist_format(&set, text);
	assert_true(strlen(text) < CPULIST_TEXT_SIZE);
	assert_string_equal(text + strlen(text) - strlen("…"), "…");
}

static void signals_have_names(void **state)
{
	char text[SIGNAL_TEXT_SIZE];

	(void)state;
	assert_int_equal(signal_parse("TERM"), SIGTERM);
	assert_int_equal(signal_parse("SIGKILL"), SIGKILL);
	assert_int_equal(signal_parse("15"), SIGTERM);
	assert_int_equal(signal_parse("RTMIN+3"), SIGRTMIN + 3);
	assert_int_equal(signal_parse("NOPE"), -1);
	assert_int_equal(signal_parse("0"), -1);
	assert_int_equal(signal_parse("RTMIN+99"), -1);
	signal_format(SIGSEGV, text);
	assert_string_equal(text, "SIGSEGV");
	signal_format(SIGRTMIN + 2, text);
	assert_string_equal(text, "SIGRTMIN+2");
}

static void times_are_utc_with_ms(void **state)
{
	char text[CLOCK_TEXT_SIZE];

	(void)state;
	clock_format_utc(INT64_C(1795338000123456), text);
	assert_string_equal(text, "2026-11-22T09:00:00.123Z");
}

static void timers_are_never_early(void **state)
{
	struct timeval span = clock_timeval(INT64_C(2000000000));

	(void)state;
	assert_int_equal(span.tv_sec, 2);
	assert_int_equal(span.tv_usec, 0);
	span = clock_timeval(1);
	assert_int_equal(span.tv_usec, 1);
	span = clock_timeval(INT64_C(1999999001));
	assert_int_equal(span.tv_sec, 2);
	assert_int_equal(span.tv_usec, 0);
}

struct thing {
	uint64_t number;
	int64_t balance;
	char name[8];
	struct bytes blob;
	uint64_t later;
};

static const struct field members[] = {
	{1, "number", FIELD_UNSIGNED, offsetof(struct thing, number), 0},
	{2, "balance", FIELD_SIGNED, offsetof(struct thing, balance), 0},
	{3, "name", FIELD_TEXT, offsetof(struct thing, name), 8},
	{4, "blob", FIELD_BYTES, offsetof(struct thing, blob), 0},
	{9, "later", FIELD_UNSIGNED, offsetof(struct thing, later), 0},
};

static void fields_round_trip(void **state)
{
	struct thing in = {UINT64_MAX, INT64_MIN, "seven77", {"a\0b", 3}, 7};
	struct thing out;
	char data[128];
	ssize_t size = fields_encode(members, 5, &in, data, sizeof(data));

	(void)state;
	assert_true(size > 0);
	assert_int_equal(fields_decode(members, 5, &out, data, (size_t)size),
			 0);
	assert_true(out.number == in.number && out.balance == in.balance);
	assert_string_equal(out.name, in.name);
	assert_int_equal(out.blob.size, 3);
	assert_memory_equal(out.blob.data, "a\0b", 3);
	assert_int_equal(out.later, 7);
	for (ssize_t cut = 0; cut < size; cut++)
		assert_int_equal(
			fields_encode(members, 5, &in, data, (size_t)cut), -1);
}

static void unknown_fields_are_skipped(void **state)
{
	struct thing in = {1, -1, "a", {"xyz", 3}, 5};
	struct thing out = {.later = 99};
	char data[128];
	ssize_t size = fields_encode(members, 5, &in, data, sizeof(data));

	(void)state;
	assert_int_equal(fields_decode(members, 1, &out, data, (size_t)size),
			 0);
	assert_int_equal(out.number, 1);
	assert_int_equal(out.later, 99);
	assert_int_equal(
		fields_decode(members + 1, 1, &out, data, (size_t)size), 0);
	assert_int_equal(out.balance, -1);
}

static void damaged_fields_are_refused(void **state)
{
	static const uint8_t length_too_long[] = {4 << 1 | 1, 0x7f, 'x'};
	static const uint8_t endless_number[] = {0xff, 0xff, 0xff, 0xff, 0xff,
						 0xff, 0xff, 0xff, 0xff, 0xff};
	struct thing out;

	(void)state;
	assert_int_equal(fields_decode(members, 5, &out, length_too_long, 3),
			 -1);
	assert_int_equal(fields_decode(members, 5, &out, endless_number, 10),
			 -1);
}

static void names_are_checked(void **state)
{
	(void)state;
	assert_true(name_is_valid("web"));
	assert_true(name_is_valid("a-b_9"));
	assert_false(name_is_valid(""));
	assert_false(name_is_valid("9a"));
	assert_false(name_is_valid("a/b"));
	assert_false(name_is_valid("all"));
}

static void near_words_are_found(void **state)
{
	static const char *const known[] = {"restart", "reload", "run", "start",
					    "status",  "stop",	 "why"};
	static const struct {
		const char *typed;
		const char *meant;
	} cases[] = {
		{"retsart", "restart"}, {"strat", "start"}, {"stat", "start"},
		{"stopp", "stop"},	{"rel", "reload"},  {"wyh", "why"},
		{"destroy", NULL},	{"", NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct nearest nearest = {.word = cases[i].typed};

		for (size_t j = 0; j < sizeof(known) / sizeof(known[0]); j++)
			nearest_offer(&nearest, known[j]);
		if (cases[i].meant)
			assert_string_equal(nearest.found, cases[i].meant);
		else
			assert_null(nearest.found);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(durations_are_read),
		cmocka_unit_test(bad_durations_are_refused),
		cmocka_unit_test(durations_are_written),
		cmocka_unit_test(sizes_round_trip),
		cmocka_unit_test(cpu_lists_round_trip),
		cmocka_unit_test(long_cpu_lists_are_cut),
		cmocka_unit_test(signals_have_names),
		cmocka_unit_test(near_words_are_found),
		cmocka_unit_test(times_are_utc_with_ms),
		cmocka_unit_test(timers_are_never_early),
		cmocka_unit_test(fields_round_trip),
		cmocka_unit_test(unknown_fields_are_skipped),
		cmocka_unit_test(damaged_fields_are_refused),
		cmocka_unit_test(names_are_checked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
