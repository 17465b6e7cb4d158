#include "config.h"

#include "supervisor/logger.h"

#include "base/clock.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- the pattern ---- */

static void stop_matching(struct logger_run *run)
{
	if (run->matching)
		regfree(&run->pattern);
	run->matching = false;
	for (size_t i = 0; i < 2; i++) {
		free(run->streams[i].line);
		run->streams[i].line = NULL;
	}
}

static void match(struct logger *logger, struct logger_run *run,
		  const char *line)
{
	struct logger_answer answer;

	if (!run->matching || regexec(&run->pattern, line, 0, NULL, 0) != 0)
		return;
	stop_matching(run);
	answer = logger_answer_of(MESSAGE_LOG_MATCHED, run);
	logger_answer(logger, &answer);
}

/* Holds what the log has of the run against the pattern: a logger before us
 * may have died when it had written a line and not told of it. */
static void match_log(struct logger *logger, struct logger_run *run)
{
	struct logger_file *file = &run->worker->file;
	char *end = logger->input + LOGGER_INPUT_SIZE - 1;
	char *at, *next;

	run->begin = log_marks_find(&logger->marks, run->number);
	if (!run->begin)
		return;
	file->begin = run->begin;
	file->rotation = run->rotation;
	at = end - logger_file_tail(file, logger->input, LOGGER_INPUT_SIZE - 1);
	for (; run->matching && at < end; at = next) {
		char *stop = memchr(at, '\n', (size_t)(end - at));
		struct log_line line;

		if (!stop)
			break;
		*stop = '\0';
		next = stop + 1;
		log_line_parse(&line, at, (size_t)(stop - at));
		/* The text is a part of the line; json leaves its end. */
		at += (const char *)line.text.data - at;
		at[line.text.size] = '\0';
		match(logger, run, at);
	}
}

/* Adds bytes to the line of a stream; matches each that gets whole. */
static void feed(struct logger *logger, struct logger_stream *stream,
		 const char *data, size_t size)
{
	for (size_t i = 0; i < size && stream->run->matching; i++) {
		struct logger_line *line = stream->line;

		if (data[i] != '\n') {
			if (line->used < LOG_TEXT_MAX)
				line->text[line->used++] = data[i];
			continue;
		}
		line->text[line->used] = '\0';
		line->used = 0;
		match(logger, stream->run, line->text);
	}
}

/* ---- both ---- */

void logger_watch_start(struct logger *logger, struct logger_run *run,
			const struct message *message)
{
	int number;

	run->silence_ns = message->silence_ns;
	if (!*message->pattern)
		return;
	number = regcomp(&run->pattern, message->pattern,
			 REG_EXTENDED | REG_NOSUB);
	run->matching = number == 0;
	if (!run->matching)
		logger_report_warning(logger, run->worker,
				      "cannot look for \"%s\" in what the "
				      "worker prints: it is no regular "
				      "expression",
				      message->pattern);
}

static void note_deadline(struct logger *logger, const struct logger_run *run)
{
	int64_t at_ns = run->heard_ns + (int64_t)run->silence_ns;

	if (at_ns < logger->silent_at_ns)
		logger->silent_at_ns = at_ns;
}

static void say_silent(struct logger *logger, struct logger_run *run,
		       bool silent)
{
	struct logger_answer answer = logger_answer_of(MESSAGE_LOG_SILENT, run);

	run->silent = silent;
	answer.silence_ns = silent ? run->silence_ns : 0;
	logger_answer(logger, &answer);
}

void logger_watch_begin(struct logger *logger, struct logger_run *run)
{
	run->heard_ns = clock_monotonic_ns();
	if (run->silence_ns > 0)
		note_deadline(logger, run);
	if (run->matching)
		match_log(logger, run);
}

void logger_watch_bytes(struct logger *logger, struct logger_stream *stream,
			int fd, uint64_t offset, size_t size)
{
	struct logger_run *run = stream->run;
	size_t done = 0;

	if (run->silence_ns > 0) {
		run->heard_ns = clock_monotonic_ns();
		if (run->silent) {
			note_deadline(logger, run);
			say_silent(logger, run, false);
		}
	}
	if (run->matching && !stream->line)
		stream->line = calloc(1, sizeof(*stream->line));
	while (run->matching && stream->line && done < size) {
		size_t wanted = size - done < LOGGER_INPUT_SIZE
					? size - done
					: LOGGER_INPUT_SIZE;
		ssize_t got = pread(fd, logger->input, wanted,
				    (off_t)(offset + done));

		if (got <= 0)
			break;
		feed(logger, stream, logger->input, (size_t)got);
		done += (size_t)got;
	}
}

/* Bytes that wait, for room on the disk say, are no silence. */
static bool has_bytes(const struct logger_run *run)
{
	return run->worker->faulty ||
	       logger_pipe_bytes(run->streams[0].fd) > 0 ||
	       logger_pipe_bytes(run->streams[1].fd) > 0;
}

static void look_at(struct logger *logger, struct logger_run *run,
		    int64_t now_ns)
{
	if (!run || !run->listening || run->silence_ns == 0 || run->silent)
		return;
	if (has_bytes(run))
		run->heard_ns = now_ns;
	if (run->heard_ns + (int64_t)run->silence_ns > now_ns) {
		note_deadline(logger, run);
		return;
	}
	say_silent(logger, run, true);
}

void logger_watch_silence(struct logger *logger)
{
	struct list_link *link = logger->workers.next;
	int64_t now_ns = clock_monotonic_ns();

	logger->silent_at_ns = INT64_MAX;
	for (; link != &logger->workers; link = link->next)
		look_at(logger,
			list_entry(link, struct logger_worker, all)->runs,
			now_ns);
}

void logger_watch_release(struct logger_run *run)
{
	stop_matching(run);
}
