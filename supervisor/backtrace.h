#ifndef SUPERVISOR_BACKTRACE_H
#define SUPERVISOR_BACKTRACE_H

#include <stddef.h>

/*
 * The backtrace of the thread that crashed, by gdb: the call, and what is kept
 * of its answer.
 */

/* So many frames at most, and so many bytes of each. */
enum { BACKTRACE_FRAMES = 64, BACKTRACE_LINE = 400 };

/*
 * Executes gdb on the core in `fd`, of `program`, with the answer on standard
 * output. It reads no file of a user and loads none of a program, gives way to
 * everything else, is bounded in time and memory, and runs as the owner of the
 * core. Returns only where it cannot be.
 */
void backtrace_execute(const char *program, int fd);

/* Whether there is a gdb. */
int backtrace_is_possible(void);

/*
 * Makes of gdb's answer the frames, one a line: "#0 FUNCTION at FILE:LINE",
 * "#1 FUNCTION from LIBRARY", "#2 ??". The caller frees them. NULL where no
 * frame has a name, or memory is short.
 */
char *backtrace_clean(const char *answer, size_t size);

#endif
