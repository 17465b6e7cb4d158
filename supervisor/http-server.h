#ifndef SUPERVISOR_HTTP_SERVER_H
#define SUPERVISOR_HTTP_SERVER_H

#include "base/error.h"
#include "supervisor/http.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/*
 * A small HTTP/1.1 server on a unix socket, for clients of the same machine,
 * that must never hold up the event loop it lives in:
 *
 * - at most `max_connections` at a time: then the one that has been idle, or
 *   in the middle of a request, for longest makes room; where all are busy the
 *   new one is told so (503);
 * - head and body of a request are bounded, so is what waits to be read by a
 *   client; who says nothing or does not read for `timeout_s` is cut off;
 * - one request is handled for each turn of the loop and connection, so many
 *   requests sent at once do not shut others out;
 * - when no fd is left, accepting rests for a moment.
 */

struct event_base;
struct http_connection;
struct http_server;

/* Handles one request; `body` has request->body_size bytes. Both are valid
 * during the call only. It answers by http_respond() or http_stream_begin(),
 * at once or later; until then the connection waits. */
typedef void http_handler_fn(struct http_connection *connection,
			     const struct http_request *request,
			     const char *body, void *context);

/* The client of a waiting or streaming connection is gone; the connection is
 * freed after the call. */
typedef void http_gone_fn(struct http_connection *connection, void *context);

struct http_server_settings {
	struct event_base *base;
	int priority;
	const char *path; /* of the socket; what is there is replaced */
	size_t max_connections;
	int timeout_s;
	http_handler_fn *handle;
	void *context;
};

/* Listens, with mode 0600. NULL and the reason when it cannot. `settings` is
 * copied, but not the path. */
struct http_server *http_server_open(
	const struct http_server_settings *settings, struct error *error);

/* Sends what clients can take at once, ends all connections (those that wait
 * or stream are told as gone) and stops listening; the socket's path stays.
 * NULL is fine. */
void http_server_close(struct http_server *server);

/* The user at the other end, as the kernel knows it. */
uid_t http_connection_uid(const struct http_connection *connection);

/* Asks to be told when the client hangs up before it was answered, or while it
 * streams. Ends with the answer. */
void http_on_gone(struct http_connection *connection, http_gone_fn *gone,
		  void *context);

/* Answers with `body`, which is copied. Further header fields, each with its
 * \r\n, may be given in `fields`, or NULL. */
void http_respond(struct http_connection *connection, int status,
		  const char *type, const char *fields, const char *body,
		  size_t size);

/* Answers 200 with a body that comes bit by bit and ends with the
 * connection. */
void http_stream_begin(struct http_connection *connection, const char *type);

/* Sends a piece of it. Returns false, and sends nothing, when the client has
 * not read so much that there is no room for it. */
bool http_stream_write(struct http_connection *connection, const char *data,
		       size_t size);

#endif
