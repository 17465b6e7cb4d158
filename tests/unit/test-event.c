#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/escape.h"
#include "live/table.h"
#include "store/checksum.h"
#include "store/event.h"

static const struct live_sample samples[] = {{15, 1024}, {1000, 2048}};

static struct event_record ended(void)
{
	struct event_record event = {
		.kind = EVENT_ENDED,
		.at_us = INT64_C(1795338000123456),
		.pool = "web",
		.worker = 3,
		.run = 17,
		.state = WORKER_BACKOFF,
		.state_before = WORKER_READY,
		.cause = CAUSE_CRASHED,
		.exit_signal = 11,
		.core = 1,
		.delay_ns = 200000000,
		.uptime_us = 3200000,
		.text = {"a\0\xff", 3},
		.samples = {samples, sizeof(samples)},
	};

	return event;
}

static void events_round_trip(void **state)
{
	struct event_record in = ended(), out;
	char data[1024];
	ssize_t size = event_encode(&in, data, sizeof(data));

	(void)state;
	assert_true(size > 0 && size < 200);
	assert_int_equal(event_decode(&out, data, (size_t)size), 0);
	assert_int_equal(out.text.size, 3);
	assert_memory_equal(out.text.data, in.text.data, 3);
	assert_memory_equal(out.samples.data, samples, sizeof(samples));
	out.text = in.text;
	out.samples = in.samples;
	assert_memory_equal(&in, &out, sizeof(in));
}

static void the_largest_event_fits(void **state)
{
	const size_t capacity = EVENT_TEXT_MAX + 8 * 1024;
	const size_t size_of_text = (size_t)EVENT_TEXT_MAX * 2;
	char *text = malloc(size_of_text);
	char *data = malloc(capacity);
	struct event_record event, out;
	ssize_t size;

	(void)state;
	memset(&event, 0xff, sizeof(event));
	memset(text, 'x', size_of_text);
	event.text = event.samples = (struct bytes){text, size_of_text};
	size = event_encode(&event, data, capacity);
	assert_true(size > EVENT_TEXT_MAX);
	assert_int_equal(event_decode(&out, data, (size_t)size), 0);
	assert_int_equal(out.text.size, EVENT_TEXT_MAX);
	assert_int_equal(event_encode(&event, data, 1000), -1);
	free(text);
	free(data);
}

static void hostile_bytes_are_survived(void **state)
{
	struct event_record in = ended(), out;
	char data[1024], damaged[1024];
	ssize_t size = event_encode(&in, data, sizeof(data));

	(void)state;
	for (ssize_t i = 0; i < size; i++) {
		for (int bit = 0; bit < 8; bit++) {
			memcpy(damaged, data, (size_t)size);
			damaged[i] = (char)(damaged[i] ^ 1 << bit);
			if (event_decode(&out, damaged, (size_t)size) == 0)
				json_decref(event_to_json(&out));
		}
		if (event_decode(&out, data, (size_t)i) == 0)
			json_decref(event_to_json(&out));
	}
}

static void json_speaks_in_words(void **state)
{
	struct event_record event = ended();
	json_t *object = event_to_json(&event);
	char *text = json_dumps(object, JSON_COMPACT);

	(void)state;
	assert_string_equal(
		text,
		"{\"at\":\"2026-11-22T09:00:00.123Z\",\"event\":\"ended\","
		"\"pool\":\"web\",\"worker\":\"web/2\",\"run\":17,"
		"\"state\":\"backoff\",\"state_before\":\"ready\","
		"\"cause\":\"crashed\",\"exit_signal\":\"SIGSEGV\","
		"\"core\":true,\"delay_s\":0.20000000000000001,"
		"\"text\":\"a\\\\x00\\\\xFF\","
		"\"samples\":[[1.5,1048576],[100.0,2097152]],"
		"\"uptime_s\":3.2000000000000002}");
	free(text);
	json_decref(object);
}

static void json_has_an_exit_code_of_zero(void **state)
{
	struct event_record event = {.kind = EVENT_ENDED,
				     .cause = CAUSE_EXITED};
	json_t *object = event_to_json(&event);

	(void)state;
	assert_int_equal(
		json_integer_value(json_object_get(object, "exit_code")), 0);
	assert_non_null(json_object_get(object, "exit_code"));
	assert_string_equal(json_string_value(json_object_get(object, "state")),
			    "stopped");
	json_decref(object);
	event = (struct event_record){.kind = EVENT_ENDED,
				      .cause = CAUSE_NOT_STARTED,
				      .step = "execve",
				      .error_number = ENOENT,
				      .uid = 1};
	object = event_to_json(&event);
	assert_null(json_object_get(object, "exit_code"));
	assert_int_equal(json_integer_value(json_object_get(object, "uid")), 0);
	assert_string_equal(json_string_value(json_object_get(object, "error")),
			    "No such file or directory");
	json_decref(object);
}

static void kinds_have_names(void **state)
{
	(void)state;
	assert_int_equal(event_kind_parse("ended"), EVENT_ENDED);
	assert_int_equal(event_kind_parse("nope"), 0);
	assert_string_equal(event_kind_name(EVENT_GAP), "gap");
	assert_string_equal(event_kind_name(0), "?");
	assert_string_equal(event_kind_name(UINT64_MAX), "?");
}

static void what_no_terminal_should_see_is_escaped(void **state)
{
	static const struct {
		const char *bytes;
		const char *text;
	} cases[] = {
		{"plain\ttext\n", "plain\ttext\n"},
		{"\x1b[31m\r\x7f", "\\x1B[31m\\x0D\\x7F"},
		{"é€😀", "é€😀"},
		{"\xc2\x9b", "\\xC2\\x9B"},
		/* Hebrew, a flag and a family are text … */
		{"\u05d0\u0628\U0001f1ea\U0001f468\u200d\U0001f469\u00ad",
		 "\u05d0\u0628\U0001f1ea\U0001f468\u200d\U0001f469\u00ad"},
		/* … what turns or breaks a line is not. */
		/* NOLINTNEXTLINE(misc-misleading-bidirectional) */
		{"a\u202egpj.exe", "a\\xE2\\x80\\xAEgpj.exe"},
		{"\u061c\u200e\u200f",
		 "\\xD8\\x9C\\xE2\\x80\\x8E\\xE2\\x80\\x8F"},
		{"\u2028\u2029", "\\xE2\\x80\\xA8\\xE2\\x80\\xA9"},
		/* NOLINTNEXTLINE(misc-misleading-bidirectional) */
		{"\u202a\u2066\u2069",
		 "\\xE2\\x80\\xAA\\xE2\\x81\\xA6\\xE2\\x81\\xA9"},
		{"\xc0\xaf\xff", "\\xC0\\xAF\\xFF"},
		{"\xed\xa0\x80", "\\xED\\xA0\\x80"},
		{"\xf4\x90\x80\x80", "\\xF4\\x90\\x80\\x80"},
		{"\xe2\x82", "\\xE2\\x82"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *text = escape_text(
			(struct bytes){cases[i].bytes, strlen(cases[i].bytes)});

		assert_string_equal(text, cases[i].text);
		free(text);
	}
}

static void the_checksum_is_crc32c(void **state)
{
	(void)state;
	/* The check value of the catalogue of CRC algorithms. */
	assert_int_equal(checksum(0, "123456789", 9), 0xe3069283);
	assert_int_equal(checksum(checksum(0, "1234", 4), "56789", 5),
			 0xe3069283);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(events_round_trip),
		cmocka_unit_test(the_largest_event_fits),
		cmocka_unit_test(hostile_bytes_are_survived),
		cmocka_unit_test(json_speaks_in_words),
		cmocka_unit_test(json_has_an_exit_code_of_zero),
		cmocka_unit_test(kinds_have_names),
		cmocka_unit_test(what_no_terminal_should_see_is_escaped),
		cmocka_unit_test(the_checksum_is_crc32c),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
