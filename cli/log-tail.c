#include "config.h"

#include "cli/log-tail.h"

#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	BLOCK_SIZE = 64 * 1024,
	PART_PATH_SIZE = sizeof(((struct log_tail *)0)->path) + 24,
};

/* Opens part `number`, 0 being the youngest. Returns the fd, or -1. */
static int open_part(const struct log_tail *tail, unsigned number)
{
	char path[PART_PATH_SIZE];

	if (number == 0)
		snprintf(path, sizeof(path), "%s", tail->path);
	else
		snprintf(path, sizeof(path), "%s.%u", tail->path, number);
	return open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
}

static bool is_same(int left, int right)
{
	struct stat a, b;

	return left >= 0 && right >= 0 && fstat(left, &a) == 0 &&
	       fstat(right, &b) == 0 && a.st_ino == b.st_ino &&
	       a.st_dev == b.st_dev;
}

/*
 * Looks in `fd`, backwards, for the place after the `*lines`-th end of a line;
 * the very last byte, where `last` says that this is the last part, ends the
 * last line and does not count. Sets the position of `fd` there and returns
 * true; or counts `*lines` down.
 */
static bool seek_line(int fd, size_t *lines, bool last)
{
	char block[BLOCK_SIZE];
	off_t size = lseek(fd, 0, SEEK_END), end = size;

	while (end > 0) {
		off_t begin = end > BLOCK_SIZE ? end - BLOCK_SIZE : 0;
		ssize_t got = pread(fd, block, (size_t)(end - begin), begin);

		for (ssize_t i = got - 1; i >= 0; i--) {
			if (block[i] != '\n' || (last && begin + i == size - 1))
				continue;
			if (--*lines == 0) {
				lseek(fd, begin + i + 1, SEEK_SET);
				return true;
			}
		}
		end = begin;
	}
	lseek(fd, 0, SEEK_SET);
	return false;
}

void log_tail_open(struct log_tail *tail, const char *path, size_t lines)
{
	*tail = (struct log_tail){.fd = -1};
	snprintf(tail->path, sizeof(tail->path), "%s", path);
	for (unsigned number = 0;; number++) {
		int fd = open_part(tail, number);

		if (fd < 0 && number > 0)
			return;
		if (fd < 0 || is_same(fd, tail->fd)) {
			/* It is being rotated. */
			if (fd >= 0)
				close(fd);
			continue;
		}
		log_tail_close(tail);
		tail->fd = fd;
		if (lines == 0) {
			lseek(fd, 0, SEEK_END);
			return;
		}
		if (seek_line(fd, &lines, number == 0))
			return;
	}
}

/* Whether `fd` was written after the part that is read now. */
static bool is_newer(const struct log_tail *tail, int fd)
{
	struct stat ours, other;

	if (tail->fd < 0)
		return true;
	if (fstat(fd, &other) < 0 || fstat(tail->fd, &ours) < 0)
		return false;
	if (other.st_mtim.tv_sec != ours.st_mtim.tv_sec)
		return other.st_mtim.tv_sec > ours.st_mtim.tv_sec;
	return other.st_mtim.tv_nsec >= ours.st_mtim.tv_nsec;
}

/* The number of the part that is read now; where it was removed, or none is
 * read yet, one above the oldest part that is newer. */
static unsigned find_part(const struct log_tail *tail)
{
	unsigned newer = 0;

	for (unsigned number = 0;; number++) {
		int fd = open_part(tail, number);
		bool found = is_same(fd, tail->fd);

		if (fd >= 0 && is_newer(tail, fd))
			newer = number + 1;
		if (fd >= 0)
			close(fd);
		if (found)
			return number;
		if (fd < 0 && number > 0)
			return newer;
	}
}

/* Goes over to the part after the present one, which was read to its end, or
 * to the oldest at first. False: there is none, or its name is being changed at
 * the moment. */
static bool go_on(struct log_tail *tail)
{
	unsigned number = find_part(tail);
	int next;

	if (number == 0)
		return false;
	next = open_part(tail, number - 1);
	if (next < 0 || is_same(next, tail->fd)) {
		if (next >= 0)
			close(next);
		return false;
	}
	log_tail_close(tail);
	tail->fd = next;
	return true;
}

/* Somebody may have emptied the file: begin anew then. */
static void follow_truncation(const struct log_tail *tail)
{
	struct stat status;

	if (fstat(tail->fd, &status) == 0 &&
	    lseek(tail->fd, 0, SEEK_CUR) > status.st_size)
		lseek(tail->fd, 0, SEEK_SET);
}

size_t log_tail_read(struct log_tail *tail, char *buffer, size_t size)
{
	for (;;) {
		ssize_t got;

		if (tail->fd < 0 && !go_on(tail))
			return 0;
		follow_truncation(tail);
		got = read(tail->fd, buffer, size);
		if (got > 0)
			return (size_t)got;
		if (!tail->rotated) {
			/* What was written between the read above and the
			 * rotation is read before we go on. */
			tail->rotated = find_part(tail) > 0;
			if (!tail->rotated)
				return 0;
		} else if (!go_on(tail)) {
			return 0;
		}
	}
}

void log_tail_close(struct log_tail *tail)
{
	if (tail->fd >= 0)
		close(tail->fd);
	tail->fd = -1;
	tail->rotated = false;
}
