#include "config.h"

#include "supervisor/loading.h"

#include "supervisor/configuration.h"
#include "supervisor/spawn.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/event.h>
#include <fcntl.h>
#include <jansson.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	STREAMS = 2, /* the config, what is wrong with it */
	CONFIG_MAX = 64 << 20,
	MESSAGES_MAX = 256 << 10,
	TIMEOUT_S = 60,
};

struct stream {
	struct loading *loading;
	int fd;
	struct event *readable;
	struct evbuffer *buffer;
	size_t limit;
};

struct loading {
	struct stream streams[STREAMS];
	struct event *timeout;
	pid_t pid;
	loading_fn *done;
	void *context;
};

static void loading_free(struct loading *loading)
{
	for (size_t i = 0; i < STREAMS; i++) {
		struct stream *stream = &loading->streams[i];

		if (stream->readable)
			event_free(stream->readable);
		if (stream->buffer)
			evbuffer_free(stream->buffer);
		if (stream->fd >= 0)
			close(stream->fd);
	}
	if (loading->timeout)
		event_free(loading->timeout);
	free(loading);
}

void loading_cancel(struct loading *loading)
{
	if (!loading)
		return;
	if (loading->pid > 0)
		kill(loading->pid, SIGKILL);
	loading_free(loading);
}

static struct configuration *decode(struct evbuffer *buffer,
				    struct error *error)
{
	size_t size = evbuffer_get_length(buffer);
	const unsigned char *text = evbuffer_pullup(buffer, -1);
	json_error_t reason;
	struct configuration *configuration;
	json_t *json;

	if (size == 0) {
		error_set(error, "cannot load the config: the loader failed");
		return NULL;
	}
	json = json_loadb((const char *)text, size, 0, &reason);
	if (!json) {
		error_set(error,
			  "cannot load the config: the loader wrote no JSON: "
			  "%s",
			  reason.text);
		return NULL;
	}
	configuration = configuration_decode(json, error);
	json_decref(json);
	return configuration;
}

/* Both streams are at their end: the loader is done. */
static void finish(struct loading *loading, const char *failure)
{
	struct evbuffer *messages = loading->streams[1].buffer;
	struct configuration *configuration = NULL;
	struct error error = {.text = ""};

	if (failure)
		error_set(&error, "%s", failure);
	else
		configuration = decode(loading->streams[0].buffer, &error);
	if (!configuration && evbuffer_get_length(messages) == 0)
		evbuffer_add_printf(messages, "%s\n", error.text);
	evbuffer_add(messages, "", 1);
	loading->done(configuration,
		      (const char *)evbuffer_pullup(messages, -1),
		      loading->context);
	loading_free(loading);
}

static void on_readable(evutil_socket_t fd, short what, void *context)
{
	struct stream *stream = context;
	struct loading *loading = stream->loading;
	size_t length = evbuffer_get_length(stream->buffer);
	int size;

	(void)what;
	if (length < stream->limit) {
		size = evbuffer_read(stream->buffer, fd, -1);
	} else {
		char rest[4096];

		size = (int)read(fd, rest, sizeof(rest));
	}
	if (size > 0 || (size < 0 && (errno == EAGAIN || errno == EINTR)))
		return;
	event_free(stream->readable);
	stream->readable = NULL;
	if (!loading->streams[0].readable && !loading->streams[1].readable)
		finish(loading, NULL);
}

static void on_timeout(evutil_socket_t fd, short what, void *context)
{
	struct loading *loading = context;

	(void)fd;
	(void)what;
	kill(loading->pid, SIGKILL);
	finish(loading, "cannot load the config: the loader took longer than "
			"60 s");
}

static int open_stream(struct loading *loading, struct event_base *base,
		       size_t number, int *theirs, struct error *error)
{
	struct stream *stream = &loading->streams[number];
	int pair[2];

	if (pipe2(pair, O_CLOEXEC) < 0)
		return error_set_errno(error, "cannot start the loader: pipe");
	*theirs = pair[1];
	fcntl(pair[0], F_SETFL, O_NONBLOCK);
	stream->loading = loading;
	stream->fd = pair[0];
	stream->limit = number == 0 ? CONFIG_MAX : MESSAGES_MAX;
	stream->buffer = evbuffer_new();
	stream->readable = event_new(base, pair[0], EV_READ | EV_PERSIST,
				     on_readable, stream);
	if (!stream->buffer || !stream->readable)
		return error_set(error, "cannot start the loader: "
					"out of memory");
	event_add(stream->readable, NULL);
	return 0;
}

static int start_loader(struct loading *loading, const char *program,
			const char *file, const int theirs[STREAMS],
			struct error *error)
{
	char *path = strdup(program);
	char *name = strdup(file);
	char *argv[] = {path, name, NULL};
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	int fds[] = {null, theirs[0], theirs[1]};
	struct spawn_request request = {
		.argv = argv,
		.envp = environ,
		.fds = fds,
		.fd_count = 3,
		.umask = -1,
		.cgroup = -1,
		.detached = true,
	};
	struct spawn_result result = {.pid = -1, .pidfd = -1};
	struct spawn_failure failure;
	int status = -1;

	if (!path || !name || null < 0) {
		error_set(error, "cannot start the loader: out of memory "
				 "or descriptors");
	} else {
		status = spawn(&request, &result, &failure);
		if (status < 0)
			error_set(error, "cannot start the loader: %s: %s",
				  failure.step, strerror(failure.error_number));
	}
	loading->pid = result.pid;
	if (result.pidfd >= 0)
		close(result.pidfd);
	if (null >= 0)
		close(null);
	free(path);
	free(name);
	return status;
}

struct loading *loading_begin(struct event_base *base, const char *program,
			      const char *file, loading_fn *done, void *context,
			      struct error *error)
{
	struct loading *loading = calloc(1, sizeof(*loading));
	const struct timeval timeout = {.tv_sec = TIMEOUT_S};
	int theirs[STREAMS] = {-1, -1};
	int status = -1;

	if (!loading) {
		error_set(error, "cannot start the loader: out of memory");
		return NULL;
	}
	loading->done = done;
	loading->context = context;
	for (size_t i = 0; i < STREAMS; i++)
		loading->streams[i].fd = -1;
	loading->timeout = evtimer_new(base, on_timeout, loading);
	if (!loading->timeout)
		error_set(error, "cannot start the loader: out of memory");
	else if (open_stream(loading, base, 0, &theirs[0], error) == 0 &&
		 open_stream(loading, base, 1, &theirs[1], error) == 0)
		status = start_loader(loading, program, file, theirs, error);
	for (size_t i = 0; i < STREAMS; i++)
		if (theirs[i] >= 0)
			close(theirs[i]);
	if (status < 0) {
		loading_free(loading);
		return NULL;
	}
	evtimer_add(loading->timeout, &timeout);
	return loading;
}
