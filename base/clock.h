#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stddef.h>
#include <stdint.h>
#include <sys/time.h>

/* Nanoseconds of CLOCK_MONOTONIC: for timers and for how long things take. */
int64_t clock_monotonic_ns(void);

/* Microseconds since 1970 (CLOCK_REALTIME): for display and history only. */
int64_t clock_real_us(void);

/* A span of time (0 or more) as timers take it; rounded up, as a timer must not
 * be early. */
struct timeval clock_timeval(int64_t span_ns);

/* The longest text of clock_format_utc(), with its end. */
enum { CLOCK_TEXT_SIZE = 32 };

/* Writes `at_us` (microseconds since 1970) as RFC 3339 UTC with milliseconds,
 * "2026-11-22T09:00:00.000Z", into `text` of CLOCK_TEXT_SIZE bytes. */
void clock_format_utc(int64_t at_us, char text[CLOCK_TEXT_SIZE]);

/* Reads such a text back. Returns 0, or -1 when `text`, of `size` bytes, does
 * not begin with one. */
int clock_parse_utc(const char *text, size_t size, int64_t *at_us);

/* How long they are. */
enum { CLOCK_UTC_LENGTH = 24 };

/* The same moment in local time for screens: "2026-11-22 10:00:00.000". */
void clock_format_local(int64_t at_us, char text[CLOCK_TEXT_SIZE]);

#endif
