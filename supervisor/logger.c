#include "config.h"

#include "supervisor/logger.h"

#include "base/clock.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	/* How long bytes gather before they are moved. */
	GATHER_MS = 1,
	EVENTS_AT_ONCE = 256,
	MESSAGES_AT_ONCE = 256,
	SEGMENT_SIZE = 1024 * 1024,
	MAX_SEGMENTS = 64,
};

/* What the supervisor wants. */
enum mood { GO_ON, FINISH, LEFT_ALONE };

/* A thousand workers have 2,000 FIFOs and 1,000 logs. */
static void raise_file_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

static int watch_supervisor(struct logger *logger, struct error *error)
{
	struct epoll_event event = {.events = EPOLLIN};

	logger->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (logger->epoll < 0 || epoll_ctl(logger->epoll, EPOLL_CTL_ADD,
					   logger->helper.socket, &event) < 0)
		return error_set_errno(error, "cannot watch the supervisor");
	return 0;
}

static int logger_init(struct logger *logger, struct error *error)
{
	char path[600];
	struct journal_settings settings = {
		.folder = path,
		.writer = "logger",
		.segment_size = SEGMENT_SIZE,
		.max_segments = MAX_SEGMENTS,
		.wake_fd = logger->helper.wake,
	};

	umask(027);
	signal(SIGXFSZ, SIG_IGN);
	raise_file_limit();
	list_init(&logger->workers);
	list_init(&logger->readable);
	list_init(&logger->compressible);
	/* So that `reeve logs -f` has a folder to watch; where this fails, it
	 * is tried again with the first log. */
	snprintf(path, sizeof(path), "%s/log", logger->helper.state);
	mkdir(path, 0750);
	snprintf(path, sizeof(path), "%s/stage", logger->helper.runtime);
	mkdir(path, 0700);
	if (programs_find(logger->compression.program, "reeve-compressor",
			  error) < 0)
		return -1;
	logger->input = malloc(LOGGER_INPUT_SIZE);
	logger->output = malloc(LOGGER_OUTPUT_SIZE);
	if (!logger->input || !logger->output)
		return error_set(error, "cannot format lines: out of memory");
	snprintf(path, sizeof(path), "%s/logger", logger->helper.runtime);
	if (watch_supervisor(logger, error) < 0 ||
	    log_marks_open(&logger->marks, path, error) < 0)
		return -1;
	snprintf(path, sizeof(path), "%s/journal", logger->helper.runtime);
	logger->journal = journal_open(&settings, error);
	return logger->journal ? 0 : -1;
}

static enum mood obey(struct logger *logger, const struct message *message)
{
	switch (message->kind) {
	case MESSAGE_LOG_START:
		logger_start(logger, message);
		break;
	case MESSAGE_LOG_END:
		logger_end(logger, message);
		break;
	case MESSAGE_FINISH:
		logger->finishing = true;
		return FINISH;
	default:
		break;
	}
	return GO_ON;
}

static enum mood read_messages(struct logger *logger)
{
	enum mood mood = GO_ON;

	for (int i = 0; i < MESSAGES_AT_ONCE && mood == GO_ON; i++) {
		struct message message;
		int result = message_receive(logger->helper.socket, &message);

		if (result == 1)
			mood = obey(logger, &message);
		else if (result == 0 || errno == ECONNRESET)
			return LEFT_ALONE;
		else if (errno != EBADMSG)
			break;
	}
	return mood;
}

/*
 * How long to wait for news. While bytes gather only the socket is looked at:
 * a worker that prints line by line must not wake us for each.
 */
static int wait_ms(const struct logger *logger)
{
	struct pollfd socket = {logger->helper.socket, POLLIN, 0};
	int64_t until = logger->silent_at_ns, left;

	if (!list_is_empty(&logger->readable)) {
		if (!logger->busy)
			poll(&socket, 1, GATHER_MS);
		return 0;
	}
	if (logger->faulty > 0 && logger->retry_at_ns < until)
		until = logger->retry_at_ns;
	if (until == INT64_MAX)
		return -1;
	left = (until - clock_monotonic_ns()) / 1000000 + 1;
	return left <= 0 ? 0 : left < INT_MAX ? (int)left : INT_MAX;
}

/* Notes which streams have news. Returns the events of the socket. */
static uint32_t look(struct logger *logger)
{
	struct epoll_event events[EVENTS_AT_ONCE];
	int count = epoll_wait(logger->epoll, events, EVENTS_AT_ONCE,
			       wait_ms(logger));
	uint32_t socket_events = 0;

	for (int i = 0; i < count; i++) {
		struct logger_stream *stream = events[i].data.ptr;

		if (!stream)
			socket_events = events[i].events;
		else if (events[i].data.ptr == &logger->compression)
			logger_compress_news(logger);
		else if (!list_contains(&stream->readable))
			list_append(&logger->readable, &stream->readable);
	}
	return socket_events;
}

static void run_loop(struct logger *logger)
{
	enum mood mood = GO_ON;

	while (mood == GO_ON ||
	       (mood == FINISH &&
		(logger->unfinished > 0 || logger->answer_count > 0))) {
		bool gathered = !list_is_empty(&logger->readable);
		uint32_t events = look(logger);

		if (events & EPOLLOUT)
			logger_send_answers(logger);
		if (events & ~(uint32_t)EPOLLOUT) {
			enum mood wanted = read_messages(logger);

			mood = wanted == GO_ON ? mood : wanted;
		}
		if (gathered)
			logger_turn(logger);
		if (mood == GO_ON)
			logger_compress(logger);
		if (logger->faulty > 0 &&
		    clock_monotonic_ns() >= logger->retry_at_ns)
			logger_retry(logger);
		if (clock_monotonic_ns() >= logger->silent_at_ns)
			logger_watch_silence(logger);
		if (journal_wants_prepare(logger->journal))
			journal_prepare(logger->journal);
	}
	logger_drain(logger);
}

int main(int argc, char **argv)
{
	struct logger logger = {.epoll = -1, .silent_at_ns = INT64_MAX};
	struct error error;

	if (helper_init(&logger.helper, "logger", argc, argv, &error) < 0 ||
	    logger_init(&logger, &error) < 0) {
		fprintf(stderr, "reeve-logger: %s\n", error.text);
		free(logger.input);
		free(logger.output);
		return 1;
	}
	run_loop(&logger);
	logger_compress_release(&logger);
	logger_release(&logger);
	free(logger.input);
	free(logger.output);
	log_marks_close(&logger.marks);
	journal_close(logger.journal);
	close(logger.epoll);
	return 0;
}
