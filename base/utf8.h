#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include <stddef.h>

/* How many bytes the character at the start of `text` takes, by the Unicode
 * Standard, table 3-7 (no overlong forms, no surrogates); 0 when the first of
 * these `size` bytes begin no UTF-8. */
size_t utf8_length(const char *text, size_t size);

#endif
