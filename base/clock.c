#include "config.h"

#include "base/clock.h"

#include <stdio.h>
#include <time.h>

int64_t clock_monotonic_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

int64_t clock_real_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

struct timeval clock_timeval(int64_t span_ns)
{
	int64_t span_us = span_ns / 1000 + (span_ns % 1000 > 0);

	return (struct timeval){
		.tv_sec = (time_t)(span_us / 1000000),
		.tv_usec = (suseconds_t)(span_us % 1000000),
	};
}

static int split(int64_t at_us, time_t *seconds)
{
	int64_t ms = at_us / 1000;
	int rest = (int)(ms % 1000);

	*seconds = (time_t)(ms / 1000);
	if (rest < 0) {
		rest += 1000;
		*seconds -= 1;
	}
	return rest;
}

void clock_format_utc(int64_t at_us, char text[CLOCK_TEXT_SIZE])
{
	time_t seconds;
	int ms = split(at_us, &seconds);
	struct tm parts;
	size_t used;

	gmtime_r(&seconds, &parts);
	used = strftime(text, CLOCK_TEXT_SIZE, "%Y-%m-%dT%H:%M:%S", &parts);
	snprintf(text + used, CLOCK_TEXT_SIZE - used, ".%03dZ", ms);
}

int clock_parse_utc(const char *text, size_t size, int64_t *at_us)
{
	static const char form[] = "0000-00-00T00:00:00.000Z";
	enum { YEAR, MONTH, DAY, HOUR, MINUTE, SECOND, MS, PARTS };
	int parts[PARTS] = {0}, part = 0;
	struct tm time;

	if (size < CLOCK_UTC_LENGTH)
		return -1;
	for (size_t i = 0; i < CLOCK_UTC_LENGTH; i++) {
		if (form[i] != '0' && text[i] != form[i])
			return -1;
		if (form[i] != '0')
			part++;
		else if (text[i] < '0' || text[i] > '9')
			return -1;
		else
			parts[part] = parts[part] * 10 + (text[i] - '0');
	}
	time = (struct tm){
		.tm_year = parts[YEAR] - 1900,
		.tm_mon = parts[MONTH] - 1,
		.tm_mday = parts[DAY],
		.tm_hour = parts[HOUR],
		.tm_min = parts[MINUTE],
		.tm_sec = parts[SECOND],
	};
	*at_us = (int64_t)timegm(&time) * 1000000 + parts[MS] * INT64_C(1000);
	return 0;
}

void clock_format_local(int64_t at_us, char text[CLOCK_TEXT_SIZE])
{
	time_t seconds;
	int ms = split(at_us, &seconds);
	struct tm parts;
	size_t used;

	localtime_r(&seconds, &parts);
	used = strftime(text, CLOCK_TEXT_SIZE, "%Y-%m-%d %H:%M:%S", &parts);
	snprintf(text + used, CLOCK_TEXT_SIZE - used, ".%03d", ms);
}
