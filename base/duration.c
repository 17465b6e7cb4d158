#include "config.h"

#include "base/duration.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
	const char *name;
	int64_t ns;
} units[] = {
	{"y", INT64_C(31536000000000000)}, {"d", INT64_C(86400000000000)},
	{"h", INT64_C(3600000000000)},	   {"m", INT64_C(60000000000)},
	{"s", INT64_C(1000000000)},	   {"ms", INT64_C(1000000)},
};
enum { UNIT_COUNT = sizeof(units) / sizeof(units[0]) };

int duration_parse(const char *text, int64_t *ns)
{
	size_t digits = strspn(text, "0123456789.");
	char *end;
	double number;

	if (strcmp(text, "0") == 0) {
		*ns = 0;
		return 0;
	}
	if (digits == 0 || digits > 20)
		return -1;
	number = strtod(text, &end);
	if (end != text + digits)
		return -1;
	for (size_t i = 0; i < UNIT_COUNT; i++) {
		if (strcmp(end, units[i].name) != 0)
			continue;
		if (number * (double)units[i].ns >= 9e18)
			return -1;
		*ns = (int64_t)(number * (double)units[i].ns + 0.5);
		return 0;
	}
	return -1;
}

void duration_format(int64_t ns, char text[DURATION_TEXT_SIZE])
{
	const char *name = "s";
	int64_t value = 0;

	for (size_t i = 0; i < UNIT_COUNT && ns > 0; i++) {
		name = units[i].name;
		value = ns / units[i].ns;
		if (ns % units[i].ns == 0)
			break;
	}
	snprintf(text, DURATION_TEXT_SIZE, "%" PRId64 "%s", value, name);
}

void duration_format_short(int64_t ns, char text[DURATION_TEXT_SIZE])
{
	size_t i = 0;
	int used;
	int64_t rest;

	if (ns < 0)
		ns = 0;
	while (i + 1 < UNIT_COUNT && ns < units[i].ns)
		i++;
	used = snprintf(text, DURATION_TEXT_SIZE, "%" PRId64 "%s",
			ns / units[i].ns, units[i].name);
	if (i + 2 >= UNIT_COUNT)
		return;
	rest = ns % units[i].ns / units[i + 1].ns;
	if (rest > 0)
		snprintf(text + used, DURATION_TEXT_SIZE - (size_t)used,
			 " %" PRId64 "%s", rest, units[i + 1].name);
}
