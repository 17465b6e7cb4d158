#ifndef BASE_SPAN_H
#define BASE_SPAN_H

#include <stdint.h>

/* Spans and moments for the narrow columns of tables. */

enum { SPAN_TEXT_SIZE = 32 };

/* Writes a span with two figures or three, in its largest unit: "340ms",
 * "2.8h", "12d"; "-" for a negative one. */
void span_format(int64_t us, char text[SPAN_TEXT_SIZE]);

/* Writes a moment in local time by the minute, "2026-11-22 10:00"; "-" for 0.
 */
void span_format_minute(int64_t at_us, char text[SPAN_TEXT_SIZE]);

#endif
