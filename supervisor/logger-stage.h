#ifndef SUPERVISOR_LOGGER_STAGE_H
#define SUPERVISOR_LOGGER_STAGE_H

#include "supervisor/logger-marks.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * Where the bytes of a stream are between its FIFO and a log whose lines are
 * formatted: a file in the runtime folder. Bytes come by splice, so the kernel
 * takes from the FIFO exactly what it wrote here; lines go into the log, then
 * one small write says how far the bytes are done and where the log ended.
 * When we are killed in between, the next logger cuts the log at that place
 * and goes on there: no line is lost and none is there twice.
 *
 * Functions that fail return -1 and set errno.
 */

struct logger_stage {
	int fd; /* -1: not open */
	uint64_t done; /* bytes before this place are in the log */
	uint64_t size; /* of the file */
	uint64_t punched; /* bytes before this place take no room any more */
	struct log_mark end; /* where the log ended then; run is not used */
};

/* Opens the file at `path`, or makes it. `stage->fd` is -1. */
int logger_stage_open(struct logger_stage *stage, const char *path);

/* Closes it; it can be opened again. */
void logger_stage_close(struct logger_stage *stage);

/* How many bytes are there and not done. */
uint64_t logger_stage_left(const struct logger_stage *stage);

/* Moves at most `limit` bytes here from `pipe`. Returns how many. */
ssize_t logger_stage_fill(struct logger_stage *stage, int pipe, size_t limit);

/* Reads what is not done, at most `size` bytes. Returns how many. */
ssize_t logger_stage_read(const struct logger_stage *stage, char *buffer,
			  size_t size);

/* Notes that `count` more bytes are done and that the log ends at `end`. */
int logger_stage_commit(struct logger_stage *stage, uint64_t count,
			const struct log_mark *end);

#endif
