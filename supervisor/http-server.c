#include "config.h"

#include "supervisor/http-connection.h"

#include <errno.h>
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum {
	BACKLOG = 128,
	/* Connections accepted in one turn of the loop. */
	ACCEPT_AT_ONCE = 16,
	/* How long accepting rests when there is no fd left. */
	REST_US = 100000,
};

/* Makes room by ending the connection that has been idle for longest. Returns
 * false when none is idle. */
static bool make_room(struct http_server *server)
{
	struct http_connection *connection;

	TAILQ_FOREACH (connection, &server->connections, entry)
		if (connection->state == HTTP_READING)
			break;
	if (!connection)
		return false;
	http_connection_free(connection);
	return true;
}

static void take(struct http_server *server, int fd)
{
	bool room = server->count < server->settings.max_connections ||
		    make_room(server);
	struct http_connection *connection = http_connection_new(server, fd);

	if (connection && !room)
		http_connection_refuse(connection, 503, "too-busy",
				       "too many clients at a time");
}

static void rest(struct http_server *server)
{
	struct timeval pause = {0, REST_US};

	event_del(server->acceptable);
	event_add(server->rest_over, &pause);
}

static void on_rest_over(int fd, short what, void *context)
{
	struct http_server *server = context;

	(void)fd;
	(void)what;
	event_add(server->acceptable, NULL);
}

static bool is_short_of_fds(int number)
{
	return number == EMFILE || number == ENFILE || number == ENOMEM ||
	       number == ENOBUFS;
}

static void on_acceptable(int listener, short what, void *context)
{
	struct http_server *server = context;

	(void)what;
	for (int i = 0; i < ACCEPT_AT_ONCE; i++) {
		int fd = accept4(listener, NULL, NULL,
				 SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (fd >= 0) {
			take(server, fd);
		} else if (is_short_of_fds(errno)) {
			if (!make_room(server)) {
				rest(server);
				return;
			}
		} else if (errno != EINTR && errno != ECONNABORTED) {
			return;
		}
	}
}

/* The mode is right from the socket's birth on: nobody may connect to it
 * first. */
static int listen_on(const char *path, struct error *error)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd, result;
	mode_t mask;

	if (strlen(path) >= sizeof(address.sun_path))
		return error_set(error,
				 "cannot listen on %s: the path has %zu bytes, "
				 "a socket's may have %zu; choose a shorter "
				 "runtime_dir",
				 path, strlen(path),
				 sizeof(address.sun_path) - 1);
	memcpy(address.sun_path, path, strlen(path));
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return error_set_errno(error, "cannot listen on %s", path);
	unlink(path);
	mask = umask(0177);
	result = bind(fd, (struct sockaddr *)&address, sizeof(address));
	umask(mask);
	if (result < 0 || listen(fd, BACKLOG) < 0) {
		error_set_errno(error, "cannot listen on %s", path);
		close(fd);
		return -1;
	}
	return fd;
}

struct http_server *http_server_open(
	const struct http_server_settings *settings, struct error *error)
{
	struct http_server *server = calloc(1, sizeof(*server));

	if (!server) {
		error_set_errno(error, "cannot listen on %s", settings->path);
		return NULL;
	}
	server->settings = *settings;
	TAILQ_INIT(&server->connections);
	server->fd = listen_on(settings->path, error);
	if (server->fd < 0) {
		free(server);
		return NULL;
	}
	server->acceptable =
		event_new(settings->base, server->fd, EV_READ | EV_PERSIST,
			  on_acceptable, server);
	server->rest_over =
		event_new(settings->base, -1, 0, on_rest_over, server);
	if (!server->acceptable || !server->rest_over ||
	    event_priority_set(server->acceptable, settings->priority) < 0 ||
	    event_add(server->acceptable, NULL) < 0) {
		error_set(error,
			  "cannot listen on %s: no memory or no such "
			  "priority",
			  settings->path);
		http_server_close(server);
		return NULL;
	}
	return server;
}

void http_server_close(struct http_server *server)
{
	struct http_connection *connection;

	if (!server)
		return;
	while ((connection = TAILQ_FIRST(&server->connections))) {
		http_connection_flush(connection);
		http_connection_free(connection);
	}
	if (server->acceptable)
		event_free(server->acceptable);
	if (server->rest_over)
		event_free(server->rest_over);
	close(server->fd);
	free(server);
}
