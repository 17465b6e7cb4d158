#ifndef CLI_LOG_PRINT_H
#define CLI_LOG_PRINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/*
 * Prints what one worker printed, line by line, with its name before each line
 * where several workers are shown. A line is printed when it is complete, so
 * those of two workers do not mix.
 */
struct log_print {
	FILE *out;
	const char *name; /* before each line; NULL: none */
	int name_width;
	const char *color; /* of the name, SGR parameters; NULL: none */
	/* What is no text is escaped, so that no worker can do something to
	 * the terminal; else bytes are passed on as they are. */
	bool escape;
	char *line; /* an incomplete one */
	size_t used;
	bool within; /* the beginning of that line is printed already */
};

/* Prints the lines that `data` completes. Memory that is short ends the
 * program. */
void log_print(struct log_print *print, const char *data, size_t size);

/* Prints an incomplete line as if it were complete. */
void log_print_rest(struct log_print *print);

void log_print_release(struct log_print *print);

#endif
