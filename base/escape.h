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

#endif
