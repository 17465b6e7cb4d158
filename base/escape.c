#include "config.h"

#include "base/escape.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The lowest code point that needs so many bytes. */
static const uint32_t lowest[] = {0, 0, 0x80, 0x800, 0x10000};

static bool may_be_shown(uint32_t code, size_t length)
{
	if (code < 0x20)
		return code == '\t' || code == '\n';
	if (code >= 0x7f && code < 0xa0)
		return false;
	return code >= lowest[length] && code <= 0x10ffff &&
	       (code < 0xd800 || code > 0xdfff);
}

static size_t length_by_first_byte(uint8_t first)
{
	if (first < 0x80)
		return 1;
	if (first >= 0xc2 && first < 0xe0)
		return 2;
	if (first >= 0xe0 && first < 0xf0)
		return 3;
	if (first >= 0xf0 && first < 0xf5)
		return 4;
	return 0;
}

size_t escape_plain_length(struct bytes bytes)
{
	const uint8_t *at = bytes.data;
	size_t length = bytes.size > 0 ? length_by_first_byte(at[0]) : 0;
	uint32_t code;

	if (length == 0 || length > bytes.size)
		return 0;
	code = length == 1 ? at[0] : at[0] & (0x7fU >> length);
	for (size_t i = 1; i < length; i++) {
		if ((at[i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (at[i] & 0x3f);
	}
	return may_be_shown(code, length) ? length : 0;
}

char *escape_text(struct bytes bytes)
{
	const uint8_t *at = bytes.data;
	char *text = malloc(bytes.size * 4 + 1);
	size_t used = 0;

	if (!text)
		return NULL;
	for (size_t i = 0; i < bytes.size;) {
		size_t length = escape_plain_length(
			(struct bytes){at + i, bytes.size - i});

		if (length > 0) {
			memcpy(text + used, at + i, length);
			used += length;
			i += length;
		} else {
			used += (size_t)snprintf(text + used, 5, "\\x%02X",
						 at[i++]);
		}
	}
	text[used] = '\0';
	return text;
}
