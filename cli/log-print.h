#ifndef CLI_LOG_PRINT_H
#define CLI_LOG_PRINT_H

#include "base/log-line.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* Prints lines of workers, each with its time, where it has one, and the name
 * of its worker, where several are shown. */
struct log_print {
	FILE *out;
	bool names;
	int name_width;
	bool color;
	bool json; /* each line as an object */
	/* What is no text is escaped, so that no worker can do something to
	 * the terminal; else bytes are passed on as they are. */
	bool escape;
	/* The worker and stream whose line has no end yet; NULL: none. */
	const char *within;
	enum log_stream within_stream;
	char *json_line; /* room for one */
};

/* Prints a line of the worker called `name`, which is the same pointer for all
 * of its lines; `number` chooses its color. */
void log_print_line(struct log_print *print, const char *name, size_t number,
		    const struct log_line *line);

/* Ends the last line, where it has no end and stands not alone. */
void log_print_end(struct log_print *print);

#endif
