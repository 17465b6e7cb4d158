#ifndef TUI_FORMAT_H
#define TUI_FORMAT_H

#include "live/table.h"

#include <stddef.h>
#include <stdint.h>
#include <wchar.h>

/* Numbers and texts as the dashboard shows them: short, of known width. */

enum {
	AGE_TEXT_SIZE = 8, /* at most 6 characters */
	PERCENT_TEXT_SIZE = 24, /* at most 5 characters up to 99,999 % */
	TIME_TEXT_SIZE = 9,
	END_TEXT_SIZE = 24,
};

/* A length of time in two units, six characters at most up to a thousand
 * days: "8s", "3m41s", "2h14m", "2d03h", "125d". Below zero is "0s". */
void format_age(int64_t us, char text[AGE_TEXT_SIZE]);

/* The same in one unit, three characters at most up to a hundred days: "90s",
 * "5m", "2h", "12d". */
void format_age_short(int64_t us, char text[AGE_TEXT_SIZE]);

/* Thousandths of a CPU as percent: "7.2", "352.1", "1024". */
void format_percent(uint64_t permille, char text[PERCENT_TEXT_SIZE]);

/* The time of day, local: "14:02:31". */
void format_time(int64_t at_us, char text[TIME_TEXT_SIZE]);

/* How a run ended, for a column: "SEGV core", "exit 3", "stopped"; "" when
 * none has ended. */
void format_end(const struct live_exit *last_exit, char text[END_TEXT_SIZE]);

/*
 * Turns text that anybody may have written into characters that are safe to
 * draw: control characters become "^X", what is not UTF-8 or cannot be shown
 * "?"; marks without a width, such as those that turn the writing direction,
 * are left out. Writes at most `capacity` characters; returns how many.
 */
size_t format_clean(const char *text, wchar_t *out, size_t capacity);

#endif
