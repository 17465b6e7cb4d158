#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/control-fixture.h"

#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void assert_heard(struct fixture *fixture, const char *text)
{
	if (!strstr(fixture->heard, text))
		fail_msg("\"%s\" is not in: %s", text, fixture->heard);
}

static void status_is_shown(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(fixture_ask(fixture, "GET", "/v1/status", ""), 200);
	assert_heard(fixture, "Content-Type: application/json\r\n");
	assert_heard(fixture, "\"instance\": \"shop\"");
	assert_int_equal(fixture_ask(fixture, "GET", "/v1/pools/web", ""), 200);
	assert_heard(fixture, "\"workers\"");
	assert_int_equal(fixture_ask(fixture, "GET", "/v1/workers/web/0", ""),
			 200);
	assert_heard(fixture, "\"web/0\"");
	assert_int_equal(fixture_ask(fixture, "GET", "/metrics", ""), 200);
	assert_heard(fixture, "text/plain; version=0.0.4");
}

static void unknown_names_and_paths_are_refused(void **state)
{
	static const char *const names[] = {
		"/v1/pools/nothing",	"/v1/workers/web/1",
		"/v1/workers/web/x",	"/v1/workers/web/-1",
		"/v1/pools/..",		"/v1/workers/../0",
		"/v1/pools/%2e%2e",	"/v1/pools/a\xff",
		"/v1/workers/all/0",	"/v1/workers/web/99999999999",
		"/v1/workers/web/0x00",
	};
	static const char *const paths[] = {
		"/",
		"/v1",
		"/v2/status",
		"/v1/status/",
		"/v1/pools/",
		"/v1/../v1/status",
		"/v1/jobs/3",
		"/v1/pools/a/b/c/",
		"/../../etc/passwd",
	};
	struct fixture *fixture = *state;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		assert_int_equal(fixture_ask(fixture, "GET", names[i], ""),
				 404);
		assert_heard(fixture, "\"no-such-name\"");
	}
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		assert_int_equal(fixture_ask(fixture, "GET", paths[i], ""),
				 404);
		assert_heard(fixture, "\"no-such-path\"");
	}
}

static void wrong_methods_are_refused(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(fixture_ask(fixture, "POST", "/v1/status", ""), 405);
	assert_heard(fixture, "Allow: GET\r\n");
	assert_int_equal(fixture_ask(fixture, "GET", "/v1/reload", ""), 405);
	assert_heard(fixture, "Allow: POST\r\n");
	assert_int_equal(fixture_ask(fixture, "BREW", "/v1/status", ""), 405);
	assert_int_equal(fixture_ask(fixture, "HEAD", "/v1/status", ""), 405);
	assert_string_equal(strstr(fixture->heard, "\r\n\r\n"), "\r\n\r\n");
}

static void operations_are_begun(void **state)
{
	struct fixture *fixture = *state;
	const struct operation_request *request = &fixture->instance.request;

	assert_int_equal(fixture_ask(fixture, "POST", "/v1/pools/web/stop", ""),
			 200);
	assert_heard(fixture, "{\"operation\": 1, \"outcome\": \"done\"}");
	assert_int_equal(request->verb, OPERATION_STOP);
	assert_string_equal(fixture->instance.target, "web");
	assert_int_equal(request->uid, geteuid());
	fixture_ask(fixture, "POST", "/v1/workers/web/12/restart", "");
	assert_int_equal(request->verb, OPERATION_RESTART);
	assert_string_equal(fixture->instance.target, "web/12");
	fixture_ask(fixture, "POST", "/v1/pools/all/start", "");
	assert_int_equal(request->verb, OPERATION_START);
	assert_string_equal(fixture->instance.target, "all");
	fixture_ask(fixture, "POST", "/v1/shutdown", "");
	assert_int_equal(request->verb, OPERATION_SHUTDOWN);
	assert_int_equal(fixture_ask(fixture, "POST", "/v1/pools/web/burn", ""),
			 404);
	assert_int_equal(
		fixture_ask(fixture, "POST", "/v1/workers/web/0/scale", ""),
		404);
	assert_int_equal(fixture->instance.id, 4);
}

static void parameters_come_from_query_or_body(void **state)
{
	struct fixture *fixture = *state;
	const struct operation_request *request = &fixture->instance.request;

	fixture_ask(fixture, "POST", "/v1/pools/web/signal?signal=HUP", "");
	assert_int_equal(request->signal, SIGHUP);
	fixture_ask(fixture, "POST", "/v1/pools/web/signal",
		    "{\"signal\": \"SIGUSR1\"}");
	assert_int_equal(request->signal, SIGUSR1);
	fixture_ask(fixture, "POST", "/v1/pools/web/scale?workers=5", "");
	assert_int_equal(request->count, 5);
	fixture_ask(fixture, "POST", "/v1/pools/web/scale", "{\"workers\": 6}");
	assert_int_equal(request->count, 6);
	fixture_ask(fixture, "POST", "/v1/reload?dry_run=1", "");
	assert_true(request->dry_run);
	fixture_ask(fixture, "POST", "/v1/reload", "{\"dry_run\": false}");
	assert_false(request->dry_run);
}

static void bad_parameters_are_refused(void **state)
{
	static const struct {
		const char *target;
		const char *body;
	} cases[] = {
		{"/v1/pools/web/signal", ""},
		{"/v1/pools/web/signal?signal=NOPE", ""},
		{"/v1/pools/web/scale", ""},
		{"/v1/pools/web/scale?workers=-1", ""},
		{"/v1/pools/web/scale?workers=4x", ""},
		{"/v1/pools/web/scale?workers=99999999999999999999", ""},
		{"/v1/pools/web/scale", "{\"workers\": [4]}"},
		{"/v1/pools/web/stop", "stop!"},
		{"/v1/pools/web/stop", "[1]"},
	};
	struct fixture *fixture = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(fixture_ask(fixture, "POST", cases[i].target,
					     cases[i].body),
				 400);
	assert_int_equal(fixture->instance.id, 0);
}

static void failures_have_their_status(void **state)
{
	struct fixture *fixture = *state;
	struct instance *instance = &fixture->instance;

	instance->text = "cannot stop web: \"reason\"";
	instance->outcome = OPERATION_FAILED;
	assert_int_equal(fixture_ask(fixture, "POST", "/v1/pools/web/stop", ""),
			 500);
	assert_heard(fixture, "{\"error\": {\"code\": \"failed\", \"message\": "
			      "\"cannot stop web: \\\"reason\\\"\"}}");
	instance->outcome = OPERATION_REFUSED;
	assert_int_equal(fixture_ask(fixture, "POST", "/v1/pools/web/stop", ""),
			 409);
	instance->outcome = OPERATION_NO_SUCH_NAME;
	assert_int_equal(fixture_ask(fixture, "POST", "/v1/pools/web/stop", ""),
			 404);
}

static void a_reload_answers_with_its_plan(void **state)
{
	struct fixture *fixture = *state;

	fixture->instance.text = "{\"config\": 8, \"pools\": []}";
	assert_int_equal(fixture_ask(fixture, "POST", "/v1/reload?wait=1", ""),
			 200);
	assert_heard(fixture, "\"plan\": {\"config\": 8, \"pools\": []}");
}

static void who_does_not_wait_is_told_the_operation(void **state)
{
	struct fixture *fixture = *state;

	fixture->instance.outcome = OPERATION_RUNNING;
	assert_int_equal(fixture_ask(fixture, "POST", "/v1/pools/web/stop", ""),
			 202);
	assert_heard(fixture, "{\"operation\": 1, \"outcome\": \"running\"}");
	assert_int_equal(fixture->instance.forgotten, 1);
}

static void who_waits_is_told_the_end(void **state)
{
	struct fixture *fixture = *state;
	int fd = fixture_dial(fixture);

	fixture->instance.outcome = OPERATION_RUNNING;
	fixture_say(fixture, fd,
		    "POST /v1/pools/web/stop?wait=1 HTTP/1.1\r\n\r\n");
	while (!fixture->instance.id)
		fixture_turn(fixture);
	assert_int_equal(read(fd, fixture->heard, 1), -1);
	fixture_finish(fixture, OPERATION_DONE, NULL);
	assert_true(fixture_hears(fixture, fd, "\"done\"}\n"));
	assert_int_equal(fixture->instance.forgotten, 0);
	close(fd);
}

static void who_hangs_up_is_forgotten(void **state)
{
	struct fixture *fixture = *state;
	int fd = fixture_dial(fixture);

	fixture->instance.outcome = OPERATION_RUNNING;
	fixture_say(fixture, fd,
		    "POST /v1/pools/web/stop?wait=1 HTTP/1.1\r\n\r\n");
	while (!fixture->instance.id)
		fixture_turn(fixture);
	close(fd);
	while (!fixture->instance.forgotten)
		fixture_turn(fixture);
	assert_int_equal(fixture->instance.forgotten, 1);
}

static void an_end_of_the_server_forgets_waiters(void **state)
{
	struct fixture *fixture = *state;
	int fd = fixture_dial(fixture);
	struct error error;

	fixture->instance.outcome = OPERATION_RUNNING;
	fixture_say(fixture, fd,
		    "POST /v1/pools/web/stop?wait=1 HTTP/1.1\r\n\r\n");
	while (!fixture->instance.id)
		fixture_turn(fixture);
	control_close(fixture->control);
	assert_int_equal(fixture->instance.forgotten, 1);
	fixture->control = control_open(&fixture->instance, fixture->base, 0,
					fixture->path, &error);
	close(fd);
}

static void only_root_and_the_owner_may_ask(void **state)
{
	struct fixture *fixture = *state;
	int fd;

	if (geteuid() != 0)
		skip();
	chmod(fixture->path, 0666);
	assert_int_equal(seteuid(65534), 0);
	fd = fixture_dial(fixture);
	assert_int_equal(seteuid(0), 0);
	fixture_say(fixture, fd, "GET /v1/status HTTP/1.1\r\n\r\n");
	assert_true(fixture_hears(fixture, fd, "\"forbidden\""));
	assert_memory_equal(fixture->heard, "HTTP/1.1 403 Forbidden", 22);
	close(fd);
}

#define CONTROL_TEST(name) \
	cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CONTROL_TEST(status_is_shown),
		CONTROL_TEST(unknown_names_and_paths_are_refused),
		CONTROL_TEST(wrong_methods_are_refused),
		CONTROL_TEST(operations_are_begun),
		CONTROL_TEST(parameters_come_from_query_or_body),
		CONTROL_TEST(bad_parameters_are_refused),
		CONTROL_TEST(failures_have_their_status),
		CONTROL_TEST(a_reload_answers_with_its_plan),
		CONTROL_TEST(who_does_not_wait_is_told_the_operation),
		CONTROL_TEST(who_waits_is_told_the_end),
		CONTROL_TEST(who_hangs_up_is_forgotten),
		CONTROL_TEST(an_end_of_the_server_forgets_waiters),
		CONTROL_TEST(only_root_and_the_owner_may_ask),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
