#include "config.h"

#include "supervisor/control-call.h"

#include "base/signals.h"
#include "supervisor/operation.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A client that waits for the end of an operation. */
struct waiter {
	struct instance *instance;
	struct http_connection *connection;
	enum operation_verb verb;
	uint64_t id;
	bool begun; /* operation_begin() has returned */
	bool answered;
};

static const struct {
	const char *word;
	enum operation_verb verb;
} verbs[] = {
	{"start", OPERATION_START},	{"stop", OPERATION_STOP},
	{"restart", OPERATION_RESTART}, {"signal", OPERATION_SIGNAL},
	{"scale", OPERATION_SCALE},
};

static void answer_done(const struct waiter *waiter,
			const struct operation_report *report)
{
	json_t *answer = json_pack("{s:I, s:s}", "operation",
				   (json_int_t)report->id, "outcome", "done");

	if (waiter->verb == OPERATION_RELOAD && report->text)
		json_object_set_new(answer, "plan",
				    json_loads(report->text, 0, NULL));
	else if (report->text)
		json_object_set_new(answer, "killed",
				    json_string(report->text));
	control_answer(waiter->connection, 200, answer);
}

static void answer(struct waiter *waiter, const struct operation_report *report)
{
	struct http_connection *connection = waiter->connection;
	const char *text = report->text ? report->text : "";

	waiter->answered = true;
	switch (report->outcome) {
	case OPERATION_RUNNING:
	case OPERATION_DONE:
		answer_done(waiter, report);
		break;
	case OPERATION_FAILED:
		control_refuse(connection, 500, "failed", text);
		break;
	case OPERATION_NO_SUCH_NAME:
		control_refuse(connection, 404, "no-such-name", text);
		break;
	case OPERATION_REFUSED:
		control_refuse(connection, 409, "refused", text);
		break;
	}
}

static void on_done(const struct operation_report *report, void *context)
{
	struct waiter *waiter = context;

	answer(waiter, report);
	if (waiter->begun)
		free(waiter);
}

/* The client hung up. */
static void on_gone(struct http_connection *connection, void *context)
{
	struct waiter *waiter = context;

	(void)connection;
	operation_forget(waiter->instance, waiter->id);
	free(waiter);
}

/* Begins the operation; answers at once, or with ?wait=1 when it has ended. */
static void begin(const struct control_call *call,
		  struct operation_request *request)
{
	struct waiter *waiter = calloc(1, sizeof(*waiter));

	if (!waiter) {
		control_refuse(call->connection, 500, "failed",
			       "out of memory");
		return;
	}
	waiter->instance = call->control->instance;
	waiter->connection = call->connection;
	waiter->verb = request->verb;
	request->uid = http_connection_uid(call->connection);
	waiter->id =
		operation_begin(waiter->instance, request, on_done, waiter);
	waiter->begun = true;
	if (!waiter->answered && control_flag(call, "wait")) {
		http_on_gone(call->connection, on_gone, waiter);
		return;
	}
	if (!waiter->answered) {
		operation_forget(waiter->instance, waiter->id);
		control_answer(call->connection, 202,
			       json_pack("{s:I, s:s}", "operation",
					 (json_int_t)waiter->id, "outcome",
					 "running"));
	}
	free(waiter);
}

static bool read_signal(const struct control_call *call,
			struct operation_request *request)
{
	char value[32];

	request->signal = -1;
	if (control_parameter(call, "signal", value, sizeof(value)))
		request->signal = signal_parse(value);
	if (request->signal > 0)
		return true;
	control_refuse(call->connection, 400, "bad-signal",
		       "the parameter \"signal\" must name a signal, such as "
		       "TERM");
	return false;
}

static bool read_count(const struct control_call *call,
		       struct operation_request *request)
{
	char value[32], *end;

	if (control_parameter(call, "workers", value, sizeof(value))) {
		errno = 0;
		request->count = strtoll(value, &end, 10);
		if (!errno && end > value && !*end && request->count >= 0)
			return true;
	}
	control_refuse(call->connection, 400, "bad-count",
		       "the parameter \"workers\" must be a number of workers");
	return false;
}

static void post(const struct control_call *call, bool worker)
{
	const char *word = call->words[worker ? 2 : 1];
	char target[WORKER_NAME_SIZE];
	struct operation_request request = {.target = target};
	size_t count = sizeof(verbs) / sizeof(verbs[0]);
	size_t i = 0;

	while (i < count && strcmp(verbs[i].word, word) != 0)
		i++;
	if (i == count || (worker && verbs[i].verb == OPERATION_SCALE)) {
		control_refuse(call->connection, 404, "no-such-path",
			       "there is nothing at this path");
		return;
	}
	request.verb = verbs[i].verb;
	request.rolling = control_flag(call, "rolling");
	if (!control_target(call, worker, target) ||
	    (request.verb == OPERATION_SIGNAL &&
	     !read_signal(call, &request)) ||
	    (request.verb == OPERATION_SCALE && !read_count(call, &request)))
		return;
	begin(call, &request);
}

void control_post_pool(const struct control_call *call)
{
	post(call, false);
}

void control_post_worker(const struct control_call *call)
{
	post(call, true);
}

void control_post_reload(const struct control_call *call)
{
	struct operation_request request = {
		.verb = OPERATION_RELOAD,
		.dry_run = control_flag(call, "dry_run"),
	};

	begin(call, &request);
}

void control_post_shutdown(const struct control_call *call)
{
	struct operation_request request = {.verb = OPERATION_SHUTDOWN};

	begin(call, &request);
}
