#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/control-fixture.h"

#include "base/clock.h"
#include "live/table.h"

#include <errno.h>
#include <event2/event.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { PRIORITIES = 3, DEADLINE_S = 60 };

/* ---- the instance ---- */

static void report(struct instance *instance, enum operation_outcome outcome,
		   const char *text, operation_fn *done, void *context)
{
	struct operation_report made = {
		.id = instance->id, .outcome = outcome, .text = text};

	if (done)
		done(&made, context);
}

uint64_t operation_begin(struct instance *instance,
			 const struct operation_request *request,
			 operation_fn *done, void *context)
{
	instance->id++;
	instance->request = *request;
	snprintf(instance->target, sizeof(instance->target), "%s",
		 request->target ? request->target : "");
	if (instance->outcome == OPERATION_RUNNING) {
		instance->done = done;
		instance->done_context = context;
	} else {
		report(instance, instance->outcome, instance->text, done,
		       context);
	}
	return instance->id;
}

void operation_forget(struct instance *instance, uint64_t id)
{
	instance->forgotten = id;
	instance->done = NULL;
}

const struct live_table *instance_live_table(const struct instance *instance)
{
	return instance->table;
}

uint64_t instance_listen(struct instance *instance, event_listener_fn *listener,
			 void *context)
{
	instance->listener = listener;
	instance->listener_context = context;
	return 7;
}

void instance_unlisten(struct instance *instance, uint64_t id)
{
	assert_int_equal(id, 7);
	instance->listener = NULL;
}

void fixture_finish(struct fixture *fixture, enum operation_outcome outcome,
		    const char *text)
{
	struct instance *instance = &fixture->instance;

	report(instance, outcome, text, instance->done, instance->done_context);
}

/* ---- set-up ---- */

/* A table with the pool "web" of one worker. */
static struct live_table *make_table(const char *folder)
{
	struct live_instance header = {.name = "shop", .pid = 1};
	struct live_pool pool = {.name = "web", .kind = "service", .wanted = 1};
	struct live_worker worker = {.state = WORKER_READY, .pid = 1, .run = 9};
	struct live_table *table;
	struct error error;
	char path[128];

	snprintf(path, sizeof(path), "%s/live", folder);
	table = live_table_create(path, &header, &pool, 1, 1, NULL, NULL,
				  &error);
	assert_non_null(table);
	live_table_set_worker(table, 0, &worker);
	return table;
}

int fixture_setup(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));
	struct error error;

	snprintf(fixture->folder, sizeof(fixture->folder),
		 "/tmp/reeve-control-XXXXXX");
	assert_non_null(mkdtemp(fixture->folder));
	chmod(fixture->folder, 0755);
	snprintf(fixture->path, sizeof(fixture->path), "%s/control.sock",
		 fixture->folder);
	fixture->instance.table = make_table(fixture->folder);
	fixture->instance.outcome = OPERATION_DONE;
	fixture->base = event_base_new();
	event_base_priority_init(fixture->base, PRIORITIES);
	fixture->control = control_open(&fixture->instance, fixture->base,
					PRIORITIES - 1, fixture->path, &error);
	assert_non_null(fixture->control);
	*state = fixture;
	return 0;
}

int fixture_teardown(void **state)
{
	struct fixture *fixture = *state;
	char path[128];

	control_close(fixture->control);
	assert_int_not_equal(access(fixture->path, F_OK), 0);
	event_base_free(fixture->base);
	live_table_close(fixture->instance.table);
	snprintf(path, sizeof(path), "%s/live", fixture->folder);
	unlink(path);
	rmdir(fixture->folder);
	free(fixture);
	return 0;
}

/* ---- clients ---- */

void fixture_turn(struct fixture *fixture)
{
	event_base_loop(fixture->base, EVLOOP_NONBLOCK);
}

static int64_t deadline(void)
{
	return clock_monotonic_ns() + DEADLINE_S * INT64_C(1000000000);
}

/* Turns the loop and gives up the processor for a moment. */
static void turn_until(struct fixture *fixture, int64_t until_ns)
{
	fixture_turn(fixture);
	assert_true(clock_monotonic_ns() < until_ns);
	poll(NULL, 0, 1);
}

int fixture_dial(struct fixture *fixture)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int64_t until_ns = deadline();
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	snprintf(address.sun_path, sizeof(address.sun_path), "%s",
		 fixture->path);
	while (connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0) {
		assert_int_equal(errno, EAGAIN);
		turn_until(fixture, until_ns);
	}
	return fd;
}

void fixture_say(struct fixture *fixture, int fd, const char *text)
{
	int64_t until_ns = deadline();

	while (*text) {
		ssize_t sent = send(fd, text, strlen(text), MSG_NOSIGNAL);

		if (sent < 0 && errno == EPIPE)
			return; /* what it has to say is still there to read */
		assert_true(sent > 0 || errno == EAGAIN);
		text += sent > 0 ? sent : 0;
		if (sent < 0)
			turn_until(fixture, until_ns);
	}
}

/* Reads what there is. Returns false at the end. */
static bool listen_once(struct fixture *fixture, int fd)
{
	size_t room = sizeof(fixture->heard) - 1 - fixture->heard_size;
	ssize_t size = read(fd, fixture->heard + fixture->heard_size, room);

	assert_true(room > 0);
	if (size > 0)
		fixture->heard_size += (size_t)size;
	fixture->heard[fixture->heard_size] = '\0';
	return size > 0 || (size < 0 && errno == EAGAIN);
}

bool fixture_hears(struct fixture *fixture, int fd, const char *text)
{
	int64_t until_ns = deadline();

	fixture->heard_size = 0;
	fixture->heard[0] = '\0';
	while (listen_once(fixture, fd)) {
		if (strstr(fixture->heard, text))
			return true;
		turn_until(fixture, until_ns);
	}
	return strstr(fixture->heard, text) != NULL;
}

void fixture_hears_end(struct fixture *fixture, int fd)
{
	int64_t until_ns = deadline();

	fixture->heard_size = 0;
	while (listen_once(fixture, fd))
		turn_until(fixture, until_ns);
}

int fixture_ask(struct fixture *fixture, const char *method, const char *target,
		const char *body)
{
	int fd = fixture_dial(fixture);
	char request[1024];

	snprintf(request, sizeof(request),
		 "%s %s HTTP/1.1\r\nConnection: close\r\n"
		 "Content-Length: %zu\r\n\r\n%s",
		 method, target, strlen(body), body);
	fixture_say(fixture, fd, request);
	fixture_hears_end(fixture, fd);
	close(fd);
	assert_memory_equal(fixture->heard, "HTTP/1.1 ", 9);
	return (int)strtol(fixture->heard + 9, NULL, 10);
}
