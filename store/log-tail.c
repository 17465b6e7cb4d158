#include "config.h"

#include "store/log-tail.h"

#include <stdint.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

void log_tail_open(struct log_tail *tail, const char *path, size_t lines)
{
	*tail = (struct log_tail){.part = LOG_PART_CLOSED};
	snprintf(tail->path, sizeof(tail->path), "%s", path);
	for (unsigned number = 0;; number++) {
		struct log_part part;
		bool found = log_part_open(&part, path, number);

		if (!found && number > 0)
			return;
		if (!found || log_part_is_same(&part, &tail->part)) {
			/* It is being rotated. */
			log_part_close(&part);
			continue;
		}
		log_tail_close(tail);
		tail->part = part;
		if (lines == 0) {
			lseek(part.fd, 0, SEEK_END);
			return;
		}
		if (log_part_seek_line(&part, &lines, number == 0))
			return;
	}
}

/* Whether `part` was written after the one that is read now. */
static bool is_newer(const struct log_tail *tail, const struct log_part *part)
{
	struct stat ours, other;

	if (tail->part.fd < 0)
		return true;
	if (fstat(part->fd, &other) < 0 || fstat(tail->part.fd, &ours) < 0)
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
		struct log_part part;
		bool there = log_part_open(&part, tail->path, number);
		bool found = log_part_is_same(&part, &tail->part);

		if (there && is_newer(tail, &part))
			newer = number + 1;
		log_part_close(&part);
		if (found)
			return number;
		if (!there && number > 0)
			return newer;
	}
}

/* Goes over to the part after the present one, which was read to its end, or
 * to the oldest at first. False: there is none, or its name is being changed at
 * the moment. */
static bool go_on(struct log_tail *tail)
{
	unsigned number = find_part(tail);
	struct log_part next;

	if (number == 0)
		return false;
	if (!log_part_open(&next, tail->path, number - 1) ||
	    log_part_is_same(&next, &tail->part)) {
		log_part_close(&next);
		return false;
	}
	log_tail_close(tail);
	tail->part = next;
	return true;
}

/* Somebody may have emptied the file: begin anew then. */
static void follow_truncation(const struct log_tail *tail)
{
	struct stat status;

	int fd = tail->part.fd;

	if (!tail->part.compressed && fstat(fd, &status) == 0 &&
	    lseek(fd, 0, SEEK_CUR) > status.st_size)
		lseek(fd, 0, SEEK_SET);
}

size_t log_tail_read(struct log_tail *tail, char *buffer, size_t size)
{
	for (;;) {
		ssize_t got;

		if (tail->part.fd < 0 && !go_on(tail))
			return 0;
		follow_truncation(tail);
		got = log_part_read(&tail->part, buffer, size);
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
	log_part_close(&tail->part);
	tail->rotated = false;
}
