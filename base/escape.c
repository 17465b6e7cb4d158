#include "config.h"

#include "base/escape.h"

#include "base/utf8.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The ranges of what is escaped, by the Unicode Character Database. */
static const struct {
	uint32_t first, last;
} escaped[] = {
	{0x00, 0x08}, /* C0, but for tab and newline */
	{0x0b, 0x1f},	  {0x7f, 0x9f}, /* DEL and C1 */
	{0x61c, 0x61c}, /* Arabic letter mark */
	{0x200e, 0x200f}, /* left-to-right and right-to-left mark */
	{0x2028, 0x202e}, /* separators of lines and paragraphs; embeddings */
	{0x2066, 0x206f}, /* isolates, and what is deprecated of their kind */
	{0xfff9, 0xfffb}, /* annotations between lines */
};

bool escape_is_needed(uint32_t code)
{
	for (size_t i = 0; i < sizeof(escaped) / sizeof(escaped[0]); i++)
		if (code >= escaped[i].first && code <= escaped[i].last)
			return true;
	return false;
}

size_t escape_plain_length(struct bytes bytes)
{
	const char *text = bytes.data;
	size_t length = utf8_length(text, bytes.size);

	return length > 0 && escape_is_needed(utf8_decode(text, length))
		       ? 0
		       : length;
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
			length = escape_plain_length(
				(struct bytes){at + plain, bytes.size - plain});
		if (length == 0)
			break;
		plain += length;
	}
	return plain;
}

size_t escape_json_next(struct bytes *bytes, char out[ESCAPE_JSON_SIZE])
{
	static const char digits[] = "0123456789ABCDEF";
	const char *text = bytes->data;
	size_t length = utf8_length(text, bytes->size);
	/* All that is escaped takes four digits. */
	uint32_t code = utf8_decode(text, length);
	size_t size = 0;

	out[size++] = '\\';
	if (*text == '"' || *text == '\\') {
		out[size++] = *text;
	} else if (length > 0) {
		out[size++] = 'u';
		for (int shift = 12; shift >= 0; shift -= 4)
			out[size++] = digits[code >> shift & 0xf];
	} else {
		out[size++] = '\\';
		out[size++] = 'x';
		out[size++] = digits[code >> 4];
		out[size++] = digits[code & 0xf];
	}
	length += length == 0;
	*bytes = (struct bytes){text + length, bytes->size - length};
	return size;
}
