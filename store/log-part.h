#ifndef STORE_LOG_PART_H
#define STORE_LOG_PART_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct gzFile_s; /* of zlib.h */

/*
 * One file of a log for reading: PATH, PATH.1, PATH.2 … or PATH.2.gz, which
 * the logger compressed. That may happen while it is read: what is open stays
 * readable and is the same part as its compressed file.
 */

struct log_part {
	int fd; /* -1: not open */
	struct gzFile_s *compressed; /* NULL: it is not; has a fd of its own */
};

#define LOG_PART_CLOSED ((struct log_part){.fd = -1})

/* Opens part `number` of the log at `path`, 0 being the youngest. False: there
 * is none, or it cannot be read. */
bool log_part_open(struct log_part *part, const char *path, unsigned number);

void log_part_close(struct log_part *part);

/* Whether both are open and the same part. */
bool log_part_is_same(const struct log_part *left,
		      const struct log_part *right);

/*
 * Looks, backwards, for the place after the `*lines`-th end of a line; the very
 * last byte, where `last` says that this is the last part, ends the last line
 * and does not count. Goes there and returns true; or counts `*lines` down and
 * goes to the beginning.
 */
bool log_part_seek_line(const struct log_part *part, size_t *lines, bool last);

/* Reads up to `size` bytes. Returns how many, 0 at the end, -1 where they
 * cannot be read. */
ssize_t log_part_read(const struct log_part *part, char *buffer, size_t size);

#endif
