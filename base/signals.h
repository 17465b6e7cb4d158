#ifndef BASE_SIGNALS_H
#define BASE_SIGNALS_H

enum { SIGNAL_TEXT_SIZE = 16 };

/* The number of the signal called `name`, with or without "SIG" ("TERM",
 * "SIGTERM", "RTMIN+3") or written as a number; -1 when there is none. */
int signal_parse(const char *name);

/* Writes the name with "SIG": "SIGSEGV", "SIGRTMIN+3"; "SIG99" when it has
 * none. */
void signal_format(int number, char text[SIGNAL_TEXT_SIZE]);

#endif
