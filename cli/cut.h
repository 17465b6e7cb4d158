#ifndef CLI_CUT_H
#define CLI_CUT_H

#include <stddef.h>
#include <stdio.h>

/* Text on lines of limited width. Each character counts as one column. */

/* How many columns these `size` bytes take. */
size_t cut_width(const char *text, size_t size);

/* Prints `size` bytes, of which only `columns` columns fit; "…" stands for
 * the rest. */
void cut_print(FILE *out, const char *text, size_t size, size_t columns);

#endif
