#ifndef TESTS_CONTROL_FIXTURE_H
#define TESTS_CONTROL_FIXTURE_H

#include "supervisor/control-call.h"
#include "supervisor/http-connection.h"
#include "supervisor/operation.h"

/*
 * A control server with an instance that only takes notes, and raw clients.
 * Server and clients live in one thread: whoever waits turns the loop.
 */

struct instance {
	struct live_table *table;
	/* how operations end; OPERATION_RUNNING: by fixture_finish() */
	enum operation_outcome outcome;
	const char *text; /* of the reports */
	/* the last operation */
	uint64_t id;
	struct operation_request request;
	char target[WORKER_NAME_SIZE];
	operation_fn *done;
	void *done_context;
	uint64_t forgotten; /* its id */
	/* who listens */
	event_listener_fn *listener;
	void *listener_context;
};

struct fixture {
	char folder[64];
	char path[96]; /* of the socket */
	struct event_base *base;
	struct instance instance;
	struct control *control;
	char heard[256 * 1024]; /* what the client last waited for got */
	size_t heard_size;
};

/* cmocka's set-up and tear-down of one test; *state is the fixture. */
int fixture_setup(void **state);
int fixture_teardown(void **state);

/* Turns the loop once, without waiting for anything. */
void fixture_turn(struct fixture *fixture);

/* A new non-blocking client. */
int fixture_dial(struct fixture *fixture);

/* Sends all of `text`. */
void fixture_say(struct fixture *fixture, int fd, const char *text);

/* Reads until what was heard contains `text`. False: it ended before. */
bool fixture_hears(struct fixture *fixture, int fd, const char *text);

/* Reads until the server closes the connection. */
void fixture_hears_end(struct fixture *fixture, int fd);

/* Sends a request on a connection of its own and returns the status. The
 * answer is in fixture->heard. */
int fixture_ask(struct fixture *fixture, const char *method, const char *target,
		const char *body);

/* Ends the operation that runs. */
void fixture_finish(struct fixture *fixture, enum operation_outcome outcome,
		    const char *text);

#endif
