#include "config.h"

#include "supervisor/logger.h"

#include "base/clock.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { STAGE_PATH_SIZE = 600 };

static enum log_stream name_of(const struct logger_stream *stream)
{
	return stream == &stream->run->streams[0] ? LOG_OUT : LOG_ERR;
}

static void stage_path(const struct logger *logger,
		       const struct logger_stream *stream,
		       char path[STAGE_PATH_SIZE])
{
	snprintf(path, STAGE_PATH_SIZE, "%s/stage/%" PRIu64 ".%s",
		 logger->helper.runtime, stream->run->number,
		 log_stream_name(name_of(stream)));
}

/* ---- stages ---- */

void logger_lines_find(const struct logger *logger, struct logger_run *run)
{
	char path[STAGE_PATH_SIZE];

	for (size_t i = 0; i < 2 && run->format != LOG_RAW; i++) {
		stage_path(logger, &run->streams[i], path);
		run->streams[i].staged = access(path, F_OK) == 0;
	}
}

/* Cuts the log where both stages say that it ended: what comes after is lines
 * whose bytes are still in a stage. */
static int undo(struct logger_run *run)
{
	const struct logger_file *file = &run->worker->file;
	struct log_mark end, last = {0};

	if (logger_file_end(file, &end) < 0)
		return -1;
	for (size_t i = 0; i < 2; i++) {
		const struct log_mark *mark = &run->streams[i].stage.end;

		if (mark->inode == end.inode && mark->offset > last.offset)
			last = *mark;
	}
	if (last.inode == 0 || last.offset >= end.offset)
		return 0;
	return ftruncate(file->fd, (off_t)last.offset);
}

int logger_lines_open(struct logger *logger, struct logger_run *run)
{
	char path[STAGE_PATH_SIZE];

	for (size_t i = 0; i < 2; i++) {
		struct logger_stream *stream = &run->streams[i];

		stage_path(logger, stream, path);
		if (stream->stage.fd < 0 &&
		    logger_stage_open(&stream->stage, path) < 0)
			return -1;
	}
	if (run->recovered)
		return 0;
	if (undo(run) < 0)
		return -1;
	run->recovered = true;
	for (size_t i = 0; i < 2; i++) {
		const struct logger_stage *stage = &run->streams[i].stage;

		logger_watch_bytes(logger, &run->streams[i], stage->fd,
				   stage->done, logger_stage_left(stage));
	}
	return 0;
}

void logger_lines_close(const struct logger *logger, struct logger_run *run,
			bool done)
{
	char path[STAGE_PATH_SIZE];

	for (size_t i = 0; i < 2; i++) {
		logger_stage_close(&run->streams[i].stage);
		stage_path(logger, &run->streams[i], path);
		if (done && run->format != LOG_RAW)
			unlink(path);
	}
}

/* ---- lines ---- */

/* Where a text may be cut, at `size` or so shortly before that no character of
 * UTF-8 is torn. */
static size_t cut(const char *text, size_t size)
{
	size_t at = size;

	while (at > size - 3 && ((unsigned char)text[at] & 0xc0) == 0x80)
		at--;
	return at;
}

/*
 * Finds the first line of `data`. Returns how many bytes it takes with its
 * end, and sets its text and whether it is `partial`; 0 when it is not whole
 * yet. `last`: nothing follows `data`.
 */
static size_t first_line(struct bytes data, bool last, struct bytes *text,
			 bool *partial)
{
	size_t size = data.size < LOG_TEXT_MAX ? data.size : LOG_TEXT_MAX;
	const char *end = size > 0 ? memchr(data.data, '\n', size) : NULL;

	*partial = !end;
	if (end)
		size = (size_t)(end - (const char *)data.data);
	else if (data.size > LOG_TEXT_MAX)
		size = cut(data.data, LOG_TEXT_MAX);
	else if (!last)
		size = 0;
	*text = (struct bytes){data.data, size};
	return end ? size + 1 : size;
}

/* Formats lines of `data` as far as they fit into the log and our buffer, but
 * at least one. Returns how many bytes of it they are, and sets `written`. */
static size_t format_lines(const struct logger *logger,
			   const struct logger_stream *stream,
			   struct bytes data, bool last, size_t *written)
{
	const struct logger_run *run = stream->run;
	uint64_t room = logger_file_room(&run->worker->file);
	struct log_line like = {
		.at_us = clock_real_us(),
		.run = run->number,
		.pid = run->pid,
		.stream = name_of(stream),
	};
	struct log_head head;
	size_t done = 0;

	snprintf(like.worker, sizeof(like.worker), "%s/%" PRIu32,
		 run->worker->pool, (uint32_t)run->worker->index);
	log_head_init(&head, run->format, &like);
	*written = 0;
	do {
		struct bytes rest = {(const char *)data.data + done,
				     data.size - done};
		struct bytes text;
		bool partial;
		size_t size = first_line(rest, last, &text, &partial);

		if (size == 0)
			break;
		done += size;
		*written += log_head_line(&head, text, partial,
					  logger->output + *written);
	} while (*written < room &&
		 *written <= LOGGER_OUTPUT_SIZE - LOG_LINE_MAX);
	return done;
}

/* Writes all lines of a stage into the log. */
static int write_lines(const struct logger *logger,
		       struct logger_stream *stream, bool last)
{
	struct logger_stage *stage = &stream->stage;

	for (;;) {
		ssize_t got = logger_stage_read(stage, logger->input,
						LOGGER_INPUT_SIZE);
		struct log_mark end;
		size_t done, written;

		if (got <= 0)
			return (int)got;
		done = format_lines(logger, stream,
				    (struct bytes){logger->input, (size_t)got},
				    last && got < LOGGER_INPUT_SIZE, &written);
		if (done == 0)
			return 0;
		if (logger_file_append(&stream->run->worker->file,
				       logger->output, written, &end) < 0 ||
		    logger_stage_commit(stage, done, &end) < 0)
			return -1;
	}
}

ssize_t logger_lines_move(struct logger *logger, struct logger_stream *stream,
			  size_t limit, bool last)
{
	ssize_t moved = 0;

	/* As long as the log takes none the rest waits in the FIFO. */
	if (stream->staged && write_lines(logger, stream, false) < 0)
		return -1;
	stream->staged = true;
	if (limit > 0) {
		moved = logger_stage_fill(&stream->stage, stream->fd, limit);
		if (moved <= 0)
			return -1;
		logger_watch_bytes(logger, stream, stream->stage.fd,
				   stream->stage.size - (uint64_t)moved,
				   (size_t)moved);
	}
	if (write_lines(logger, stream, last) < 0)
		return -1;
	stream->staged = false;
	return moved;
}
