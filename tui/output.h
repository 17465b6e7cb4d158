#ifndef TUI_OUTPUT_H
#define TUI_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>

/*
 * The way to the terminal that never waits: bytes queue here until the terminal
 * takes them. It has the terminal open a second time, without blocking, as
 * O_NONBLOCK on standard output would be in force for the shell too.
 */
struct output {
	int fd;
	char *bytes; /* that wait; owned */
	size_t size;
	size_t capacity;
};

/* Opens the terminal behind standard output. */
void output_open(struct output *output);

/* Waits `timeout_ms` at most until all is taken, and closes. */
void output_close(struct output *output, int timeout_ms);

/* Appends bytes and sends what the terminal takes. */
void output_add(struct output *output, const char *bytes, size_t size);

/* Sends what the terminal takes by now. */
void output_send(struct output *output);

/* Waits `timeout_ms` at most until all is taken; returns whether it is. */
bool output_wait(struct output *output, int timeout_ms);

#endif
