#include "config.h"

#include "base/size.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char units[] = "BKMGT";
enum { UNIT_COUNT = sizeof(units) - 1 };

int size_parse(const char *text, int64_t *bytes)
{
	size_t digits = strspn(text, "0123456789.");
	const char *unit;
	char *end;
	double number;

	if (digits == 0 || digits > 20)
		return -1;
	number = strtod(text, &end);
	if (end != text + digits)
		return -1;
	if (*end == '\0') {
		if (strchr(text, '.'))
			return -1;
	} else {
		unit = strchr(units, *end);
		if (!unit || end[1] != '\0')
			return -1;
		number *= (double)(INT64_C(1) << (10 * (unit - units)));
	}
	if (number >= 9e18)
		return -1;
	*bytes = (int64_t)(number + 0.5);
	return 0;
}

void size_format(int64_t bytes, char text[SIZE_TEXT_SIZE])
{
	size_t unit = 0;

	while (bytes > 0 && bytes % 1024 == 0 && unit + 1 < UNIT_COUNT) {
		bytes /= 1024;
		unit++;
	}
	if (unit == 0)
		snprintf(text, SIZE_TEXT_SIZE, "%" PRId64, bytes);
	else
		snprintf(text, SIZE_TEXT_SIZE, "%" PRId64 "%c", bytes,
			 units[unit]);
}

void size_format_short(int64_t bytes, char text[SIZE_TEXT_SIZE])
{
	double value = (double)bytes;
	size_t unit = 0;

	while (value >= 1024 && unit + 1 < UNIT_COUNT) {
		value /= 1024;
		unit++;
	}
	if (unit == 0 || value >= 99.95)
		snprintf(text, SIZE_TEXT_SIZE, "%.0f%c", value, units[unit]);
	else
		snprintf(text, SIZE_TEXT_SIZE, "%.1f%c", value, units[unit]);
}
