#include "config.h"

#include "supervisor/logger.h"

#include "base/clock.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

/* What an encoded event takes beside its text. */
enum { EVENT_OVERHEAD = 8 * 1024 };

static void append(struct logger *logger, const struct event_record *event)
{
	size_t capacity = event->text.size + EVENT_OVERHEAD;
	char *record = malloc(capacity);
	ssize_t size = record ? event_encode(event, record, capacity) : -1;

	if (size >= 0)
		journal_append(logger->journal, JOURNAL_EVENT, EVENT_VERSION,
			       record, (size_t)size);
	journal_wake(logger->journal);
	free(record);
}

/* An event of this kind about a worker, as of now. */
static struct event_record event_about(enum event_kind kind,
				       const struct logger_worker *worker)
{
	struct event_record event = {
		.kind = kind,
		.at_us = clock_real_us(),
		.worker = worker->index + 1,
	};

	memcpy(event.pool, worker->pool, sizeof(event.pool));
	return event;
}

/* Leaves of formatted lines what the run printed: a time before it would make
 * every last line another one. Returns the size. */
static size_t drop_heads(char *lines, size_t size)
{
	char *from = lines, *to = lines, *end = lines + size;

	while (from < end) {
		char *stop = memchr(from, '\n', (size_t)(end - from));
		struct log_line line;

		if (!stop)
			stop = end;
		log_line_parse(&line, from, (size_t)(stop - from));
		memmove(to, line.text.data, line.text.size);
		to += line.text.size;
		if (!line.partial && stop < end)
			*to++ = '\n';
		from = stop + 1;
	}
	return (size_t)(to - lines);
}

void logger_report_output(struct logger *logger, const struct logger_run *run)
{
	const struct logger_worker *worker = run->worker;
	struct event_record event = event_about(EVENT_OUTPUT, worker);
	size_t size =
		run->tail < EVENT_TEXT_MAX ? (size_t)run->tail : EVENT_TEXT_MAX;
	char *tail = malloc(size + 1), *begin;

	if (!tail)
		return;
	event.run = run->number;
	event.text.size = logger_file_tail(&worker->file, tail, size);
	begin = tail + size - event.text.size;
	if (run->format != LOG_RAW)
		event.text.size = drop_heads(begin, event.text.size);
	event.text.data = begin;
	if (event.text.size > 0)
		append(logger, &event);
	free(tail);
}

void logger_report_warning(struct logger *logger,
			   const struct logger_worker *worker,
			   const char *format, ...)
{
	struct event_record event = event_about(EVENT_WARNING, worker);
	char text[1024];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	event.text = (struct bytes){text, strlen(text)};
	append(logger, &event);
}

static bool send_answer(const struct logger *logger,
			const struct logger_answer *answer)
{
	struct message message = {
		.kind = answer->kind,
		.run = answer->run,
		.index = answer->index,
		.count = answer->lost,
		.silence_ns = answer->silence_ns,
	};

	memcpy(message.pool, answer->pool, sizeof(message.pool));
	return message_send(logger->helper.socket, &message) == 0 ||
	       errno != EAGAIN;
}

/* Asks to be told when the socket takes more, or no longer. */
static void watch_socket(const struct logger *logger)
{
	struct epoll_event event = {
		.events = EPOLLIN | (logger->answer_count > 0 ? EPOLLOUT : 0),
	};

	epoll_ctl(logger->epoll, EPOLL_CTL_MOD, logger->helper.socket, &event);
}

/* Notes an answer that the socket has no room for. */
static void keep_answer(struct logger *logger,
			const struct logger_answer *answer)
{
	if (logger->answer_count == logger->answer_capacity) {
		size_t capacity = logger->answer_capacity * 2 + 64;
		void *answers =
			realloc(logger->answers, capacity * sizeof(*answer));

		if (!answers)
			abort(); /* the next logger is told again */
		logger->answers = answers;
		logger->answer_capacity = capacity;
	}
	logger->answers[logger->answer_count++] = *answer;
	if (logger->answer_count == 1)
		watch_socket(logger);
}

struct logger_answer logger_answer_of(enum message_kind kind,
				      const struct logger_run *run)
{
	struct logger_answer answer = {
		.kind = kind,
		.run = run->number,
		.index = run->worker->index,
	};

	memcpy(answer.pool, run->worker->pool, sizeof(answer.pool));
	return answer;
}

void logger_answer(struct logger *logger, const struct logger_answer *answer)
{
	if (logger->answer_count > 0 || !send_answer(logger, answer))
		keep_answer(logger, answer);
}

void logger_report_lost(struct logger *logger, const struct logger_run *run,
			uint64_t count)
{
	struct event_record event = event_about(EVENT_OUTPUT_LOST, run->worker);
	char text[700];

	event.run = run->number;
	event.count = count;
	snprintf(text, sizeof(text), "%s could not be written in time",
		 run->worker->file.path);
	event.text = (struct bytes){text, strlen(text)};
	append(logger, &event);
}

void logger_send_answers(struct logger *logger)
{
	size_t sent = 0;

	while (sent < logger->answer_count &&
	       send_answer(logger, &logger->answers[sent]))
		sent++;
	if (sent == 0)
		return;
	logger->answer_count -= sent;
	memmove(logger->answers, logger->answers + sent,
		logger->answer_count * sizeof(*logger->answers));
	if (logger->answer_count == 0)
		watch_socket(logger);
}
