#ifndef CLI_SPARKLINE_H
#define CLI_SPARKLINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* Whether the terminal's locale can show block characters; reads LC_ALL,
 * LC_CTYPE and LANG. */
bool sparkline_has_blocks(void);

/*
 * Prints values as one line of bars, `▁▂▃▄▅▆▇█` or, without `blocks`, ASCII.
 * The largest value is the highest bar; 0 is the lowest. Values beyond
 * `width` are put together, each bar showing the largest of its share.
 */
void sparkline_print(FILE *out, const uint32_t *values, size_t count,
		     size_t width, bool blocks);

#endif
