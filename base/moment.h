#ifndef BASE_MOMENT_H
#define BASE_MOMENT_H

#include <stdint.h>

/*
 * Reads a moment in the past as people write it, for --since and --until:
 *
 *	2h, 90s, 3d		so long ago
 *	10:30, 10:30:15		at that time, the last time it was
 *	today, yesterday 22:00	on that day (at midnight without a time)
 *	monday, fri 22:00	on the last day so called, today being one
 *	2026-11-22, 2026-11-22 09:00[:00[.5]]
 *	2026-11-22T09:00:00.5Z, …+01:00	RFC 3339
 *	now
 *
 * in local time where no zone is given. `now_us` and `*at_us` are microseconds
 * since 1970. Returns 0, or -1 when it is none of these.
 */
int moment_parse(const char *text, int64_t now_us, int64_t *at_us);

#endif
