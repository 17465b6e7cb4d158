#include "config.h"

#include "supervisor/logger.h"

#include "base/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>

enum {
	/* What one stream may move before the others have their turn. */
	TURN_SIZE = 256 * 1024,
	/* The size to which the pipe of a busy stream is enlarged. */
	BUSY_PIPE_SIZE = 256 * 1024,
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

	for (; link != &logger->workers; link = link->next)
		logger_file_close(
			&list_entry(link, struct logger_worker, all)->file);
}

static bool open_log(const struct logger *logger, struct logger_worker *worker)
{
	if (logger_file_open(&worker->file) == 0)
		return true;
	if (errno != EMFILE)
		return false;
	logger_spare_fds(logger);
	return logger_file_open(&worker->file) == 0;
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

/* Notes whether a stream brings more than a pipe holds, and enlarges its pipe
 * where we may. */
static void judge(struct logger *logger, struct logger_stream *stream,
		  size_t available)
{
	if (stream->capacity == 0)
		stream->capacity = (uint32_t)fcntl(stream->fd, F_GETPIPE_SZ);
	if (available < stream->capacity / 2)
		return;
	logger->busy = true;
	if (stream->capacity < BUSY_PIPE_SIZE) {
		fcntl(stream->fd, F_SETPIPE_SZ, BUSY_PIPE_SIZE);
		stream->capacity = BUSY_PIPE_SIZE;
	}
}

ssize_t logger_move(struct logger *logger, struct logger_stream *stream,
		    size_t limit)
{
	struct logger_run *run = stream->run;
	struct logger_worker *worker = run->worker;
	size_t available = logger_pipe_bytes(stream->fd);
	ssize_t moved = -1;

	if (available == 0)
		return 0;
	if (worker->faulty)
		return -1;
	judge(logger, stream, available);
	if (open_log(logger, worker) &&
	    (run->begin || mark_begin(logger, run) == 0)) {
		worker->file.begin = run->begin;
		worker->file.max_size = run->max_size;
		worker->file.keep = run->keep;
		errno = EIO;
		moved = logger_file_move(&worker->file, stream->fd,
					 available < limit ? available : limit);
	}
	if (moved <= 0) {
		logger_fault(logger, worker, errno);
		return -1;
	}
	return moved;
}

/* Gives one stream its turn. Returns whether more may be left. */
static bool take_turn(struct logger *logger, struct logger_stream *stream)
{
	size_t left = TURN_SIZE;
	ssize_t moved = 1;

	while (left > 0 && (moved = logger_move(logger, stream, left)) > 0)
		left -= (size_t)moved;
	if (moved == 0 && left < TURN_SIZE)
		clear_fault(logger, stream->run->worker);
	return moved > 0;
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
