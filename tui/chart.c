#include "config.h"

#include "tui/chart.h"

static const wchar_t ramp[] = L" .:-=+*#@";

enum {
	RAMP_LEVELS = sizeof(ramp) / sizeof(ramp[0]) - 2,
	DOT_LEVELS = 4,
	BRAILLE = 0x2800,
};

/* Bits of the lowest n dots of a braille cell (Unicode, chapter 21). */
static const unsigned left_dots[] = {0, 0x40, 0x44, 0x46, 0x47};
static const unsigned right_dots[] = {0, 0x80, 0xa0, 0xb0, 0xb8};

size_t chart_capacity(const struct glyphs *glyphs, size_t cells)
{
	return glyphs->braille ? 2 * cells : cells;
}

static uint32_t chart_maximum(const struct chart *chart)
{
	uint32_t maximum = chart->maximum;

	if (maximum > 0)
		return maximum;
	for (size_t i = 0; i < chart->count; i++)
		if (chart->values[i] > maximum)
			maximum = chart->values[i];
	return maximum > 0 ? maximum : 1;
}

/* How much of `row` is filled where value number `place` stands, counted from
 * the right. */
static size_t fill(const struct chart *chart, size_t row, size_t place,
		   size_t levels)
{
	uint32_t maximum = chart_maximum(chart);
	size_t below = levels * (chart->rows - 1 - row);
	size_t all = levels * chart->rows;
	size_t level;
	uint32_t value;

	if (place >= chart->count)
		return 0;
	value = chart->values[chart->count - 1 - place];
	if (value > maximum)
		value = maximum;
	level = 1 + (size_t)((uint64_t)value * (all - 1) / maximum);
	if (level <= below)
		return 0;
	return level - below < levels ? level - below : levels;
}

void chart_row(const struct chart *chart, size_t row, wchar_t *out)
{
	for (size_t cell = 0; cell < chart->cells; cell++) {
		size_t place = chart->cells - 1 - cell;
		size_t left;
		size_t right;

		if (!chart->glyphs->braille) {
			out[cell] = ramp[fill(chart, row, place, RAMP_LEVELS)];
			continue;
		}
		left = fill(chart, row, 2 * place + 1, DOT_LEVELS);
		right = fill(chart, row, 2 * place, DOT_LEVELS);
		out[cell] = left + right == 0
				    ? L' '
				    : (wchar_t)(BRAILLE | left_dots[left] |
						right_dots[right]);
	}
}

size_t chart_bins(const uint32_t *values, size_t count, uint64_t newest,
		  size_t per_bin, uint32_t *out, size_t capacity)
{
	/* values in the newest bin, then whole bins, the oldest cut */
	size_t first = (size_t)(newest % per_bin) + 1;
	size_t bins = count == 0 ? 0
		      : count <= first
			      ? 1
			      : 1 + (count - first + per_bin - 1) / per_bin;
	size_t kept = bins < capacity ? bins : capacity;

	for (size_t i = 0; i < kept; i++)
		out[i] = 0;
	for (size_t age = 0; age < count; age++) {
		size_t bin = age < first ? 0 : 1 + (age - first) / per_bin;
		uint32_t value = values[count - 1 - age];

		if (bin < kept && value > out[kept - 1 - bin])
			out[kept - 1 - bin] = value;
	}
	return kept;
}
