#include "config.h"

#include "supervisor/logger.h"

#include "base/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum {
	/* What one stream may move before the others have their turn. */
	TURN_SIZE = 512 * 1024,
	/* The size to which the pipe of a busy stream is enlarged: the worker
	 * prints on while we let bytes gather. */
	BUSY_PIPE_SIZE = 1024 * 1024,
	/* What all enlarged pipes may hold: pipes count against a limit of
	 * their user. */
	ENLARGED_MAX = 32 * 1024 * 1024,
};

static bool is_full(int number)
{
	return number == ENOSPC || number == EDQUOT;
}

void logger_fault(struct logger *logger, struct logger_worker *worker,
		  int number)
{
	if (!worker->faulty && logger->faulty++ == 0)
		logger->retry_at_ns = clock_monotonic_ns() + LOGGER_RETRY_NS;
	worker->faulty = true;
	if (worker->told || (is_full(number) && logger->full_told))
		return;
	worker->told = true;
	logger->full_told = logger->full_told || is_full(number);
	logger_report_warning(logger, worker,
			      "cannot write %s: %s; what the worker prints "
			      "waits in its pipe",
			      worker->file.path, strerror(number));
}

/* Notes that a log takes again what its worker prints. */
static void clear_fault(struct logger *logger, struct logger_worker *worker)
{
	worker->told = false;
	if (logger->faulty == 0)
		logger->full_told = false;
}

void logger_spare_fds(const struct logger *logger)
{
	struct list_link *link = logger->workers.next;

	for (; link != &logger->workers; link = link->next) {
		struct logger_worker *worker =
			list_entry(link, struct logger_worker, all);
		struct logger_run *run = worker->runs;

		logger_file_close(&worker->file);
		for (; run; run = run->next)
			logger_lines_close(logger, run, false);
	}
}

static int try_open(struct logger *logger, struct logger_run *run)
{
	if (logger_file_open(&run->worker->file) < 0)
		return -1;
	return run->format == LOG_RAW ? 0 : logger_lines_open(logger, run);
}

/* Opens what is needed to write the log of a run. Returns 0, or -1 with
 * errno. */
static int open_log(struct logger *logger, struct logger_run *run)
{
	int result = try_open(logger, run);

	if (result == 0 || errno != EMFILE)
		return result;
	logger_spare_fds(logger);
	return try_open(logger, run);
}

size_t logger_pipe_bytes(int fd)
{
	int bytes = 0;

	return fd >= 0 && ioctl(fd, FIONREAD, &bytes) == 0 && bytes > 0
		       ? (size_t)bytes
		       : 0;
}

/* Finds or makes the mark where the output of a run begins, before its first
 * byte is moved. The log is open. Returns 0, or -1 with errno. */
static int mark_begin(struct logger *logger, struct logger_run *run)
{
	run->begin = log_marks_find(&logger->marks, run->number);
	if (run->begin)
		return 0;
	if (logger_file_end(&run->worker->file, &run->own_begin) < 0)
		return -1;
	run->own_begin.run = run->number;
	run->begin = log_marks_add(&logger->marks, &run->own_begin);
	if (!run->begin)
		run->begin = &run->own_begin;
	return 0;
}

/* Enlarges the pipe of a busy stream, where we may. */
static void enlarge(struct logger *logger, struct logger_stream *stream)
{
	int capacity;

	if (stream->enlarged || logger->enlarged >= ENLARGED_MAX)
		return;
	capacity = fcntl(stream->fd, F_SETPIPE_SZ, BUSY_PIPE_SIZE);
	if (capacity < 0)
		return;
	stream->capacity = (uint32_t)capacity;
	stream->enlarged = true;
	logger->enlarged += BUSY_PIPE_SIZE;
}

/* Notes whether a stream fills its pipe faster than we look at it. */
static void judge(struct logger *logger, struct logger_stream *stream,
		  size_t available)
{
	if (stream->capacity == 0)
		stream->capacity = (uint32_t)fcntl(stream->fd, F_GETPIPE_SZ);
	if (available < stream->capacity / 2)
		return;
	logger->busy = true;
	enlarge(logger, stream);
}

void logger_close_stream(struct logger *logger, struct logger_stream *stream)
{
	list_remove(&stream->readable);
	if (stream->enlarged)
		logger->enlarged -= BUSY_PIPE_SIZE;
	if (stream->fd >= 0)
		close(stream->fd);
}

/* Makes the log of a run ready to be written. Returns 0, or -1 with errno. */
static int prepare_log(struct logger *logger, struct logger_run *run)
{
	struct logger_file *file = &run->worker->file;

	if (open_log(logger, run) < 0 ||
	    (!run->begin && mark_begin(logger, run) < 0))
		return -1;
	file->begin = run->begin;
	file->rotation = run->rotation;
	return 0;
}

/* Moves bytes of a stream, `last` ones too, where its worker is not faulty. */
static ssize_t move(struct logger *logger, struct logger_stream *stream,
		    size_t size, bool last)
{
	struct logger_run *run = stream->run;
	struct logger_worker *worker = run->worker;
	ssize_t moved = -1;

	if (worker->faulty)
		return -1;
	errno = EIO;
	if (prepare_log(logger, run) == 0)
		moved = run->format == LOG_RAW
				? logger_file_move(&worker->file, stream->fd,
						   size)
				: logger_lines_move(logger, stream, size, last);
	if (worker->file.rotated)
		logger_compress_later(logger, worker);
	worker->file.rotated = false;
	if (moved > 0 && run->format == LOG_RAW)
		logger_watch_bytes(logger, stream, worker->file.fd,
				   worker->file.moved_to, (size_t)moved);
	if (moved < 0 || (moved == 0 && size > 0)) {
		logger_fault(logger, worker, errno);
		return -1;
	}
	return moved;
}

ssize_t logger_move(struct logger *logger, struct logger_stream *stream,
		    size_t limit)
{
	size_t available = logger_pipe_bytes(stream->fd);

	if (available == 0 && !stream->staged)
		return 0;
	if (available > 0)
		judge(logger, stream, available);
	return move(logger, stream, available < limit ? available : limit,
		    false);
}

int logger_move_last(struct logger *logger, struct logger_stream *stream)
{
	bool formatted = stream->staged || stream->stage.fd >= 0;

	return formatted && move(logger, stream, 0, true) < 0 ? -1 : 0;
}

/*
 * Gives one stream its turn: what is there is moved at once, and what comes
 * meanwhile gathers for the next turn. Returns whether more is left.
 */
static bool take_turn(struct logger *logger, struct logger_stream *stream)
{
	ssize_t moved = logger_move(logger, stream, TURN_SIZE);

	if (moved > 0)
		clear_fault(logger, stream->run->worker);
	return moved > 0 && logger_pipe_bytes(stream->fd) > 0;
}

void logger_turn(struct logger *logger)
{
	struct list_link *last = logger->readable.previous;
	bool done = list_is_empty(&logger->readable);

	logger->busy = false;
	while (!done) {
		struct list_link *link = logger->readable.next;

		done = link == last;
		list_remove(link);
		if (take_turn(logger,
			      list_entry(link, struct logger_stream, readable)))
			list_append(&logger->readable, link);
	}
}
