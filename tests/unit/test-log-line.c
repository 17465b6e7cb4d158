#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/log-line.h"

static const struct log_line like = {
	.at_us = INT64_C(1795510800123000),
	.worker = "web/0",
	.run = 17,
	.pid = 815,
	.stream = LOG_ERR,
};

/* Writes a line, reads it back and compares it. */
static void assert_there_and_back(enum log_format format, struct bytes text,
				  bool partial, const char *wanted)
{
	char *out = malloc(LOG_LINE_MAX);
	struct log_head head;
	struct log_line line;
	size_t size;

	assert_non_null(out);
	log_head_init(&head, format, &like);
	size = log_head_line(&head, text, partial, out);
	assert_in_range(size, 1, LOG_LINE_MAX);
	assert_int_equal(out[size - 1], '\n');
	if (wanted) {
		assert_int_equal(size - 1, strlen(wanted));
		assert_memory_equal(out, wanted, size - 1);
	}
	log_line_parse(&line, out, size - 1);
	assert_int_equal(line.at_us, like.at_us);
	assert_string_equal(line.worker, like.worker);
	assert_int_equal(line.run, like.run);
	assert_int_equal(line.pid, format == LOG_JSON ? like.pid : 0);
	assert_int_equal(line.stream, like.stream);
	assert_int_equal(line.partial, partial);
	if (wanted) {
		assert_int_equal(line.text.size, text.size);
		assert_memory_equal(line.text.data, text.data, text.size);
	}
	free(out);
}

static void lines_come_back_as_they_were(void **state)
{
	const struct bytes text = {"a \"b\" \\ \t", 9};

	(void)state;
	assert_there_and_back(LOG_TAGGED, text, false,
			      "2026-11-24T09:00:00.123Z web/0 17 err a \"b\" "
			      "\\ \t");
	assert_there_and_back(
		LOG_JSON,
		/* NOLINTNEXTLINE(misc-misleading-bidirectional) */
		(struct bytes){"\u202egpj\xc2\x9b\u00e9\U0001f600", 14}, true,
		"{\"time\":\"2026-11-24T09:00:00.123Z\","
		"\"worker\":\"web/0\",\"run\":17,\"pid\":815,"
		"\"stream\":\"err\",\"line\":\"\\u202Egpj\\u009B\u00e9"
		"\U0001f600\",\"partial\":true}");
	assert_there_and_back(LOG_TAGGED, (struct bytes){"", 0}, true,
			      "2026-11-24T09:00:00.123Z web/0 17 err+ ");
	assert_there_and_back(LOG_JSON, text, true,
			      "{\"time\":\"2026-11-24T09:00:00.123Z\","
			      "\"worker\":\"web/0\",\"run\":17,\"pid\":815,"
			      "\"stream\":\"err\",\"line\":\"a \\\"b\\\" "
			      "\\\\ \\u0009\",\"partial\":true}");
}

static void the_longest_line_fits(void **state)
{
	char *text = malloc(LOG_TEXT_MAX);

	(void)state;
	assert_non_null(text);
	memset(text, 1, LOG_TEXT_MAX);
	assert_there_and_back(LOG_JSON, (struct bytes){text, LOG_TEXT_MAX},
			      true, NULL);
	memset(text, 0xff, LOG_TEXT_MAX);
	assert_there_and_back(LOG_JSON, (struct bytes){text, LOG_TEXT_MAX},
			      true, NULL);
	free(text);
}

static void other_lines_are_raw(void **state)
{
	static const char *const lines[] = {
		"",
		"{",
		"hello",
		"2026-11-24T09:00:00.123Z",
		"2026-11-24T09:00:00.123Z web/0 17 out",
		"2026-11-24T09:00:00.123Z web/0 17 log text",
		"2026-11-24 09:00:00.123Z web/0 17 out text",
		"{\"time\":\"2026-11-24T09:00:00.123Z\"}",
		("{\"time\":\"2026-11-24T09:00:00.123Z\",\"worker\":\"a/0\","
		 "\"run\":1,\"stream\":\"out\",\"line\":\""),
	};

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		size_t size = strlen(lines[i]);
		char *copy = malloc(size + 1);
		struct log_line line;

		assert_non_null(copy);
		memcpy(copy, lines[i], size + 1);
		log_line_parse(&line, copy, size);
		assert_int_equal(line.at_us, 0);
		assert_int_equal(line.text.size, size);
		assert_memory_equal(line.text.data, lines[i], size);
		free(copy);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_come_back_as_they_were),
		cmocka_unit_test(the_longest_line_fits),
		cmocka_unit_test(other_lines_are_raw),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
