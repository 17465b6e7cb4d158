#include "config.h"

#include "supervisor/probe.h"

#include "base/clock.h"
#include "base/duration.h"
#include "supervisor/environment.h"
#include "supervisor/http-answer.h"
#include "supervisor/instance.h"
#include "supervisor/worker.h"

#include <errno.h>
#include <event2/event_struct.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* The longest request, with host and path filled in. */
enum { REQUEST_SIZE = 8 * 1024, READ_SIZE = 16 * 1024 };

enum step { STEP_CONNECT, STEP_SEND, STEP_RECEIVE };

struct probe {
	const struct worker *worker;
	const struct probe_config *config;
	bool http;
	probe_done_fn *done;
	void *context;
	struct event event;
	int socket; /* -1: none */
	enum step step;
	size_t address; /* number of the one that is tried */
	size_t sent; /* bytes of the request */
	int64_t until_ns; /* CLOCK_MONOTONIC */
	struct http_answer answer;
	char wrong[96];
};

static const struct target *target_of(const struct probe *probe)
{
	return probe->http ? &probe->config->http : &probe->config->tcp;
}

/* ---- the end ---- */

static void close_socket(struct probe *probe)
{
	event_del(&probe->event);
	if (probe->socket >= 0)
		close(probe->socket);
	probe->socket = -1;
}

void probe_cancel(struct probe *probe)
{
	if (!probe)
		return;
	close_socket(probe);
	http_answer_release(&probe->answer);
	free(probe);
}

static void finish(struct probe *probe, const char *wrong)
{
	probe_done_fn *done = probe->done;
	void *context = probe->context;
	char text[sizeof(probe->wrong)];

	if (wrong)
		snprintf(text, sizeof(text), "%s", wrong);
	probe_cancel(probe);
	done(wrong ? text : NULL, context);
}

/* ---- connecting ---- */

/* Waits for the socket, as long as there is time. */
static void wait_for(struct probe *probe, short what)
{
	int64_t left_ns = probe->until_ns - clock_monotonic_ns();
	struct timeval left = clock_timeval(left_ns > 0 ? left_ns : 1);

	event_base_set(probe->worker->pool->instance->base, &probe->event);
	event_del(&probe->event);
	event_assign(&probe->event, probe->worker->pool->instance->base,
		     probe->socket, what, event_get_callback(&probe->event),
		     probe);
	event_priority_set(&probe->event, PRIORITY_REQUEST);
	event_add(&probe->event, &left);
}

/* Fills in the address of number `number`. Returns its size, or 0 when there is
 * none. */
static socklen_t fill_address(struct probe *probe, size_t number,
			      struct sockaddr_storage *address)
{
	const struct target *target = target_of(probe);
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM,
				 .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV};
	struct addrinfo *found;
	struct sockaddr_un *local = (struct sockaddr_un *)(void *)address;
	char port[32];
	socklen_t size;

	if (target->socket) {
		local->sun_family = AF_UNIX;
		return number == 0 && environment_fill(
					      probe->worker, target->socket,
					      local->sun_path,
					      sizeof(local->sun_path)) == 0
			       ? sizeof(*local)
			       : 0;
	}
	if (number >= target->addresses.count ||
	    environment_fill(probe->worker, target->port, port, sizeof(port)) <
		    0 ||
	    strtoul(port, NULL, 10) > 65535 ||
	    getaddrinfo(target->addresses.items[number], port, &hints,
			&found) != 0)
		return 0;
	size = found->ai_addrlen;
	memcpy(address, found->ai_addr, size);
	freeaddrinfo(found);
	return size;
}

/* Tries the next address. Returns false when there is none; then `wrong` says
 * what was wrong with the last one. */
static bool connect_next(struct probe *probe)
{
	struct sockaddr_storage address = {0};
	socklen_t size;

	while ((size = fill_address(probe, probe->address, &address)) > 0) {
		probe->address++;
		close_socket(probe);
		probe->socket =
			socket(address.ss_family,
			       SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
		if (probe->socket >= 0 &&
		    (connect(probe->socket,
			     (const struct sockaddr *)(const void *)&address,
			     size) == 0 ||
		     errno == EINPROGRESS)) {
			probe->step = STEP_CONNECT;
			wait_for(probe, EV_WRITE);
			return true;
		}
		snprintf(probe->wrong, sizeof(probe->wrong),
			 "cannot connect: %s", strerror(errno));
	}
	return false;
}

/* ---- asking ---- */

static void receive_more(struct probe *probe);

/* Writes the request. Returns its length, or -1 when it does not fit. */
static int write_request(const struct probe *probe, char text[REQUEST_SIZE])
{
	const struct target *target = target_of(probe);
	char host[512], path[REQUEST_SIZE / 2];
	int length;

	if (environment_fill(probe->worker, target->host, host, sizeof(host)) <
		    0 ||
	    environment_fill(probe->worker, target->path, path, sizeof(path)) <
		    0)
		return -1;
	length = snprintf(text, REQUEST_SIZE,
			  "GET %s HTTP/1.0\r\nHost: %s\r\n"
			  "User-Agent: reeve/%s\r\nAccept: */*\r\n"
			  "Connection: close\r\n\r\n",
			  path, host, VERSION);
	return length < REQUEST_SIZE ? length : -1;
}

static void send_more(struct probe *probe)
{
	char text[REQUEST_SIZE];
	int length = write_request(probe, text);
	ssize_t sent;

	if (length < 0) {
		finish(probe, "the request is too long");
		return;
	}
	sent = send(probe->socket, text + probe->sent,
		    (size_t)length - probe->sent, MSG_NOSIGNAL);
	if (sent < 0 && errno != EAGAIN && errno != EINTR) {
		snprintf(probe->wrong, sizeof(probe->wrong), "cannot ask: %s",
			 strerror(errno));
		finish(probe, probe->wrong);
		return;
	}
	probe->sent += sent > 0 ? (size_t)sent : 0;
	probe->step = probe->sent < (size_t)length ? STEP_SEND : STEP_RECEIVE;
	wait_for(probe, probe->step == STEP_SEND ? EV_WRITE : EV_READ);
}

static void connected(struct probe *probe)
{
	int number = 0;
	socklen_t size = sizeof(number);

	getsockopt(probe->socket, SOL_SOCKET, SO_ERROR, &number, &size);
	if (number != 0) {
		snprintf(probe->wrong, sizeof(probe->wrong),
			 "cannot connect: %s", strerror(number));
		if (!connect_next(probe))
			finish(probe, probe->wrong);
	} else if (probe->http) {
		send_more(probe);
	} else {
		finish(probe, NULL);
	}
}

/* ---- the answer ---- */

static void judge(struct probe *probe)
{
	const struct http_answer *answer = &probe->answer;
	const struct probe_config *config = probe->config;

	if (answer->state == HTTP_ANSWER_BAD) {
		finish(probe, answer->head_size > HTTP_ANSWER_HEAD_MAX
				      ? "its header is too large"
			      : answer->head_size == 0
				      ? "closed without an answer"
				      : "its answer is not whole, or no HTTP");
	} else if (answer->status < config->status.first ||
		   answer->status > config->status.last) {
		snprintf(probe->wrong, sizeof(probe->wrong), "status %d",
			 answer->status);
		finish(probe, probe->wrong);
	} else if (config->body.text &&
		   regexec(&config->body.compiled,
			   answer->body ? answer->body : "", 0, NULL, 0) != 0) {
		snprintf(probe->wrong, sizeof(probe->wrong),
			 "no '%.60s' in the body", config->body.text);
		finish(probe, probe->wrong);
	} else {
		finish(probe, NULL);
	}
}

static void receive_more(struct probe *probe)
{
	char data[READ_SIZE];
	ssize_t size = recv(probe->socket, data, sizeof(data), 0);
	enum http_answer_state state;

	if (size < 0 && (errno == EAGAIN || errno == EINTR)) {
		wait_for(probe, EV_READ);
		return;
	}
	if (size < 0) {
		snprintf(probe->wrong, sizeof(probe->wrong), "no answer: %s",
			 strerror(errno));
		finish(probe, probe->wrong);
		return;
	}
	state = size > 0 ? http_answer_feed(&probe->answer, data, (size_t)size)
			 : http_answer_end(&probe->answer);
	if (state == HTTP_ANSWER_HEAD || state == HTTP_ANSWER_BODY)
		wait_for(probe, EV_READ);
	else
		judge(probe);
}

static void on_ready(evutil_socket_t fd, short what, void *context)
{
	struct probe *probe = context;
	char timeout[DURATION_TEXT_SIZE];

	(void)fd;
	if (probe->socket < 0) {
		finish(probe, probe->wrong);
	} else if (what & EV_TIMEOUT) {
		duration_format(probe->config->timeout_ns, timeout);
		snprintf(probe->wrong, sizeof(probe->wrong), "%s in %s",
			 probe->step == STEP_CONNECT ? "no connection"
			 : probe->answer.state == HTTP_ANSWER_BODY
				 ? "no whole answer"
				 : "no answer",
			 timeout);
		finish(probe, probe->wrong);
	} else if (probe->step == STEP_CONNECT) {
		connected(probe);
	} else if (probe->step == STEP_SEND) {
		send_more(probe);
	} else {
		receive_more(probe);
	}
}

struct probe *probe_start(const struct worker *worker,
			  const struct probe_config *config, bool http,
			  probe_done_fn *done, void *context)
{
	struct probe *probe = calloc(1, sizeof(*probe));

	if (!probe)
		return NULL;
	probe->worker = worker;
	probe->config = config;
	probe->http = http;
	probe->done = done;
	probe->context = context;
	probe->socket = -1;
	probe->until_ns = clock_monotonic_ns() + config->timeout_ns;
	http_answer_init(&probe->answer, config->body.text);
	event_assign(&probe->event, worker->pool->instance->base, -1, 0,
		     on_ready, probe);
	event_priority_set(&probe->event, PRIORITY_REQUEST);
	snprintf(probe->wrong, sizeof(probe->wrong),
		 "its address is no address for this worker");
	if (connect_next(probe))
		return probe;
	/* What the supervisor lacks is not the server's fault. */
	if (probe->socket < 0 && (errno == EMFILE || errno == ENFILE ||
				  errno == ENOBUFS || errno == ENOMEM)) {
		probe_cancel(probe);
		return NULL;
	}
	close_socket(probe);
	event_active(&probe->event, EV_TIMEOUT, 0);
	return probe;
}
