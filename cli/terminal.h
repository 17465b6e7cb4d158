#ifndef CLI_TERMINAL_H
#define CLI_TERMINAL_H

#include <stdbool.h>
#include <stdio.h>

/* How many columns `out` has: those of the terminal (COLUMNS wins); 0 where it
 * is none: nothing is cut then. */
int terminal_columns(FILE *out);

/* How many lines `out` has (LINES wins); 24 where it is no terminal. */
int terminal_lines(FILE *out);

/* Whether colours are wanted on `out`: it is a terminal that has some, and
 * NO_COLOR (https://no-color.org) is not set. */
bool terminal_has_color(FILE *out);

#endif
