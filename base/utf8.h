#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include <stddef.h>
#include <stdint.h>

/* How many bytes the character at the start of `text` takes, by the Unicode
 * Standard, table 3-7 (no overlong forms, no surrogates); 0 when the first of
 * these `size` bytes begin no UTF-8. */
size_t utf8_length(const char *text, size_t size);

/* The character that these bytes stand for, as many as utf8_length() said. */
uint32_t utf8_decode(const char *text, size_t length);

/* Writes a character of at most 16 bits; returns how many bytes it took: three
 * at most. */
size_t utf8_encode(uint32_t code, char *out);

#endif
