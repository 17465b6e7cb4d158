#include "config.h"

#include "cli/cut.h"

#include "base/utf8.h"

/* What is no UTF-8 is taken byte by byte. */
static size_t step(const char *text, size_t size)
{
	size_t length = utf8_length(text, size);

	return length > 0 ? length : 1;
}

size_t cut_width(const char *text, size_t size)
{
	size_t width = 0;

	for (size_t at = 0; at < size; width++)
		at += step(text + at, size - at);
	return width;
}

void cut_print(FILE *out, const char *text, size_t size, size_t columns)
{
	size_t at = 0;

	if (cut_width(text, size) <= columns) {
		fwrite(text, 1, size, out);
		return;
	}
	for (size_t i = 0; i + 1 < columns; i++)
		at += step(text + at, size - at);
	fwrite(text, 1, at, out);
	fputs("…", out);
}
