#ifndef STORE_LOG_TAIL_H
#define STORE_LOG_TAIL_H

#include "store/log-part.h"

#include <stdbool.h>
#include <sys/types.h>

/*
 * Reads the log of a worker, PATH with its older parts, from some line on, and
 * goes on where the logger rotates it meanwhile.
 */

struct log_tail {
	char path[600];
	struct log_part part; /* that is read; not open: there was none yet */
	bool rotated; /* it is no longer the youngest, no byte will follow */
};

/*
 * Begins `lines` lines before the end, in an older part if need be, or at the
 * very beginning where there are fewer. There may be no file yet.
 */
void log_tail_open(struct log_tail *tail, const char *path, size_t lines);

/* Reads up to `size` bytes that follow; 0: there are no more by now. */
size_t log_tail_read(struct log_tail *tail, char *buffer, size_t size);

void log_tail_close(struct log_tail *tail);

#endif
