#include "config.h"

#include "base/nearest.h"

#include <string.h>

/* Longer words are not compared. */
enum { LENGTH_MAX = 63 };

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* The optimal string alignment distance: letters put in, left out, changed
 * or swapped with their neighbour. */
static size_t distance(const char *a, const char *b)
{
	size_t rows[3][LENGTH_MAX + 1];
	size_t *before = rows[0], *above = rows[1], *row = rows[2];
	size_t b_length = strlen(b);

	for (size_t j = 0; j <= b_length; j++)
		above[j] = j;
	for (size_t i = 1; a[i - 1]; i++) {
		size_t *next = before;

		row[0] = i;
		for (size_t j = 1; j <= b_length; j++) {
			size_t change = above[j - 1] + (a[i - 1] != b[j - 1]);

			row[j] = least(least(above[j], row[j - 1]) + 1, change);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] &&
			    a[i - 2] == b[j - 1])
				row[j] = least(row[j], before[j - 2] + 1);
		}
		before = above;
		above = row;
		row = next;
	}
	return above[b_length];
}

void nearest_offer(struct nearest *nearest, const char *known)
{
	size_t length = strlen(nearest->word);
	size_t wrong;

	if (length == 0 || length > LENGTH_MAX || strlen(known) > LENGTH_MAX)
		return;
	wrong = distance(nearest->word, known);
	if (length >= 2 && !strncmp(nearest->word, known, length))
		wrong = least(wrong, 1);
	if (wrong > (length + 2) / 3)
		return;
	if (nearest->found && nearest->distance <= wrong)
		return;
	nearest->found = known;
	nearest->distance = wrong;
}
