#ifndef STORE_LOG_LINES_H
#define STORE_LOG_LINES_H

#include "base/log-line.h"
#include "store/log-tail.h"

/*
 * The lines of one log, of whatever format, one after the other. A line comes
 * when it is whole; one of more than LOG_LINES_SIZE comes in pieces.
 */

enum { LOG_LINES_SIZE = 128 * 1024 };

struct log_lines {
	struct log_tail tail;
	char *buffer; /* LOG_LINES_SIZE */
	size_t begin, end; /* what of it was read and not given out */
	size_t taken; /* bytes of `line`; 0: there is none now */
	struct log_line line;
};

/* The next line, or NULL when there is none by now; `last`: what has no end
 * is one, too. Stays the same until log_lines_pass(). Memory that is short
 * ends the program. */
const struct log_line *log_lines_peek(struct log_lines *lines, bool last);

/* Goes on to the line after it. */
void log_lines_pass(struct log_lines *lines);

void log_lines_close(struct log_lines *lines);

#endif
