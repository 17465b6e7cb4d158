#include "config.h"

#include "supervisor/control-call.h"

#include "live/metrics.h"
#include "live/status.h"
#include "supervisor/operation.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void get_metrics(const struct control_call *call)
{
	struct error error;
	size_t size;
	char *text = metrics_to_text(
		instance_live_table(call->control->instance), &size, &error);

	if (text)
		http_respond(call->connection, 200, METRICS_CONTENT_TYPE, NULL,
			     text, size);
	else
		control_refuse(call->connection, 500, "failed", error.text);
	free(text);
}

/* Answers with the JSON of the instance (`name` is NULL), pool or worker. */
static void show(const struct control_call *call, const char *name)
{
	struct error error;
	size_t size;
	char *text = status_to_json(
		instance_live_table(call->control->instance), name,
		control_flag(call, "helpers"), &size, &error);

	if (text)
		http_respond(call->connection, 200, "application/json", NULL,
			     text, size);
	else if (errno == ENOENT)
		control_refuse(call->connection, 404, "no-such-name",
			       error.text);
	else
		control_refuse(call->connection, 500, "failed", error.text);
	free(text);
}

static void get_status(const struct control_call *call)
{
	show(call, NULL);
}

static void get_pool(const struct control_call *call)
{
	char target[WORKER_NAME_SIZE];

	if (control_target(call, false, target))
		show(call, target);
}

static void get_worker(const struct control_call *call)
{
	char target[WORKER_NAME_SIZE];

	if (control_target(call, true, target))
		show(call, target);
}

struct route {
	const char *method;
	const char *pattern; /* "*": one part of the path, whatever it is */
	void (*handle)(const struct control_call *call);
};

static const struct route routes[] = {
	{"GET", "/v1/status", get_status},
	{"GET", "/v1/pools/*", get_pool},
	{"GET", "/v1/workers/*/*", get_worker},
	{"GET", "/v1/events", control_get_events},
	{"GET", "/metrics", get_metrics},
	{"POST", "/v1/pools/*/*", control_post_pool},
	{"POST", "/v1/workers/*/*/*", control_post_worker},
	{"POST", "/v1/reload", control_post_reload},
	{"POST", "/v1/shutdown", control_post_shutdown},
};

/* Whether `path` fits `pattern`; fills the words of the call. */
static bool matches(const char *pattern, const char *path,
		    struct control_call *call)
{
	size_t word = 0;

	while (*pattern == *path || *pattern == '*') {
		if (*pattern == '*') {
			size_t size = strcspn(path, "/");

			if (!size || size >= NAME_SIZE)
				return false;
			memcpy(call->words[word], path, size);
			call->words[word++][size] = '\0';
			path += size;
			pattern++;
		} else if (*pattern) {
			pattern++;
			path++;
		} else {
			return true;
		}
	}
	return false;
}

static const struct route *find_route(struct control_call *call)
{
	static const char bad_method[] =
		"{\"error\": {\"code\": \"bad-method\", "
		"\"message\": \"not with this method\"}}\n";
	const struct route *other = NULL;

	for (size_t i = 0; i < sizeof(routes) / sizeof(routes[0]); i++) {
		if (!matches(routes[i].pattern, call->request->path, call))
			continue;
		other = &routes[i];
		if (!strcmp(other->method, call->request->method))
			return other;
	}
	if (other)
		http_respond(call->connection, 405, "application/json",
			     !strcmp(other->method, "GET") ? "Allow: GET\r\n"
							   : "Allow: POST\r\n",
			     bad_method, sizeof(bad_method) - 1);
	else
		control_refuse(call->connection, 404, "no-such-path",
			       "there is nothing at this path");
	return NULL;
}

/* Reads the body, if there is one. */
static bool read_body(struct control_call *call, const char *body)
{
	json_error_t problem;

	if (!call->request->body_size)
		return true;
	call->body = json_loadb(body, call->request->body_size,
				JSON_REJECT_DUPLICATES, &problem);
	if (json_is_object(call->body))
		return true;
	control_refuse(call->connection, 400, "bad-body",
		       call->body ? "the body is no JSON object"
				  : "the body is not JSON");
	return false;
}

static void handle(struct http_connection *connection,
		   const struct http_request *request, const char *body,
		   void *context)
{
	struct control_call call = {
		.control = context,
		.connection = connection,
		.request = request,
	};
	uid_t uid = http_connection_uid(connection);
	const struct route *route;

	if (uid != 0 && uid != geteuid()) {
		control_refuse(connection, 403, "forbidden",
			       "only root and the owner of the instance may "
			       "use its control socket");
		return;
	}
	route = find_route(&call);
	if (route && read_body(&call, body))
		route->handle(&call);
	json_decref(call.body);
}

static void ignore_signal(int number)
{
	(void)number;
}

/* A client that hung up must not end us by SIGPIPE. A handler is used, not
 * SIG_IGN, which the workers would inherit. */
static void survive_hang_up(void)
{
	struct sigaction action = {.sa_handler = ignore_signal,
				   .sa_flags = SA_RESTART};

	sigaction(SIGPIPE, &action, NULL);
}

struct control *control_open(struct instance *instance, struct event_base *base,
			     int priority, const char *path,
			     struct error *error)
{
	struct control *control = calloc(1, sizeof(*control));
	struct http_server_settings settings = {
		.base = base,
		.priority = priority,
		.path = path,
		.max_connections = CONTROL_CONNECTIONS_MAX,
		.timeout_s = CONTROL_TIMEOUT_S,
		.handle = handle,
		.context = control,
	};

	if (!control || !(control->path = strdup(path))) {
		error_set_errno(error, "cannot listen on %s", path);
		free(control);
		return NULL;
	}
	control->instance = instance;
	survive_hang_up();
	control->server = http_server_open(&settings, error);
	if (!control->server) {
		free(control->path);
		free(control);
		return NULL;
	}
	return control;
}

void control_close(struct control *control)
{
	if (!control)
		return;
	unlink(control->path);
	http_server_close(control->server);
	free(control->path);
	free(control);
}
