#include "config.h"

#include "cli/client.h"

#include "cli/instance.h"

#include <errno.h>
#include <event2/buffer.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum {
	TICK_MS = 100,
	/* How long a supervisor that does not take connections is waited for.
	 */
	CONNECT_MS = 5000,
	/* A line of a head, or a whole answer, is not longer. */
	LINE_MAX_SIZE = 8 * 1024,
	ANSWER_MAX = 256 * 1024 * 1024,
};

struct client {
	int fd;
	char instance[NAME_SIZE];
	struct evbuffer *input; /* as it came */
	struct evbuffer *body; /* of a stream, without the chunks' heads */
	int status; /* 0: the head has not been read yet */
	size_t length; /* Content-Length */
	bool chunked;
	size_t chunk_left;
	bool ended; /* the last chunk has come */
};

static int fail(const struct client *client, struct error *error,
		const char *reason)
{
	return error_set(error, "cannot ask %s: %s", client->instance, reason);
}

/* Connects. A full backlog is tried again for a while. */
static int connect_to(struct client *client, const char *path,
		      struct error *error)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int waited_ms = 0;

	if (strlen(path) >= sizeof(address.sun_path))
		return fail(client, error,
			    "the path of its socket is too long");
	memcpy(address.sun_path, path, strlen(path));
	client->fd =
		socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	while (client->fd >= 0 &&
	       connect(client->fd, (struct sockaddr *)&address,
		       sizeof(address)) < 0) {
		if (errno != EAGAIN || waited_ms >= CONNECT_MS)
			return error_set_errno(error, "cannot ask %s: %s",
					       client->instance, path);
		poll(NULL, 0, TICK_MS);
		waited_ms += TICK_MS;
	}
	return client->fd < 0 ? error_set_errno(error, "cannot ask %s",
						client->instance)
			      : 0;
}

static int send_request(struct client *client, const char *method,
			const char *target, struct error *error)
{
	char request[512];
	int size = snprintf(request, sizeof(request),
			    "%s %s HTTP/1.1\r\n"
			    "Host: reeve\r\n"
			    "Connection: close\r\n\r\n",
			    method, target);

	if (size < 0 || (size_t)size >= sizeof(request))
		return fail(client, error, "the request is too long");
	/* So few bytes fit into the buffer of a new socket. */
	if (send(client->fd, request, (size_t)size, MSG_NOSIGNAL) != size)
		return error_set_errno(error, "cannot ask %s",
				       client->instance);
	return 0;
}

struct client *client_send(const struct found_instance *found,
			   const char *method, const char *target,
			   struct error *error)
{
	struct client *client = calloc(1, sizeof(*client));
	char path[600];

	if (!client) {
		error_set_errno(error, "cannot ask %s", found->name);
		return NULL;
	}
	client->fd = -1;
	client->input = evbuffer_new();
	client->body = evbuffer_new();
	snprintf(client->instance, sizeof(client->instance), "%s", found->name);
	instance_path(found, "control.sock", path);
	if (connect_to(client, path, error) < 0 ||
	    send_request(client, method, target, error) < 0) {
		client_free(client);
		return NULL;
	}
	return client;
}

void client_free(struct client *client)
{
	if (!client)
		return;
	if (client->fd >= 0)
		close(client->fd);
	evbuffer_free(client->input);
	evbuffer_free(client->body);
	free(client);
}

/* Waits for bytes. Returns 1, 0 at the end, -1 and the reason. */
static int read_more(struct client *client, client_tick_fn *tick, void *context,
		     struct error *error)
{
	struct pollfd wait = {.fd = client->fd, .events = POLLIN};
	int size;

	for (;;) {
		if (tick)
			tick(context);
		if (poll(&wait, 1, tick ? TICK_MS : -1) <= 0)
			continue;
		size = evbuffer_read(client->input, client->fd, -1);
		if (size >= 0)
			return size > 0;
		if (errno != EAGAIN && errno != EINTR)
			return error_set_errno(error, "cannot ask %s",
					       client->instance);
	}
}

static int read_head_line(struct client *client, const char *line,
			  struct error *error)
{
	static const char version[] = "HTTP/1.1 ";
	size_t skipped = sizeof(version) - 1;

	if (client->status == 0) {
		if (!strncmp(line, version, skipped))
			client->status = (int)strtol(line + skipped, NULL, 10);
		if (client->status < 100 || client->status > 999)
			return fail(client, error, "it does not speak HTTP");
	} else if (!strncasecmp(line, "Content-Length:", 15)) {
		client->length = strtoul(line + 15, NULL, 10);
	} else if (!strncasecmp(line, "Transfer-Encoding: chunked", 26)) {
		client->chunked = true;
	}
	return 0;
}

static int read_head(struct client *client, client_tick_fn *tick, void *context,
		     struct error *error)
{
	char *line;
	bool end = false;
	int result;

	while (!end) {
		line = evbuffer_readln(client->input, NULL, EVBUFFER_EOL_CRLF);
		if (line) {
			end = !*line;
			result = end ? 0 : read_head_line(client, line, error);
			free(line);
			if (result < 0)
				return -1;
		} else if (evbuffer_get_length(client->input) > LINE_MAX_SIZE) {
			return fail(client, error, "it does not speak HTTP");
		} else {
			result = read_more(client, tick, context, error);
			if (result <= 0)
				return result < 0 ? -1
						  : fail(client, error,
							 "it hung up");
		}
	}
	return 0;
}

int client_fd(const struct client *client)
{
	return client->fd;
}

int client_receive(struct client *client, client_tick_fn *tick, void *context,
		   json_t **answer, struct error *error)
{
	json_error_t problem;
	const char *text;
	int result;

	if (read_head(client, tick, context, error) < 0)
		return -1;
	if (client->length > ANSWER_MAX)
		return fail(client, error, "its answer is too long");
	while (evbuffer_get_length(client->input) < client->length) {
		result = read_more(client, tick, context, error);
		if (result < 0)
			return -1;
		if (result == 0)
			return fail(client, error, "it hung up");
	}
	text = (const char *)evbuffer_pullup(client->input,
					     (ssize_t)client->length);
	*answer = json_loadb(text ? text : "", client->length, 0, &problem);
	if (!*answer)
		return fail(client, error, "its answer is no JSON");
	return client->status;
}

/* Moves what has come of the body from `input` to `body`. Returns false at its
 * end. A chunk is its size in hex, a line end, the bytes, a line end. */
static bool unwrap(struct client *client)
{
	char *line;

	while (evbuffer_get_length(client->input)) {
		if (client->chunk_left) {
			client->chunk_left -= (size_t)evbuffer_remove_buffer(
				client->input, client->body,
				client->chunk_left);
			continue;
		}
		line = evbuffer_readln(client->input, NULL, EVBUFFER_EOL_CRLF);
		if (!line)
			return true;
		client->chunk_left = strtoul(line, NULL, 16);
		if (*line && !client->chunk_left) {
			free(line);
			return false;
		}
		free(line);
	}
	return true;
}

/* An answer that should have been a stream is an error. */
static int refused(struct client *client, struct error *error)
{
	const char *text = "";
	json_t *answer;

	while (evbuffer_get_length(client->input) < client->length &&
	       read_more(client, NULL, NULL, error) > 0)
		;
	if (evbuffer_add(client->input, "", 1) == 0)
		text = (const char *)evbuffer_pullup(client->input, -1);
	answer = json_loads(text, JSON_DISABLE_EOF_CHECK, NULL);
	fail(client, error, client_error_message(answer));
	json_decref(answer);
	return -1;
}

int client_next_line(struct client *client, char **line, struct error *error)
{
	size_t before;
	int result;

	if (!client->status && read_head(client, NULL, NULL, error) < 0)
		return -1;
	if (!client->chunked)
		return refused(client, error);
	while (!(*line = evbuffer_readln(client->body, NULL,
					 EVBUFFER_EOL_LF))) {
		if (client->ended)
			return 0;
		before = evbuffer_get_length(client->body);
		client->ended = !unwrap(client);
		if (client->ended || evbuffer_get_length(client->body) > before)
			continue;
		result = read_more(client, NULL, NULL, error);
		if (result <= 0)
			return result < 0 ? -1
					  : fail(client, error, "it hung up");
	}
	return 1;
}

static const char *error_member(const json_t *answer, const char *name)
{
	const char *text = json_string_value(
		json_object_get(json_object_get(answer, "error"), name));

	return text ? text : "";
}

const char *client_error_code(const json_t *answer)
{
	return error_member(answer, "code");
}

const char *client_error_message(const json_t *answer)
{
	return error_member(answer, "message");
}
