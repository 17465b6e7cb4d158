#ifndef BASE_DURATION_H
#define BASE_DURATION_H

#include <stddef.h>
#include <stdint.h>

/*
 * Durations as people write them: a number with a unit, "200ms", "1.5s",
 * "10s", "5m", "2h", "30d", "1y" (365 days). Kept in nanoseconds.
 */

enum { DURATION_TEXT_SIZE = 32 };

/* Parses `text`. A bare "0" needs no unit. Returns 0 and sets `*ns` (never
 * negative), or -1 when it is no duration or too long for 64 bits. */
int duration_parse(const char *text, int64_t *ns);

/* Writes the shortest exact text that duration_parse() reads back: "1500ms",
 * "10s", "0s". What is no whole millisecond is rounded down to one. */
void duration_format(int64_t ns, char text[DURATION_TEXT_SIZE]);

/* Writes a text for screens, two units at most: "2d 3h", "5m 12s", "340ms". */
void duration_format_short(int64_t ns, char text[DURATION_TEXT_SIZE]);

#endif
