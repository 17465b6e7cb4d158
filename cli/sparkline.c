#include "config.h"

#include "cli/sparkline.h"

#include <langinfo.h>
#include <locale.h>
#include <string.h>

bool sparkline_has_blocks(void)
{
	locale_t locale = newlocale(LC_CTYPE_MASK, "", (locale_t)0);
	bool blocks;

	if (!locale)
		return false;
	blocks = strcmp(nl_langinfo_l(CODESET, locale), "UTF-8") == 0;
	freelocale(locale);
	return blocks;
}

static uint32_t largest(const uint32_t *values, size_t from, size_t to)
{
	uint32_t value = 0;

	for (size_t i = from; i < to; i++)
		if (values[i] > value)
			value = values[i];
	return value;
}

void sparkline_print(FILE *out, const uint32_t *values, size_t count,
		     size_t width, bool blocks)
{
	static const char *const bars[] = {"▁", "▂", "▃", "▄",
					   "▅", "▆", "▇", "█"};
	static const char *const signs[] = {"_", ".", ":", "-",
					    "=", "+", "*", "#"};
	uint64_t top = largest(values, 0, count);
	size_t cells = count < width ? count : width;

	for (size_t i = 0; i < cells; i++) {
		uint64_t value = largest(values, i * count / cells,
					 (i + 1) * count / cells);
		size_t level = top > 0 ? (size_t)(value * 7 / top) : 0;

		fputs(blocks ? bars[level] : signs[level], out);
	}
}
