#ifndef BASE_SIZE_H
#define BASE_SIZE_H

#include <stdint.h>

/* Sizes in bytes, written with a unit: "64K", "512M", "2G", "1T"; powers of
 * 1024. A bare number is bytes. */

enum { SIZE_TEXT_SIZE = 32 };

/* Returns 0 and sets `*bytes`, or -1 when `text` is no size or too large. */
int size_parse(const char *text, int64_t *bytes);

/* Writes the shortest exact text: "64K", "1500". */
void size_format(int64_t bytes, char text[SIZE_TEXT_SIZE]);

/* Writes a text for screens with at most four figures: "9.8M", "512K". */
void size_format_short(int64_t bytes, char text[SIZE_TEXT_SIZE]);

#endif
