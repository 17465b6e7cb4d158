#include "config.h"

#include "base/utf8.h"

/* What may follow a first byte: how many bytes, and the range of the next. */
struct sequence {
	unsigned char first, last; /* of the first byte */
	unsigned char low, high; /* of the second byte */
	size_t length;
};

static const struct sequence sequences[] = {
	{0xc2, 0xdf, 0x80, 0xbf, 2}, {0xe0, 0xe0, 0xa0, 0xbf, 3},
	{0xe1, 0xec, 0x80, 0xbf, 3}, {0xed, 0xed, 0x80, 0x9f, 3},
	{0xee, 0xef, 0x80, 0xbf, 3}, {0xf0, 0xf0, 0x90, 0xbf, 4},
	{0xf1, 0xf3, 0x80, 0xbf, 4}, {0xf4, 0xf4, 0x80, 0x8f, 4},
};

static const struct sequence *find_sequence(unsigned char first)
{
	for (size_t i = 0; i < sizeof(sequences) / sizeof(sequences[0]); i++) {
		if (first >= sequences[i].first && first <= sequences[i].last)
			return &sequences[i];
	}
	return NULL;
}

size_t utf8_length(const char *text, size_t size)
{
	const unsigned char *bytes = (const unsigned char *)text;
	const struct sequence *sequence;

	if (size == 0)
		return 0;
	if (bytes[0] < 0x80)
		return 1;
	sequence = find_sequence(bytes[0]);
	if (!sequence || size < sequence->length || bytes[1] < sequence->low ||
	    bytes[1] > sequence->high)
		return 0;
	for (size_t i = 2; i < sequence->length; i++) {
		if ((bytes[i] & 0xc0) != 0x80)
			return 0;
	}
	return sequence->length;
}

uint32_t utf8_decode(const char *text, size_t length)
{
	uint32_t code = (unsigned char)*text;

	if (length > 1)
		code &= 0x7fU >> length;
	for (size_t i = 1; i < length; i++)
		code = code << 6 | ((unsigned char)text[i] & 0x3fU);
	return code;
}

size_t utf8_encode(uint32_t code, char *out)
{
	size_t size = 0;

	if (code >= 0x800) {
		out[size++] = (char)(0xe0 | code >> 12);
		out[size++] = (char)(0x80 | (code >> 6 & 0x3f));
	} else if (code >= 0x80) {
		out[size++] = (char)(0xc0 | code >> 6);
	}
	out[size] = (char)(size > 0 ? 0x80 | (code & 0x3f) : code);
	return size + 1;
}
