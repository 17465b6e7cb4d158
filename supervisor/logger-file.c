#include "config.h"

#include "supervisor/logger-file.h"

#include "base/clock.h"
#include "supervisor/logger-parts.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* How far we look for the end of a line before a file is rotated. */
enum { PEEK_SIZE = 64 * 1024 };

static int make_folder(const struct logger_file *file)
{
	char path[sizeof(file->path)];

	memcpy(path, file->path, sizeof(path));
	return mkdir(dirname(path), 0750);
}

/* When the file was made; where the file system does not know that, now. */
static int64_t birth_us(int fd)
{
	struct statx status;

	if (statx(fd, "", AT_EMPTY_PATH, STATX_BTIME, &status) < 0 ||
	    !(status.stx_mask & STATX_BTIME))
		return clock_real_us();
	return status.stx_btime.tv_sec * 1000000 +
	       status.stx_btime.tv_nsec / 1000;
}

int logger_file_open(struct logger_file *file)
{
	const int flags = O_RDWR | O_CREAT | O_CLOEXEC;
	struct stat status;

	if (file->fd >= 0 && fstat(file->fd, &status) == 0 &&
	    status.st_nlink > 0)
		return 0;
	logger_file_close(file);
	file->fd = open(file->path, flags, 0640);
	if (file->fd < 0 && errno == ENOENT && make_folder(file) == 0)
		file->fd = open(file->path, flags, 0640);
	if (file->fd < 0)
		return -1;
	file->born_us = birth_us(file->fd);
	return 0;
}

void logger_file_close(struct logger_file *file)
{
	if (file->fd >= 0)
		close(file->fd);
	file->fd = -1;
}

int logger_file_end(const struct logger_file *file, struct log_mark *mark)
{
	struct stat status;

	if (fstat(file->fd, &status) < 0)
		return -1;
	mark->inode = status.st_ino;
	mark->offset = (uint64_t)status.st_size;
	return 0;
}

/* Puts the file aside and begins it anew. */
static int rotate(struct logger_file *file)
{
	if (logger_parts_shift(file->path, file->rotation.keep, file->begin) <
	    0)
		return -1;
	file->rotated = true;
	logger_file_close(file);
	return logger_file_open(file);
}

/* Whether the file, of `size` bytes, ends at the end of a line. */
static bool ends_line(const struct logger_file *file, uint64_t size)
{
	char last = '\0';

	return pread(file->fd, &last, 1, (off_t)(size - 1)) == 1 &&
	       last == '\n';
}

static bool is_old(const struct logger_file *file)
{
	uint64_t max_age_us = file->rotation.max_age_ns / 1000;

	return max_age_us > 0 &&
	       clock_real_us() - file->born_us >= (int64_t)max_age_us;
}

/* Whether it shall be rotated before more comes. An old one that is empty has
 * no old lines. */
static bool is_due(const struct logger_file *file, uint64_t size)
{
	uint64_t max_size = file->rotation.max_size;
	bool full = max_size > 0 && size >= max_size;

	if (size == 0 || (!full && !is_old(file)))
		return false;
	return (full && size / 2 >= max_size) || ends_line(file, size);
}

/* Rotates the open file when that is due and sets `end` to its end. */
static int make_room(struct logger_file *file, struct log_mark *end)
{
	if (logger_file_end(file, end) < 0)
		return -1;
	if (!is_due(file, end->offset))
		return 0;
	return rotate(file) < 0 ? -1 : logger_file_end(file, end);
}

/* Reads what is in the pipe without taking it out, through a second pipe. */
static ssize_t peek(int pipe, char *buffer, size_t size)
{
	int copy[2];
	ssize_t copied, done = 0;

	if (pipe2(copy, O_CLOEXEC | O_NONBLOCK) < 0)
		return -1;
	copied = tee(pipe, copy[1], size, SPLICE_F_NONBLOCK);
	while (done < copied) {
		ssize_t got = read(copy[0], buffer + done, size - (size_t)done);

		if (got <= 0)
			break;
		done += got;
	}
	close(copy[0]);
	close(copy[1]);
	return done;
}

/*
 * How many of the bytes in the pipe still belong to the file, of `size` bytes,
 * which has no room for them all: up to the end of the line that reaches
 * max_size. Where that is too far ahead to be seen, up to shortly before it.
 */
static size_t fitting(const struct logger_file *file, int pipe, uint64_t size,
		      size_t available)
{
	char buffer[PEEK_SIZE];
	uint64_t room = file->rotation.max_size > size
				? file->rotation.max_size - size
				: 1;
	const char *end;
	ssize_t seen;

	if (room > sizeof(buffer))
		return (size_t)room - 1;
	seen = peek(pipe, buffer, sizeof(buffer));
	if (seen <= 0)
		return available;
	if ((uint64_t)seen < room)
		return (size_t)seen;
	end = memchr(buffer + room - 1, '\n', (size_t)seen - room + 1);
	return end ? (size_t)(end - buffer) + 1 : (size_t)seen;
}

ssize_t logger_file_move(struct logger_file *file, int pipe, size_t available)
{
	struct log_mark end;
	loff_t offset;

	if (make_room(file, &end) < 0)
		return -1;
	if (file->rotation.max_size > 0 &&
	    end.offset + available > file->rotation.max_size)
		available = fitting(file, pipe, end.offset, available);
	file->moved_to = end.offset;
	offset = (loff_t)end.offset;
	return splice(pipe, NULL, file->fd, &offset, available,
		      SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
}

uint64_t logger_file_room(const struct logger_file *file)
{
	struct log_mark end;

	if (file->rotation.max_size == 0 || logger_file_end(file, &end) < 0)
		return UINT64_MAX;
	return end.offset < file->rotation.max_size
		       ? file->rotation.max_size - end.offset
		       : 0;
}

int logger_file_append(struct logger_file *file, const char *lines, size_t size,
		       struct log_mark *end)
{
	size_t written = 0;

	if (make_room(file, end) < 0)
		return -1;
	while (written < size) {
		ssize_t result =
			pwrite(file->fd, lines + written, size - written,
			       (off_t)(end->offset + written));
		int number = result == 0 ? ENOSPC : errno;

		if (result > 0) {
			written += (size_t)result;
			continue;
		}
		if (written > 0 && ftruncate(file->fd, (off_t)end->offset) < 0)
			number = errno;
		errno = number;
		return -1;
	}
	end->offset += size;
	return 0;
}

/* Reads the end of one part, after `from`, to the end of `buffer`. Returns how
 * many bytes. */
static size_t read_end(int fd, const struct stat *status, uint64_t from,
		       char *buffer, size_t size)
{
	uint64_t length = (uint64_t)status->st_size;
	size_t wanted = length > from ? (size_t)(length - from) : 0;
	ssize_t got;

	if (wanted > size)
		wanted = size;
	got = pread(fd, buffer + size - wanted, wanted,
		    (off_t)(length - wanted));
	return got == (ssize_t)wanted ? wanted : 0;
}

size_t logger_file_tail(const struct logger_file *file, char *buffer,
			size_t size)
{
	const struct log_mark *begin = file->begin;
	size_t left = size;
	bool found = false;

	for (uint64_t i = 0; i <= file->rotation.keep && left > 0 && !found;
	     i++) {
		char path[LOGGER_PART_PATH_SIZE];
		struct stat status;
		int fd;

		logger_part_path(path, file->path, i, false);
		fd = open(path, O_RDONLY | O_CLOEXEC);
		if (fd < 0)
			continue;
		if (fstat(fd, &status) == 0) {
			found = status.st_ino == begin->inode;
			left -= read_end(fd, &status, found ? begin->offset : 0,
					 buffer, left);
		}
		close(fd);
	}
	return size - left;
}
