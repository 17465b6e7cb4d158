#include "config.h"

#include "base/escape.h"

#include "base/utf8.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Control characters: C0 but for tab and newline, DEL, and C1, which is
 * U+0080 to U+009F. */
static bool is_control(const unsigned char *at, size_t length)
{
	if (length == 1)
		return (at[0] < 0x20 && at[0] != '\t' && at[0] != '\n') ||
		       at[0] == 0x7f;
	return length == 2 && at[0] == 0xc2 && at[1] < 0xa0;
}

size_t escape_plain_length(struct bytes bytes)
{
	size_t length = utf8_length(bytes.data, bytes.size);

	return length > 0 && is_control(bytes.data, length) ? 0 : length;
}

char *escape_text(struct bytes bytes)
{
	const char *at = bytes.data;
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
						 (unsigned char)at[i++]);
		}
	}
	text[used] = '\0';
	return text;
}

static bool is_plain_ascii(unsigned char byte)
{
	return byte >= 0x20 && byte < 0x7f && byte != '"' && byte != '\\';
}

size_t escape_json_plain(struct bytes bytes)
{
	const char *at = bytes.data;
	size_t plain = 0;

	while (plain < bytes.size) {
		unsigned char byte = (unsigned char)at[plain];
		size_t length = is_plain_ascii(byte);

		if (byte >= 0x80)
			length = utf8_length(at + plain, bytes.size - plain);
		if (length == 0)
			break;
		plain += length;
	}
	return plain;
}

size_t escape_json_byte(char byte, char out[ESCAPE_JSON_SIZE])
{
	static const char digits[] = "0123456789ABCDEF";
	unsigned char value = (unsigned char)byte;
	const char low = digits[value & 0xf], high = digits[value >> 4];
	size_t size = 0;

	out[size++] = '\\';
	if (byte == '"' || byte == '\\') {
		out[size++] = byte;
	} else if (value >= 0x80) {
		out[size++] = '\\';
		out[size++] = 'x';
		out[size++] = high;
		out[size++] = low;
	} else {
		out[size++] = 'u';
		out[size++] = '0';
		out[size++] = '0';
		out[size++] = high;
		out[size++] = low;
	}
	return size;
}
