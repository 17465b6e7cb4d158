#ifndef SUPERVISOR_LOGGER_FILE_H
#define SUPERVISOR_LOGGER_FILE_H

#include "supervisor/logger-marks.h"

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * The log of one worker: NAME, and the older parts that logger-parts.h
 * describes. Raw bytes go from a pipe into the file by splice alone: the kernel
 * takes from the pipe exactly what it wrote, also when we are killed in the
 * middle of it, so nothing is lost and nothing is there twice. Formatted lines
 * are appended; logger-stage.h says how that is made exact.
 *
 * A file is rotated at the end of the line that reaches max_size; where a line
 * is so long that the file has twice that size, within it. One that is older
 * than max_age is rotated before the next line comes.
 *
 * Functions that fail return -1 and set errno.
 */

/* When a log is rotated and what is kept then. */
struct logger_rotation {
	uint64_t max_size; /* bytes; 0: never */
	uint64_t max_age_ns; /* since the file was made; 0: never */
	uint64_t keep; /* how many older parts */
	bool compress; /* … from the second on */
};

struct logger_file {
	char path[600]; /* of NAME */
	int fd; /* -1: not open */
	uint64_t moved_to; /* where the last bytes from a pipe are */
	int64_t born_us; /* since 1970; when the open file was made */
	struct logger_rotation rotation;
	bool rotated; /* the caller sets it to false */
	/* Where the present run begins, or NULL: it printed nothing yet.
	 * Owned by the run; rotation sets its inode to 0 when it removes the
	 * file that it names. */
	struct log_mark *begin;
};

/* Opens the file, or opens it anew when somebody removed it; makes it and its
 * folder where they are missing. Returns 0 or -1. */
int logger_file_open(struct logger_file *file);

/* Closes it; logger_file_open() opens it again. */
void logger_file_close(struct logger_file *file);

/* Sets `mark` to the end of the open file; leaves its run. Returns 0 or -1. */
int logger_file_end(const struct logger_file *file, struct log_mark *mark);

/*
 * Moves bytes from `pipe`, which has `available` (at least one), to the end of
 * the open file, rotating it before when that is due. Returns how many, at
 * least 1 and at most `available`, or -1.
 */
ssize_t logger_file_move(struct logger_file *file, int pipe, size_t available);

/* How many bytes the open file takes before it is to be rotated; 0: it is due.
 */
uint64_t logger_file_room(const struct logger_file *file);

/*
 * Appends whole lines to the open file, rotating it before when that is due,
 * and sets `end` to its new end. Returns 0; or -1, and then nothing of them is
 * there.
 */
int logger_file_append(struct logger_file *file, const char *lines, size_t size,
		       struct log_mark *end);

/*
 * Reads the last bytes since file->begin, older parts included, at most
 * `size`, to the end of `buffer` of that size: they begin at `buffer + size -
 * RESULT`. What cannot be read is left out.
 */
size_t logger_file_tail(const struct logger_file *file, char *buffer,
			size_t size);

#endif
