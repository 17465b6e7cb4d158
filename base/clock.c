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
