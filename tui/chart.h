#ifndef TUI_CHART_H
#define TUI_CHART_H

#include "tui/glyphs.h"

#include <stddef.h>
#include <stdint.h>
#include <wchar.h>

/*
 * Charts drawn with characters: braille dots, two values a cell and four
 * levels a row, or a ramp of ASCII, one value a cell and eight levels a row.
 * The newest value is at the right; where there is no value yet the cell is
 * blank, while a value of 0 shows as the lowest level.
 */
struct chart {
	const struct glyphs *glyphs;
	const uint32_t *values; /* oldest first */
	size_t count;
	uint32_t maximum; /* what fills the chart; 0: the largest value */
	size_t cells; /* width */
	size_t rows; /* height */
};

/* How many values a chart of `cells` cells shows. */
size_t chart_capacity(const struct glyphs *glyphs, size_t cells);

/* Writes the `cells` characters of one row, counted from the top. */
void chart_row(const struct chart *chart, size_t row, wchar_t *out);

/*
 * Puts `per_bin` values together into one, their maximum. `newest` is the
 * number of the newest value, counted by a clock: bins are cut where that
 * number is a multiple of `per_bin`, so that what is drawn of the past keeps
 * its shape from one second to the next. Writes the latest `capacity` bins,
 * oldest first; returns how many.
 */
size_t chart_bins(const uint32_t *values, size_t count, uint64_t newest,
		  size_t per_bin, uint32_t *out, size_t capacity);

#endif
