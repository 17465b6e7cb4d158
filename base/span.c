#include "config.h"

#include "base/span.h"

#include <stddef.h>
#include <stdio.h>
#include <time.h>

void span_format(int64_t us, char text[SPAN_TEXT_SIZE])
{
	static const struct {
		const char *name;
		double us;
	} units[] = {
		{"d", 86400e6}, {"h", 3600e6}, {"m", 60e6},
		{"s", 1e6},	{"ms", 1e3},
	};
	enum { COUNT = sizeof(units) / sizeof(units[0]) };
	size_t i = 0;
	double value;

	if (us < 0) {
		snprintf(text, SPAN_TEXT_SIZE, "-");
		return;
	}
	while (i + 1 < COUNT && (double)us < units[i].us)
		i++;
	value = (double)us / units[i].us;
	/* Never rounded up to the next unit: 59.96s is 59s. */
	if (value < 10 && i + 1 < COUNT)
		snprintf(text, SPAN_TEXT_SIZE, "%.1f%s",
			 (double)(int64_t)(value * 10) / 10, units[i].name);
	else
		snprintf(text, SPAN_TEXT_SIZE, "%d%s", (int)value,
			 units[i].name);
}

void span_format_minute(int64_t at_us, char text[SPAN_TEXT_SIZE])
{
	time_t seconds = (time_t)(at_us / 1000000);
	struct tm parts;

	if (at_us == 0) {
		snprintf(text, SPAN_TEXT_SIZE, "-");
		return;
	}
	localtime_r(&seconds, &parts);
	strftime(text, SPAN_TEXT_SIZE, "%Y-%m-%d %H:%M", &parts);
}
