#include "config.h"

#include "tui/columns.h"

/* Cells needed when all columns up to `rank` are shown. */
static int needed(const struct column *columns, size_t count, int rank)
{
	int sum = -1; /* the first has no gap before it */

	for (size_t i = 0; i < count; i++)
		if (columns[i].rank <= rank)
			sum += columns[i].least + 1;
	return sum;
}

/* Gives the spare cells out one by one. */
static void grow(struct column_place *places, size_t count, int spare)
{
	bool more = true;

	while (more) {
		more = false;
		for (size_t i = 0; i < count && spare > 0; i++) {
			if (places[i].width >= places[i].column->most)
				continue;
			places[i].width++;
			spare--;
			more = true;
		}
	}
}

/* Where even the least do not fit, the last ones go; one that keeps
 * LEAST_CELLS is cut. Returns how many are left. */
static size_t cut(struct column_place *places, size_t count, int width)
{
	enum { LEAST_CELLS = 8 };
	int start = 0;

	for (size_t i = 0; i < count; i++) {
		if (start + places[i].width > width) {
			places[i].width = width - start;
			return places[i].width < LEAST_CELLS && i > 0 ? i
								      : i + 1;
		}
		start += places[i].width + 1;
	}
	return count;
}

size_t columns_fit(const struct column *columns, size_t count, int width,
		   struct column_place *places)
{
	int rank = 0;
	int start = 0;
	size_t shown = 0;

	for (size_t i = 0; i < count; i++)
		rank = columns[i].rank > rank ? columns[i].rank : rank;
	while (rank > 0 && needed(columns, count, rank) > width)
		rank--;
	for (size_t i = 0; i < count; i++)
		if (columns[i].rank <= rank)
			places[shown++] = (struct column_place){
				.column = &columns[i],
				.width = columns[i].least,
			};
	shown = cut(places, shown, width);
	grow(places, shown, width - needed(columns, count, rank));
	for (size_t i = 0; i < shown; i++) {
		places[i].start = start;
		start += places[i].width + 1;
	}
	return shown;
}
