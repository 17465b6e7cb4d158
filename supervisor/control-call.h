#ifndef SUPERVISOR_CONTROL_CALL_H
#define SUPERVISOR_CONTROL_CALL_H

#include "base/words.h"
#include "supervisor/control.h"
#include "supervisor/http-server.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

/* One request to the control API; for the control*.c files. */

enum {
	CONTROL_CONNECTIONS_MAX = 128,
	CONTROL_STREAMS_MAX = 32,
	CONTROL_TIMEOUT_S = 30,
	CONTROL_WORDS_MAX = 3,
};

struct control_stream;

struct control {
	struct instance *instance;
	struct http_server *server;
	char *path; /* of the socket */
	struct control_stream *streams; /* of events, a list */
	size_t stream_count;
	uint64_t listener; /* instance_listen(); 0: there is no stream */
};

struct control_call {
	struct control *control;
	struct http_connection *connection;
	const struct http_request *request;
	json_t *body; /* an object, or NULL: there was none */
	/* what stood in the path where the route has "*" */
	char words[CONTROL_WORDS_MAX][NAME_SIZE];
};

/* The parameter `name` of the query or, where it is not there, of the body, as
 * text. Returns false when it is in neither. */
bool control_parameter(const struct control_call *call, const char *name,
		       char *value, size_t size);

/* Whether the parameter `name` is there and not 0. */
bool control_flag(const struct control_call *call, const char *name);

/* Answers with `value` as JSON and releases it. */
void control_answer(struct http_connection *connection, int status,
		    json_t *value);

/* Answers with {"error": {"code", "message"}}. */
void control_refuse(struct http_connection *connection, int status,
		    const char *code, const char *message);

/* The pool or worker that the path names ("web", "web/0"), into `target`.
 * Where it can be none, answers 404 and returns false. */
bool control_target(const struct control_call *call, bool worker,
		    char target[WORKER_NAME_SIZE]);

/* POST /v1/pools/NAME/VERB and /v1/workers/POOL/INDEX/VERB. */
void control_post_pool(const struct control_call *call);
void control_post_worker(const struct control_call *call);

/* POST /v1/reload, /v1/shutdown. */
void control_post_reload(const struct control_call *call);
void control_post_shutdown(const struct control_call *call);

/* GET /v1/events: streams every event, one JSON object a line. */
void control_get_events(const struct control_call *call);

#endif
