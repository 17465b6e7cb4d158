#include "config.h"

#include "tui/format.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/escape.h"
#include "base/signals.h"
#include "base/utf8.h"

enum { MINUTE_S = 60, HOUR_S = 3600, DAY_S = 86400, US_PER_S = 1000000 };

void format_age(int64_t us, char text[AGE_TEXT_SIZE])
{
	unsigned s = us > 0 ? (unsigned)(us / US_PER_S) : 0;

	if (s < MINUTE_S)
		snprintf(text, AGE_TEXT_SIZE, "%us", s);
	else if (s < HOUR_S)
		snprintf(text, AGE_TEXT_SIZE, "%um%02us", s / MINUTE_S % 60,
			 s % MINUTE_S);
	else if (s < DAY_S)
		snprintf(text, AGE_TEXT_SIZE, "%uh%02um", s / HOUR_S % 24,
			 s / MINUTE_S % 60);
	else if (s < 100 * DAY_S)
		snprintf(text, AGE_TEXT_SIZE, "%ud%02uh", s / DAY_S % 100,
			 s / HOUR_S % 24);
	else
		snprintf(text, AGE_TEXT_SIZE, "%ud", s / DAY_S);
}

void format_age_short(int64_t us, char text[AGE_TEXT_SIZE])
{
	static const struct {
		unsigned s;
		char letter;
	} units[] = {{DAY_S, 'd'}, {HOUR_S, 'h'}, {MINUTE_S, 'm'}, {1, 's'}};
	unsigned s = us > 0 ? (unsigned)(us / US_PER_S) : 0;
	size_t i = 0;

	/* at most three characters up to a hundred days */
	while (units[i].s > 1 && s < units[i].s + units[i].s * 2 / 3)
		i++;
	snprintf(text, AGE_TEXT_SIZE, "%u%c", s / units[i].s % 100000,
		 units[i].letter);
}

void format_percent(uint64_t permille, char text[PERCENT_TEXT_SIZE])
{
	if (permille < 10000)
		snprintf(text, PERCENT_TEXT_SIZE, "%" PRIu64 ".%" PRIu64,
			 permille / 10, permille % 10);
	else
		snprintf(text, PERCENT_TEXT_SIZE, "%" PRIu64, permille / 10);
}

void format_time(int64_t at_us, char text[TIME_TEXT_SIZE])
{
	time_t at = (time_t)(at_us / US_PER_S);
	struct tm local;

	if (!localtime_r(&at, &local) ||
	    strftime(text, TIME_TEXT_SIZE, "%H:%M:%S", &local) == 0)
		snprintf(text, TIME_TEXT_SIZE, "?");
}

/* A word for a run that reeve or the kernel ended, or that never began. */
static const char *cause_word(enum end_cause cause)
{
	switch ((int)cause) {
	case CAUSE_NOT_STARTED:
		return "no start";
	case CAUSE_START_TIMEOUT:
	case CAUSE_JOB_TIMEOUT:
		return "timeout";
	default:
		return end_cause_name(cause);
	}
}

void format_end(const struct live_exit *last_exit, char text[END_TEXT_SIZE])
{
	char name[SIGNAL_TEXT_SIZE];

	if (last_exit->cause != CAUSE_EXITED &&
	    last_exit->cause != CAUSE_CRASHED) {
		snprintf(text, END_TEXT_SIZE, "%s",
			 cause_word(last_exit->cause));
	} else if (last_exit->signal) {
		signal_format(last_exit->signal, name);
		snprintf(text, END_TEXT_SIZE, "%s%s", name + strlen("SIG"),
			 last_exit->core ? " core" : "");
	} else {
		snprintf(text, END_TEXT_SIZE, "exit %d", last_exit->code);
	}
}

size_t format_clean(const char *text, wchar_t *out, size_t capacity)
{
	enum { SOFT_HYPHEN = 0xad, DELETE = 0x7f };
	size_t size = strlen(text);
	size_t count = 0;

	while (size > 0 && count + 1 < capacity) {
		size_t length = utf8_length(text, size);
		wchar_t code = (wchar_t)utf8_decode(text, length);

		if (length == 1 && (code < L' ' || code == DELETE)) {
			out[count++] = L'^';
			out[count++] = code ^ 0x40;
		} else if (length == 0 || escape_is_needed((uint32_t)code) ||
			   wcwidth(code) < 0) {
			out[count++] = L'?';
		} else if (wcwidth(code) > 0 && code != SOFT_HYPHEN) {
			out[count++] = code;
		}
		length += length == 0;
		text += length;
		size -= length;
	}
	return count;
}
