#ifndef BASE_ESCAPE_H
#define BASE_ESCAPE_H

#include "base/fields.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Text that comes from programs and files is never trusted: what is not UTF-8
 * is written as \xNN, and so is every character that makes a terminal do
 * something else than show it, or show others in another order.
 */

/* Whether that character has to be escaped: a control character other than tab
 * and newline, a separator of lines or paragraphs, or one that only says in
 * which direction the text around it runs (Unicode Standard Annex 9). Letters
 * that are written from right to left, and joiners, are plain. */
bool escape_is_needed(uint32_t code);

/* How many bytes the character at the start of `bytes` takes when it may be
 * shown as it is; 0 when its first byte has to be escaped. */
size_t escape_plain_length(struct bytes bytes);

/* Escapes for people and JSON. Returns a new string that the caller frees, or
 * NULL when memory is short. */
char *escape_text(struct bytes bytes);

/* What escape_json_next() writes at most. */
enum { ESCAPE_JSON_SIZE = 6 };

/* How many bytes at the start of `bytes` may stand in a JSON string as they
 * are. */
size_t escape_json_plain(struct bytes bytes);

/* Takes the next character from `bytes`, which may not: writes it as \", as
 * \u000A, or as \\xNN where that is a byte that is no UTF-8. Returns how many
 * bytes that took. */
size_t escape_json_next(struct bytes *bytes, char out[ESCAPE_JSON_SIZE]);

#endif
