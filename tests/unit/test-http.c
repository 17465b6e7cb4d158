#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "supervisor/http.h"

static int parse(struct http_request *request, const char *head)
{
	return http_parse_head(request, head, strlen(head));
}

static void heads_end_at_an_empty_line(void **state)
{
	(void)state;
	assert_int_equal(http_head_size("GET", 3), 0);
	assert_int_equal(http_head_size("G\r\n", 3), 0);
	assert_int_equal(http_head_size("G\r\nA: b\r\n\r\nbody", 15), 11);
	assert_int_equal(http_head_size("G\nA: b\n\nbody", 12), 8);
	assert_int_equal(http_head_size("\r\n", 2), 2);
}

static void requests_are_read(void **state)
{
	struct http_request request;

	(void)state;
	assert_int_equal(parse(&request, "POST /v1/x?wait=1 HTTP/1.1\r\n"
					 "Host: reeve\r\n"
					 "content-length:  12 \r\n"
					 "Expect: 100-continue\r\n\r\n"),
			 0);
	assert_string_equal(request.method, "POST");
	assert_string_equal(request.path, "/v1/x");
	assert_string_equal(request.query, "wait=1");
	assert_int_equal(request.body_size, 12);
	assert_true(request.keep_alive);
	assert_true(request.takes_chunks);
	assert_true(request.expects_continue);
}

static void connections_end_when_asked(void **state)
{
	struct http_request request;

	(void)state;
	assert_int_equal(parse(&request, "GET / HTTP/1.1\r\n"
					 "Connection: x, Close\r\n\r\n"),
			 0);
	assert_false(request.keep_alive);
	assert_int_equal(parse(&request, "GET / HTTP/1.0\r\n\r\n"), 0);
	assert_false(request.keep_alive);
	assert_false(request.takes_chunks);
}

static void bad_requests_are_refused(void **state)
{
	static const struct {
		int status;
		const char *head;
	} cases[] = {
		{400, "\r\n"},
		{400, "\x16\x03\x01\r\n\r\n"},
		{400, "GET /\r\n\r\n"},
		{400, "GET  / HTTP/1.1\r\n\r\n"},
		{400, " / HTTP/1.1\r\n\r\n"},
		{400, "GET http://x/ HTTP/1.1\r\n\r\n"},
		{400, "GET / HTTQ/1.1\r\n\r\n"},
		{505, "GET / HTTP/2.0\r\n\r\n"},
		{501, "ABCDEFGHIJKLMNOPQ / HTTP/1.1\r\n\r\n"},
		{400, "GET / HTTP/1.1\r\nno colon\r\n\r\n"},
		{400, "GET / HTTP/1.1\r\nName : x\r\n\r\n"},
		{400, "GET / HTTP/1.1\r\n folded: x\r\n\r\n"},
		{400, "GET / HTTP/1.1\r\n: x\r\n\r\n"},
		{400, "POST / HTTP/1.1\r\nContent-Length:\r\n\r\n"},
		{400, "POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n"},
		{400, "POST / HTTP/1.1\r\nContent-Length: 1, 1\r\n\r\n"},
		{400, "POST / HTTP/1.1\r\nContent-Length: 1\r\n"
		      "Content-Length: 2\r\n\r\n"},
		{413, "POST / HTTP/1.1\r\nContent-Length: 65537\r\n\r\n"},
		{413, "POST / HTTP/1.1\r\n"
		      "Content-Length: 18446744073709551617\r\n\r\n"},
		{501, "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct http_request request;

		assert_int_equal(parse(&request, cases[i].head),
				 cases[i].status);
	}
}

static void a_nul_is_refused(void **state)
{
	static const char head[] = "GET /\0 HTTP/1.1\r\n\r\n";
	struct http_request request;

	(void)state;
	assert_int_equal(http_parse_head(&request, head, sizeof(head) - 1),
			 400);
}

static void a_long_target_is_refused(void **state)
{
	char target[HTTP_TARGET_SIZE], head[HTTP_TARGET_SIZE + 64];
	struct http_request request;

	(void)state;
	memset(target, 'a', sizeof(target));
	snprintf(head, sizeof(head), "GET /%.*s HTTP/1.1\r\n\r\n",
		 HTTP_TARGET_SIZE - 1, target);
	assert_int_equal(parse(&request, head), 414);
}

static void query_values_are_decoded(void **state)
{
	static const char query[] = "wait=1&signal=RTMIN%2b3&empty&bad=%4&"
				    "nul=%00&plus=a+b";
	char value[16];

	(void)state;
	assert_true(http_query_value(query, "wait", value, sizeof(value)));
	assert_string_equal(value, "1");
	assert_true(http_query_value(query, "signal", value, sizeof(value)));
	assert_string_equal(value, "RTMIN+3");
	assert_true(http_query_value(query, "plus", value, sizeof(value)));
	assert_string_equal(value, "a+b");
	assert_true(http_query_value(query, "empty", value, sizeof(value)));
	assert_string_equal(value, "");
	assert_false(http_query_value(query, "bad", value, sizeof(value)));
	assert_false(http_query_value(query, "nul", value, sizeof(value)));
	assert_false(http_query_value(query, "none", value, sizeof(value)));
	assert_false(http_query_value(query, "signal", value, 7));
	assert_false(http_query_value("", "wait", value, sizeof(value)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(heads_end_at_an_empty_line),
		cmocka_unit_test(requests_are_read),
		cmocka_unit_test(connections_end_when_asked),
		cmocka_unit_test(bad_requests_are_refused),
		cmocka_unit_test(a_nul_is_refused),
		cmocka_unit_test(a_long_target_is_refused),
		cmocka_unit_test(query_values_are_decoded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
