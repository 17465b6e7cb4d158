#include "config.h"

#include "base/moment.h"

#include "base/duration.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>
#include <time.h>

static const int64_t SECOND_US = 1000000;

/* Reads exactly `digits` digits at `*at` and moves behind them. */
static bool read_digits(const char **at, int digits, int *number)
{
	*number = 0;
	for (int i = 0; i < digits; i++, ++*at) {
		if (!isdigit((unsigned char)**at))
			return false;
		*number = *number * 10 + (**at - '0');
	}
	return true;
}

static bool skip(const char **at, char character)
{
	if (**at != character)
		return false;
	++*at;
	return true;
}

/* "2026-11-22" */
static bool read_date(const char **at, struct tm *parts)
{
	if (!read_digits(at, 4, &parts->tm_year) || !skip(at, '-') ||
	    !read_digits(at, 2, &parts->tm_mon) || !skip(at, '-') ||
	    !read_digits(at, 2, &parts->tm_mday))
		return false;
	parts->tm_year -= 1900;
	parts->tm_mon -= 1;
	return parts->tm_mon >= 0 && parts->tm_mon < 12 &&
	       parts->tm_mday >= 1 && parts->tm_mday <= 31;
}

/* "09:00", "09:00:00" or "09:00:00.123" */
static bool read_time(const char **at, struct tm *parts, int64_t *fraction_us)
{
	int64_t unit = SECOND_US;

	parts->tm_sec = 0;
	if (!read_digits(at, 2, &parts->tm_hour) || !skip(at, ':') ||
	    !read_digits(at, 2, &parts->tm_min))
		return false;
	if (skip(at, ':')) {
		if (!read_digits(at, 2, &parts->tm_sec))
			return false;
		if (skip(at, '.')) {
			if (!isdigit((unsigned char)**at))
				return false;
			for (; isdigit((unsigned char)**at); ++*at) {
				unit /= 10;
				*fraction_us += (**at - '0') * unit;
			}
		}
	}
	return parts->tm_hour < 24 && parts->tm_min < 60 && parts->tm_sec <= 60;
}

/* "Z" or "+01:00"; at the end of the text there is none. */
static bool read_zone(const char **at, bool *given, int *offset_s)
{
	int sign = **at == '-' ? -1 : 1;
	int hours, minutes;

	*given = **at != '\0';
	*offset_s = 0;
	if (!*given || skip(at, 'Z') || skip(at, 'z'))
		return true;
	if ((!skip(at, '+') && !skip(at, '-')) || !read_digits(at, 2, &hours) ||
	    !skip(at, ':') || !read_digits(at, 2, &minutes) || hours > 23 ||
	    minutes > 59)
		return false;
	*offset_s = sign * (hours * 3600 + minutes * 60);
	return true;
}

/* A word that ends where no more letters follow. */
static bool skip_word(const char **at, const char *word)
{
	size_t length = strlen(word);

	if (strncasecmp(*at, word, length) != 0 ||
	    isalpha((unsigned char)(*at)[length]))
		return false;
	*at += length;
	return true;
}

/* "today", "yesterday", or the last day so called: "monday", "mon". */
static bool read_day_word(const char **at, struct tm *parts, bool *weekday)
{
	static const char *const days[] = {"sunday",	"monday",   "tuesday",
					   "wednesday", "thursday", "friday",
					   "saturday"};
	char brief[4] = "";

	if (skip_word(at, "today"))
		return true;
	if (skip_word(at, "yesterday")) {
		parts->tm_mday -= 1;
		return true;
	}
	for (int i = 0; i < 7; i++) {
		memcpy(brief, days[i], 3);
		if (!skip_word(at, days[i]) && !skip_word(at, brief))
			continue;
		parts->tm_mday -= (parts->tm_wday - i + 7) % 7;
		*weekday = true;
		return true;
	}
	return false;
}

/* Local time as seconds since 1970. An hour that a change of the clock repeats
 * is the first of the two; one that it leaves out is moved on. */
static time_t local_seconds(const struct tm *parts)
{
	time_t earliest = 0;
	bool found = false;
	struct tm moved;

	for (int summer = 0; summer < 2; summer++) {
		struct tm tried = *parts;
		time_t seconds;

		tried.tm_isdst = summer;
		seconds = mktime(&tried);
		if (tried.tm_isdst != summer || tried.tm_hour != parts->tm_hour)
			continue;
		if (!found || seconds < earliest)
			earliest = seconds;
		found = true;
	}
	if (found)
		return earliest;
	moved = *parts;
	moved.tm_isdst = 0;
	return mktime(&moved);
}

static bool to_us(const struct tm *parts, bool zone_given, int offset_s,
		  int64_t fraction_us, int64_t *at_us)
{
	struct tm day = *parts;
	time_t seconds = zone_given ? timegm(&day) : local_seconds(parts);

	*at_us = ((int64_t)seconds - offset_s) * SECOND_US + fraction_us;
	/* A 31st of February would be moved on: refuse it. "yesterday" may be
	 * the 0th, or an earlier one. */
	day = *parts;
	timegm(&day);
	return parts->tm_mday < 1 || day.tm_mday == parts->tm_mday;
}

/* A day with or without a time; a weekday is never in the future. */
static int parse_day(const char *at, const struct tm *now, int64_t now_us,
		     int64_t *at_us)
{
	bool zone_given = false, weekday = false;
	struct tm parts = *now;
	int64_t fraction_us = 0;
	int offset_s = 0;

	parts.tm_hour = parts.tm_min = parts.tm_sec = 0;
	if (!read_day_word(&at, &parts, &weekday) && !read_date(&at, &parts))
		return -1;
	if (*at != '\0') {
		if (!skip(&at, ' ') && !skip(&at, 'T') && !skip(&at, 't'))
			return -1;
		if (!read_time(&at, &parts, &fraction_us) ||
		    !read_zone(&at, &zone_given, &offset_s) || *at != '\0')
			return -1;
	}
	if (!to_us(&parts, zone_given, offset_s, fraction_us, at_us))
		return -1;
	if (weekday && *at_us > now_us) {
		parts.tm_mday -= 7;
		to_us(&parts, zone_given, offset_s, fraction_us, at_us);
	}
	return 0;
}

/* A time without a day: the last time it was. */
static int parse_time(const char *at, struct tm *parts, int64_t now_us,
		      int64_t *at_us)
{
	int64_t fraction_us = 0;

	if (!read_time(&at, parts, &fraction_us) || *at != '\0')
		return -1;
	to_us(parts, false, 0, fraction_us, at_us);
	if (*at_us > now_us) {
		parts->tm_mday -= 1;
		to_us(parts, false, 0, fraction_us, at_us);
	}
	return 0;
}

int moment_parse(const char *text, int64_t now_us, int64_t *at_us)
{
	time_t now = (time_t)(now_us / SECOND_US);
	int64_t ago_ns;
	struct tm parts;

	if (strcmp(text, "now") == 0) {
		*at_us = now_us;
		return 0;
	}
	if (duration_parse(text, &ago_ns) == 0) {
		*at_us = now_us - ago_ns / 1000;
		return 0;
	}
	localtime_r(&now, &parts);
	if (parse_time(text, &parts, now_us, at_us) == 0)
		return 0;
	localtime_r(&now, &parts);
	return parse_day(text, &parts, now_us, at_us);
}
