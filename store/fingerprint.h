#ifndef STORE_FINGERPRINT_H
#define STORE_FINGERPRINT_H

#include <stdbool.h>

/*
 * The sign by which crashes are told to be alike: the line of their output
 * that says what went wrong, less all that differs from one time to the next;
 * or, where a run printed no such line, the functions in which it crashed.
 */

/* Longest sign, with its end. */
enum { SIGN_SIZE = 160 };

/*
 * Writes the sign of a crash; "" when nothing tells it from others.
 *
 * `tail` is its last output, NULL for none. The last of its lines that names an
 * error counts, among the last few; where there is none, the last line of all,
 * if `spoke`: the program ended by itself, so what it said last may be why.
 * `backtrace` has lines like "#0 parse at main.c:12", the innermost first; NULL
 * for none.
 */
void fingerprint(const char *tail, bool spoke, const char *backtrace,
		 char sign[SIGN_SIZE]);

#endif
