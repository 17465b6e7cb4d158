#ifndef BASE_ESCAPE_H
#define BASE_ESCAPE_H

#include "base/fields.h"

#include <stddef.h>

/*
 * Text that comes from programs and files is never trusted: what is not UTF-8,
 * and control characters, are written as \xNN.
 */

/* How many bytes the character at the start of `bytes` takes when it may be
 * shown as it is (valid UTF-8, no control character but tab and newline); 0
 * when its first byte has to be escaped. */
size_t escape_plain_length(struct bytes bytes);

/* Escapes for people and JSON. Returns a new string that the caller frees, or
 * NULL when memory is short. */
char *escape_text(struct bytes bytes);

/* What escape_json_byte() writes at most. */
enum { ESCAPE_JSON_SIZE = 6 };

/* How many bytes at the start of `bytes` may stand in a JSON string as they
 * are. */
size_t escape_json_plain(struct bytes bytes);

/* Writes the escape of a byte that may not: \", \n as \u000a, and \\xNN for
 * one that is no UTF-8. Returns how many bytes that took. */
size_t escape_json_byte(char byte, char out[ESCAPE_JSON_SIZE]);

#endif
