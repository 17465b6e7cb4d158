#include "config.h"

#include "supervisor/http-connection.h"

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	/* Bytes of a stream that may wait for its client; a larger piece
	 * waits alone. */
	STREAM_MAX = 128 * 1024,
	/* Bytes read ahead: a whole request, and some. */
	INPUT_MAX = HTTP_HEAD_MAX + HTTP_BODY_MAX + 1024,
};

static struct evbuffer *output_of(struct http_connection *connection)
{
	return bufferevent_get_output(connection->buffer);
}

/* A client that is to speak may be silent for so long; one that is to read may
 * take so long in every state. */
static void set_state(struct http_connection *connection,
		      enum http_connection_state state)
{
	struct timeval limit = {connection->server->settings.timeout_s, 0};

	connection->state = state;
	bufferevent_set_timeouts(connection->buffer,
				 state == HTTP_READING ? &limit : NULL, &limit);
	if (state == HTTP_CLOSING)
		bufferevent_disable(connection->buffer, EV_READ);
}

static void end_answer(struct http_connection *connection)
{
	struct http_server *server = connection->server;

	connection->gone = NULL;
	connection->continued = false;
	set_state(connection,
		  connection->keep_alive ? HTTP_READING : HTTP_CLOSING);
	TAILQ_REMOVE(&server->connections, connection, entry);
	TAILQ_INSERT_TAIL(&server->connections, connection, entry);
}

void http_respond(struct http_connection *connection, int status,
		  const char *type, const char *fields, const char *body,
		  size_t size)
{
	struct evbuffer *output = output_of(connection);

	evbuffer_add_printf(output,
			    "HTTP/1.1 %d %s\r\n"
			    "Content-Type: %s\r\n"
			    "Content-Length: %zu\r\n"
			    "%s%s\r\n",
			    status, http_reason(status), type, size,
			    connection->keep_alive ? ""
						   : "Connection: close\r\n",
			    fields ? fields : "");
	if (!connection->head_only)
		evbuffer_add(output, body, size);
	end_answer(connection);
}

void http_connection_refuse(struct http_connection *connection, int status,
			    const char *code, const char *message)
{
	char body[256];
	int size = snprintf(body, sizeof(body),
			    "{\"error\": {\"code\": \"%s\", "
			    "\"message\": \"%s\"}}\n",
			    code, message);

	connection->keep_alive = false;
	connection->head_only = false;
	http_respond(connection, status, "application/json", NULL, body,
		     (size_t)size);
}

void http_stream_begin(struct http_connection *connection, const char *type)
{
	evbuffer_add_printf(output_of(connection),
			    "HTTP/1.1 200 OK\r\n"
			    "Content-Type: %s\r\n"
			    "%s"
			    "Connection: close\r\n\r\n",
			    type,
			    connection->takes_chunks
				    ? "Transfer-Encoding: chunked\r\n"
				    : "");
	set_state(connection, HTTP_STREAMING);
}

bool http_stream_write(struct http_connection *connection, const char *data,
		       size_t size)
{
	struct evbuffer *output = output_of(connection);

	size_t waiting = evbuffer_get_length(output);

	if (waiting && waiting + size > STREAM_MAX)
		return false;
	if (connection->takes_chunks)
		evbuffer_add_printf(output, "%zx\r\n", size);
	evbuffer_add(output, data, size);
	if (connection->takes_chunks)
		evbuffer_add(output, "\r\n", 2);
	return true;
}

static void send_continue(struct http_connection *connection)
{
	static const char line[] = "HTTP/1.1 100 Continue\r\n\r\n";

	if (!connection->continued)
		evbuffer_add(output_of(connection), line, sizeof(line) - 1);
	connection->continued = true;
}

/* What is wrong with a head that http_parse_head() refused. */
static void refuse_head(struct http_connection *connection, int status)
{
	const char *code = status == 400   ? "bad-request"
			   : status == 505 ? "bad-version"
			   : status == 501 ? "not-implemented"
					   : "too-large";

	http_connection_refuse(connection, status, code,
			       status == 400 ? "this is no HTTP request"
					     : http_reason(status));
}

static void handle(struct http_connection *connection,
		   const struct http_request *request, size_t head)
{
	struct http_server_settings *settings = &connection->server->settings;
	struct evbuffer *input = bufferevent_get_input(connection->buffer);
	size_t size = head + request->body_size;
	const char *data = (const char *)evbuffer_pullup(input, (ssize_t)size);

	connection->keep_alive = request->keep_alive;
	connection->takes_chunks = request->takes_chunks;
	connection->head_only = !strcmp(request->method, "HEAD");
	set_state(connection, HTTP_WAITING);
	settings->handle(connection, request, data + head, settings->context);
	evbuffer_drain(input, size);
}

/* Handles the next request, if it is there whole and the answer to the one
 * before has left. */
static void handle_next(struct http_connection *connection)
{
	struct evbuffer *input = bufferevent_get_input(connection->buffer);
	size_t size = evbuffer_get_length(input);
	size_t seen = size < HTTP_HEAD_MAX ? size : HTTP_HEAD_MAX;
	struct http_request request;
	const char *data;
	size_t head;
	int refused;

	if (connection->state != HTTP_READING || !size ||
	    evbuffer_get_length(output_of(connection)))
		return;
	data = (const char *)evbuffer_pullup(input, (ssize_t)seen);
	head = http_head_size(data, seen);
	if (!head) {
		if (seen == HTTP_HEAD_MAX)
			refuse_head(connection, 431);
		return;
	}
	refused = http_parse_head(&request, data, head);
	if (refused)
		refuse_head(connection, refused);
	else if (size >= head + request.body_size)
		handle(connection, &request, head);
	else if (request.expects_continue)
		send_continue(connection);
}

/* Goes on after anything that happened; frees what has come to its end. */
static void go_on(struct http_connection *connection)
{
	handle_next(connection);
	if (evbuffer_get_length(output_of(connection)))
		return;
	if (connection->state == HTTP_CLOSING ||
	    (connection->state == HTTP_READING && connection->peer_ended))
		http_connection_free(connection);
}

static void moved(struct bufferevent *buffer, void *context)
{
	(void)buffer;
	go_on(context);
}

static void ended(struct bufferevent *buffer, short what, void *context)
{
	struct http_connection *connection = context;

	(void)buffer;
	connection->peer_ended = true;
	if ((what & BEV_EVENT_EOF) && (connection->state == HTTP_READING ||
				       connection->state == HTTP_CLOSING))
		go_on(connection);
	else
		http_connection_free(connection);
}

static uid_t peer_uid(int fd)
{
	struct ucred peer = {.uid = (uid_t)-1};
	socklen_t size = sizeof(peer);

	getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size);
	return peer.uid;
}

struct http_connection *http_connection_new(struct http_server *server, int fd)
{
	struct http_connection *connection = calloc(1, sizeof(*connection));
	struct bufferevent *buffer = bufferevent_socket_new(
		server->settings.base, fd, BEV_OPT_CLOSE_ON_FREE);

	if (!connection || !buffer) {
		free(connection);
		if (buffer)
			bufferevent_free(buffer);
		else
			close(fd);
		return NULL;
	}
	connection->server = server;
	connection->buffer = buffer;
	connection->uid = peer_uid(fd);
	TAILQ_INSERT_TAIL(&server->connections, connection, entry);
	server->count++;
	bufferevent_priority_set(buffer, server->settings.priority);
	bufferevent_setcb(buffer, moved, moved, ended, connection);
	bufferevent_setwatermark(buffer, EV_READ, 0, INPUT_MAX);
	set_state(connection, HTTP_READING);
	bufferevent_enable(buffer, EV_READ | EV_WRITE);
	return connection;
}

void http_connection_free(struct http_connection *connection)
{
	if (connection->gone)
		connection->gone(connection, connection->gone_context);
	TAILQ_REMOVE(&connection->server->connections, connection, entry);
	connection->server->count--;
	bufferevent_free(connection->buffer);
	free(connection);
}

void http_connection_flush(struct http_connection *connection)
{
	struct evbuffer *output = output_of(connection);

	if (connection->state == HTTP_STREAMING && connection->takes_chunks)
		evbuffer_add(output, "0\r\n\r\n", 5);
	evbuffer_unfreeze(output, 1);
	evbuffer_write(output, bufferevent_getfd(connection->buffer));
}

uid_t http_connection_uid(const struct http_connection *connection)
{
	return connection->uid;
}

void http_on_gone(struct http_connection *connection, http_gone_fn *gone,
		  void *context)
{
	connection->gone = gone;
	connection->gone_context = context;
}
