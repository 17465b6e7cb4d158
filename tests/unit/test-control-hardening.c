#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/control-fixture.h"

#include <event2/bufferevent.h>
#include <event2/buffer.h>
#include <event2/event.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static const char status_request[] = "GET /v1/status HTTP/1.1\r\n\r\n";

/* What a client hears who says `text`, up to the end of the connection. */
static int answer_to(struct fixture *fixture, const char *text)
{
	int fd = fixture_dial(fixture);

	fixture_say(fixture, fd, text);
	fixture_hears_end(fixture, fd);
	close(fd);
	return (int)strtol(fixture->heard + 9, NULL, 10);
}

static void assert_served(struct fixture *fixture)
{
	assert_int_equal(fixture_ask(fixture, "GET", "/v1/status", ""), 200);
}

static void garbage_is_refused(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(answer_to(fixture, "\x16\x03\x01\x02\n\n"), 400);
	assert_non_null(strstr(fixture->heard, "\"bad-request\""));
	assert_int_equal(answer_to(fixture, "\r\n\r\n"), 400);
	assert_int_equal(answer_to(fixture, "GET / HTTP/3.0\r\n\r\n"), 505);
	assert_int_equal(answer_to(fixture, "POST /v1/reload HTTP/1.1\r\n"
					    "Content-Length: 99999\r\n\r\n"),
			 413);
	assert_served(fixture);
}

static void a_head_without_end_is_refused(void **state)
{
	char head[2 * HTTP_HEAD_MAX];

	memset(head, 'a', sizeof(head));
	head[sizeof(head) - 1] = '\0';
	assert_int_equal(answer_to(*state, head), 431);
}

static void a_request_may_come_in_pieces(void **state)
{
	struct fixture *fixture = *state;
	int fd = fixture_dial(fixture);
	char piece[2] = {0};
	static const char request[] = "POST /v1/pools/web/scale HTTP/1.1\r\n"
				      "Expect: 100-continue\r\n"
				      "Content-Length: 14\r\n\r\n";

	for (const char *at = request; *at; at++) {
		piece[0] = *at;
		fixture_say(fixture, fd, piece);
		fixture_turn(fixture);
	}
	assert_true(fixture_hears(fixture, fd, "100 Continue\r\n\r\n"));
	fixture_say(fixture, fd, "{\"workers\":");
	fixture_turn(fixture);
	assert_int_equal(fixture->instance.id, 0);
	fixture_say(fixture, fd, " 4}");
	assert_true(fixture_hears(fixture, fd, "\"done\"}\n"));
	assert_int_equal(fixture->instance.request.count, 4);
	close(fd);
}

static void requests_may_come_at_once(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(answer_to(fixture,
				   "POST /v1/pools/a/stop HTTP/1.1\r\n\r\n"
				   "HEAD /v1/status HTTP/1.1\r\n\r\n"
				   "POST /v1/pools/b/stop HTTP/1.1\r\n\r\n"
				   "POST /v1/pools/c/stop HTTP/1.0\r\n\r\n"
				   "POST /v1/pools/d/stop HTTP/1.1\r\n\r\n"),
			 200);
	assert_non_null(strstr(fixture->heard, "\"operation\": 3,"));
	assert_string_equal(fixture->instance.target, "c");
	assert_int_equal(fixture->instance.id, 3);
}

static void an_end_of_input_does_not_lose_answers(void **state)
{
	struct fixture *fixture = *state;
	int fd = fixture_dial(fixture);

	fixture_say(fixture, fd, status_request);
	fixture_say(fixture, fd, status_request);
	fixture_say(fixture, fd, "GET /v1/pools/web HT");
	shutdown(fd, SHUT_WR);
	fixture_hears_end(fixture, fd);
	assert_non_null(strstr(strstr(fixture->heard, "200 OK") + 1, "200 OK"));
	close(fd);
}

static void idle_connections_make_room(void **state)
{
	enum { IDLE = 1000 };
	struct fixture *fixture = *state;
	struct rlimit limit;
	int idle[IDLE], first;

	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	limit.rlim_cur = limit.rlim_max;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	first = fixture_dial(fixture);
	fixture_say(fixture, first, "GET /v1/status HTTP/1.1\r\nHalf: ");
	for (int i = 0; i < IDLE; i++)
		idle[i] = fixture_dial(fixture);
	assert_served(fixture);
	fixture_hears_end(fixture, first);
	assert_true(fixture->control->server->count <= CONTROL_CONNECTIONS_MAX);
	fixture_say(fixture, idle[IDLE - 1], status_request);
	assert_true(fixture_hears(fixture, idle[IDLE - 1], "200 OK"));
	for (int i = 0; i < IDLE; i++)
		close(idle[i]);
	close(first);
}

static void too_many_busy_clients_are_refused(void **state)
{
	struct fixture *fixture = *state;
	int busy[CONTROL_CONNECTIONS_MAX];

	fixture->instance.outcome = OPERATION_RUNNING;
	for (uint64_t i = 0; i < CONTROL_CONNECTIONS_MAX; i++) {
		busy[i] = fixture_dial(fixture);
		fixture_say(fixture, busy[i],
			    "POST /v1/pools/web/stop?wait=1 HTTP/1.1\r\n\r\n");
		while (fixture->instance.id <= i)
			fixture_turn(fixture);
	}
	assert_int_equal(answer_to(fixture, ""), 503);
	for (size_t i = 0; i < CONTROL_CONNECTIONS_MAX; i++)
		close(busy[i]);
	while (fixture->control->server->count)
		fixture_turn(fixture);
	fixture->instance.outcome = OPERATION_DONE;
	assert_served(fixture);
}

static void accepting_rests_when_no_fd_is_left(void **state)
{
	struct fixture *fixture = *state;
	struct http_server *server = fixture->control->server;
	struct rlimit limit, tight;
	int fd = fixture_dial(fixture);

	getrlimit(RLIMIT_NOFILE, &limit);
	tight = limit;
	tight.rlim_cur = (rlim_t)fd;
	setrlimit(RLIMIT_NOFILE, &tight);
	fixture_turn(fixture);
	assert_false(event_pending(server->acceptable, EV_READ, NULL));
	fixture_say(fixture, fd, status_request);
	setrlimit(RLIMIT_NOFILE, &limit);
	assert_true(fixture_hears(fixture, fd, "200 OK"));
	assert_true(event_pending(server->acceptable, EV_READ, NULL));
	close(fd);
}

static void who_stays_silent_is_cut_off(void **state)
{
	struct fixture *fixture = *state;
	int idle = fixture_dial(fixture), half = fixture_dial(fixture);

	fixture->control->server->settings.timeout_s = 1;
	fixture_say(fixture, idle, status_request);
	assert_true(fixture_hears(fixture, idle, "200 OK"));
	fixture_say(fixture, half, status_request);
	fixture_say(fixture, half, "GET /v1/sta");
	fixture_hears_end(fixture, idle);
	fixture_hears_end(fixture, half);
	close(idle);
	close(half);
}

static void emit(struct fixture *fixture, const struct event_record *event)
{
	fixture->instance.listener(event, fixture->instance.listener_context);
}

static int listen_to_events(struct fixture *fixture, const char *target)
{
	int fd = fixture_dial(fixture);
	char request[128];

	snprintf(request, sizeof(request), "GET %s HTTP/1.1\r\n\r\n", target);
	fixture_say(fixture, fd, request);
	assert_true(fixture_hears(fixture, fd, "chunked\r\n"));
	return fd;
}

static void events_are_streamed(void **state)
{
	struct fixture *fixture = *state;
	struct event_record event = {
		.kind = EVENT_SPAWNED, .pool = "web", .run = 17};
	struct event_record hidden = {
		.kind = EVENT_READY, .pool = "reeve-logger", .hidden = 1};
	int some = listen_to_events(fixture, "/v1/events");
	int all = listen_to_events(fixture, "/v1/events?helpers=1");

	emit(fixture, &hidden);
	emit(fixture, &event);
	assert_true(fixture_hears(fixture, some, "\"spawned\""));
	assert_null(strstr(fixture->heard, "reeve-logger"));
	assert_true(fixture_hears(fixture, all, "\"spawned\""));
	assert_non_null(strstr(fixture->heard, "reeve-logger"));
	close(some);
	close(all);
	while (fixture->instance.listener)
		fixture_turn(fixture);
}

static void who_does_not_read_is_told_what_was_lost(void **state)
{
	enum { EVENTS = 10000 };
	struct fixture *fixture = *state;
	struct event_record event = {.kind = EVENT_SPAWNED, .pool = "web"};
	int fd = listen_to_events(fixture, "/v1/events");
	struct evbuffer *waiting = bufferevent_get_output(
		TAILQ_FIRST(&fixture->control->server->connections)->buffer);

	for (int i = 0; i < EVENTS; i++) {
		emit(fixture, &event);
		fixture_turn(fixture);
	}
	assert_in_range(evbuffer_get_length(waiting), 1, 128 * 1024);
	while (evbuffer_get_length(waiting))
		assert_true(fixture_hears(fixture, fd, "\n"));
	emit(fixture, &event);
	assert_true(fixture_hears(fixture, fd, "\"count\":"));
	assert_non_null(strstr(fixture->heard, "\"gap\""));
	close(fd);
}

static void the_socket_is_private_and_replaces_what_is_there(void **state)
{
	struct fixture *fixture = *state;
	struct stat status;
	struct error error;
	FILE *file;

	assert_int_equal(stat(fixture->path, &status), 0);
	assert_int_equal(status.st_mode, S_IFSOCK | 0600);
	control_close(fixture->control);
	file = fopen(fixture->path, "w");
	assert_non_null(file);
	fclose(file);
	fixture->control = control_open(&fixture->instance, fixture->base, 0,
					fixture->path, &error);
	assert_served(fixture);
}

static void a_long_path_is_refused(void **state)
{
	struct fixture *fixture = *state;
	char path[256] = {0};
	struct error error;

	memset(path, 'x', 200);
	assert_null(control_open(&fixture->instance, fixture->base, 0, path,
				 &error));
	assert_non_null(strstr(error.text, "the path has 200 bytes, a socket's "
					   "may have 107"));
}

#define CONTROL_TEST(name) \
	cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CONTROL_TEST(garbage_is_refused),
		CONTROL_TEST(a_head_without_end_is_refused),
		CONTROL_TEST(a_request_may_come_in_pieces),
		CONTROL_TEST(requests_may_come_at_once),
		CONTROL_TEST(an_end_of_input_does_not_lose_answers),
		CONTROL_TEST(idle_connections_make_room),
		CONTROL_TEST(too_many_busy_clients_are_refused),
		CONTROL_TEST(accepting_rests_when_no_fd_is_left),
		CONTROL_TEST(who_stays_silent_is_cut_off),
		CONTROL_TEST(events_are_streamed),
		CONTROL_TEST(who_does_not_read_is_told_what_was_lost),
		CONTROL_TEST(the_socket_is_private_and_replaces_what_is_there),
		CONTROL_TEST(a_long_path_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
