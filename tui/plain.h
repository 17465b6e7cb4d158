#ifndef TUI_PLAIN_H
#define TUI_PLAIN_H

#include "base/fields.h"

#include <stddef.h>

/*
 * Makes plain text of a line that a program has printed for a terminal, as it
 * would stand there: sequences for colours, for the cursor and for titles are
 * left out (ECMA-48), what a carriage return or a backspace takes back is gone,
 * tabs are blanks up to the next multiple of eight. What is left may have other
 * control characters, which format_clean() shows. Writes at most `size` bytes
 * with the end, and returns how many without.
 */
size_t plain_text(struct bytes line, char *out, size_t size);

#endif
