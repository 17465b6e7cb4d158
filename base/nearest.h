#ifndef BASE_NEAREST_H
#define BASE_NEAREST_H

#include <stddef.h>

/*
 * Guesses which known word somebody meant who typed another:
 *
 *	struct nearest nearest = {.word = "wrokers"};
 *	for (each known word)
 *		nearest_offer(&nearest, known);
 *	if (nearest.found)
 *		… did you mean …
 */
struct nearest {
	const char *word; /* as typed */
	const char *found; /* the best so far; NULL: none is near enough */
	size_t distance; /* of `found`, in letters */
};

/* Takes `known` into account. It must live as long as `nearest` is used. Near
 * enough is one wrong, missing, extra or swapped letter for each three that
 * were typed, and a word that begins with what was typed. */
void nearest_offer(struct nearest *nearest, const char *known);

#endif
