#ifndef SUPERVISOR_HTTP_CONNECTION_H
#define SUPERVISOR_HTTP_CONNECTION_H

#include "supervisor/http-server.h"

#include <sys/queue.h>

/* One client of an HTTP server; for http-server.c and http-connection.c. */

TAILQ_HEAD(http_connections, http_connection);

struct bufferevent;

enum http_connection_state {
	HTTP_READING, /* idle, or the request is not whole yet */
	HTTP_WAITING, /* for the handler to answer */
	HTTP_STREAMING,
	HTTP_CLOSING, /* the last bytes are on their way */
};

struct http_connection {
	TAILQ_ENTRY(http_connection) entry;
	struct http_server *server;
	struct bufferevent *buffer;
	uid_t uid;
	enum http_connection_state state;
	bool keep_alive; /* after the answer to this request */
	bool takes_chunks;
	bool head_only; /* HEAD: the answer has no body */
	bool continued; /* "100 Continue" was sent for this request */
	bool peer_ended; /* it will send no more */
	http_gone_fn *gone;
	void *gone_context;
};

/* Those of a server: those that are in state HTTP_READING stand in the order
 * in which they began to be. */
struct http_server {
	struct http_server_settings settings;
	struct http_connections connections;
	size_t count;
	int fd;
	struct event *acceptable;
	struct event *rest_over;
};

/* Takes over `fd`, which it closes in any case. Returns NULL when memory is
 * short. */
struct http_connection *http_connection_new(struct http_server *server, int fd);

/* Tells who wants to know that the client is gone, closes and frees. */
void http_connection_free(struct http_connection *connection);

/* Sends what the client takes at once; for the end of the server. */
void http_connection_flush(struct http_connection *connection);

/* Answers with {"error": {"code", "message"}} and closes. */
void http_connection_refuse(struct http_connection *connection, int status,
			    const char *code, const char *message);

#endif
