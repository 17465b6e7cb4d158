#include "config.h"

#include "tui/base64.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>

/* The digit that stands for no bits at all. */
#define PADDING 64

char *base64_encode(const char *bytes, size_t size)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmn"
				     "opqrstuvwxyz0123456789+/=";
	char *out = malloc((size + 2) / 3 * 4 + 1);
	char *end = out;

	assert(out);
	for (size_t i = 0; i < size; i += 3) {
		size_t left = size - i < 3 ? size - i : 3;
		uint32_t word = 0;

		for (size_t k = 0; k < 3; k++)
			word = word << 8 |
			       (k < left ? (unsigned char)bytes[i + k] : 0);
		for (size_t k = 0; k < 4; k++)
			*end++ = digits[k <= left ? word >> (18 - 6 * k) & 63
						  : PADDING];
	}
	*end = '\0';
	return out;
}
