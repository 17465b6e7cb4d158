#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "supervisor/check.h"
#include "supervisor/http-answer.h"

#define MS INT64_C(1000000)

/* ---- hysteresis ---- */

static void failures_in_a_row_make_it_failing(void **state)
{
	struct check check = {0};

	(void)state;
	for (int i = 0; i < 10; i++) {
		assert_false(check_note(&check, false, 3, 1));
		assert_false(check_note(&check, false, 3, 1));
		assert_false(check_note(&check, true, 3, 1));
	}
	assert_false(check_note(&check, false, 3, 1));
	assert_false(check_note(&check, false, 3, 1));
	assert_true(check_note(&check, false, 3, 1));
	assert_true(check.failing);
	assert_false(check_note(&check, false, 3, 1));
	assert_int_equal(check.failed, 4);
}

static void successes_in_a_row_make_it_good_again(void **state)
{
	struct check check = {0};

	(void)state;
	assert_true(check_note(&check, false, 1, 2));
	assert_false(check_note(&check, true, 1, 2));
	assert_false(check_note(&check, false, 1, 2));
	assert_false(check_note(&check, true, 1, 2));
	assert_true(check.failing);
	assert_true(check_note(&check, true, 1, 2));
	assert_false(check.failing);
}

/* ---- time ---- */

static void times_do_not_drift_and_do_not_pile_up(void **state)
{
	(void)state;
	/* On time, a little late, and after several were missed. */
	assert_int_equal(check_next(1000, 100, 1000), 1100);
	assert_int_equal(check_next(1000, 100, 1007), 1100);
	assert_int_equal(check_next(1000, 100, 1099), 1100);
	assert_int_equal(check_next(1000, 100, 1100), 1200);
	assert_int_equal(check_next(1000, 100, 5432), 5500);
	assert_int_equal(check_next(1000, 100, 400), 1000);
}

static void first_times_are_spread_evenly(void **state)
{
	enum { WORKERS = 1000, PARTS = 10 };
	const int64_t interval_ns = 1000 * MS;
	unsigned counts[PARTS] = {0};

	(void)state;
	for (uint32_t i = 0; i < WORKERS; i++) {
		int64_t at_ns = check_first(5 * MS, interval_ns, i + 1);

		assert_in_range(at_ns, 5 * MS, 5 * MS + interval_ns - 1);
		counts[(at_ns - 5 * MS) * PARTS / interval_ns]++;
	}
	for (unsigned i = 0; i < PARTS; i++)
		assert_in_range(counts[i], 95, 105);
}

/* ---- answers of HTTP servers ---- */

/* Feeds a text in pieces of `piece` bytes. */
static enum http_answer_state feed(struct http_answer *answer, const char *text,
				   size_t size, size_t piece)
{
	enum http_answer_state state = answer->state;

	for (size_t at = 0; at < size; at += piece)
		state = http_answer_feed(answer, text + at,
					 size - at < piece ? size - at : piece);
	return state;
}

static void an_answer_is_read_however_it_comes(void **state)
{
	static const char text[] = "HTTP/1.1 503 Service Unavailable\r\n"
				   "Server: test\r\nCONTENT-length: 5\r\n\r\n"
				   "hello and more";

	(void)state;
	for (size_t piece = 1; piece < sizeof(text); piece++) {
		struct http_answer answer;

		http_answer_init(&answer, true);
		assert_int_equal(feed(&answer, text, sizeof(text) - 1, piece),
				 HTTP_ANSWER_DONE);
		assert_int_equal(answer.status, 503);
		assert_memory_equal(answer.body, "hello", 5);
		http_answer_release(&answer);
	}
}

static void a_body_without_length_ends_with_the_connection(void **state)
{
	static const char text[] = "HTTP/1.0 200 OK\n\nsome\0thing";
	struct http_answer answer;

	(void)state;
	http_answer_init(&answer, true);
	assert_int_equal(feed(&answer, text, sizeof(text) - 1, 7),
			 HTTP_ANSWER_BODY);
	assert_int_equal(http_answer_end(&answer), HTTP_ANSWER_DONE);
	assert_string_equal(answer.body, "some thing");
	http_answer_release(&answer);
}

static void an_interim_answer_is_no_answer(void **state)
{
	static const char text[] = "HTTP/1.1 100 Continue\r\n\r\n"
				   "HTTP/1.1 204 No Content\r\n\r\n";
	struct http_answer answer;

	(void)state;
	http_answer_init(&answer, false);
	assert_int_equal(feed(&answer, text, sizeof(text) - 1, 3),
			 HTTP_ANSWER_DONE);
	assert_int_equal(answer.status, 204);
}

static void a_short_answer_is_bad(void **state)
{
	static const char *const texts[] = {
		"", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\nA: b\r\n",
		"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort"};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct http_answer answer;

		http_answer_init(&answer, false);
		feed(&answer, texts[i], strlen(texts[i]), 100);
		assert_int_equal(http_answer_end(&answer), HTTP_ANSWER_BAD);
	}
}

static void what_is_no_http_is_bad(void **state)
{
	static const char *const texts[] = {
		"SSH-2.0-OpenSSH_9.2\r\n", "HTTP/2 200\r\n\r\n",
		"HTTP/1.1 20 OK\r\n\r\n",  "HTTP/1.1 2000 OK\r\n\r\n",
		"HTTP/1.1\r\n\r\n",	   "\r\n",
		"HTTP/1.1 -20 OK\r\n\r\n", "-ERR unknown command\r\n"};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct http_answer answer;

		http_answer_init(&answer, false);
		assert_int_equal(feed(&answer, texts[i], strlen(texts[i]), 100),
				 HTTP_ANSWER_BAD);
	}
}

static void endless_answers_are_bounded(void **state)
{
	static char much[64 * 1024];
	struct http_answer answer;

	(void)state;
	memset(much, 'x', sizeof(much));
	/* A line, a head, a body without an end. */
	http_answer_init(&answer, true);
	assert_int_equal(feed(&answer, much, sizeof(much), 1000),
			 HTTP_ANSWER_BAD);
	http_answer_init(&answer, true);
	feed(&answer, "HTTP/1.1 200 OK\r\nA: ", 20, 20);
	assert_int_equal(feed(&answer, much, sizeof(much), 1000),
			 HTTP_ANSWER_BAD);
	http_answer_init(&answer, true);
	feed(&answer, "HTTP/1.1 200 OK\r\n\r\n", 19, 19);
	assert_int_equal(feed(&answer, much, sizeof(much), 999),
			 HTTP_ANSWER_DONE);
	assert_int_equal(strlen(answer.body), HTTP_ANSWER_BODY_MAX);
	http_answer_release(&answer);
}

static void lengths_that_are_none_do_no_harm(void **state)
{
	static const char *const lengths[] = {"-5", "x", "",
					      "99999999999999999999999"};

	(void)state;
	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		struct http_answer answer;
		char text[200];

		snprintf(text, sizeof(text),
			 "HTTP/1.1 200 OK\r\nContent-Length: %s\r\n\r\nbody",
			 lengths[i]);
		http_answer_init(&answer, true);
		feed(&answer, text, strlen(text), 10);
		http_answer_end(&answer);
		http_answer_release(&answer);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(failures_in_a_row_make_it_failing),
		cmocka_unit_test(successes_in_a_row_make_it_good_again),
		cmocka_unit_test(times_do_not_drift_and_do_not_pile_up),
		cmocka_unit_test(first_times_are_spread_evenly),
		cmocka_unit_test(an_answer_is_read_however_it_comes),
		cmocka_unit_test(
			a_body_without_length_ends_with_the_connection),
		cmocka_unit_test(an_interim_answer_is_no_answer),
		cmocka_unit_test(a_short_answer_is_bad),
		cmocka_unit_test(what_is_no_http_is_bad),
		cmocka_unit_test(endless_answers_are_bounded),
		cmocka_unit_test(lengths_that_are_none_do_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
