#ifndef SUPERVISOR_LOADER_WORDS_H
#define SUPERVISOR_LOADER_WORDS_H

#include <stddef.h>

#include "base/error.h"
#include "supervisor/loader-arena.h"

/* The words of a command. */
struct words {
	const char **items;
	size_t count;
};

/*
 * Splits `text` into words as a shell does: at blanks and ends of lines; '…'
 * keeps everything in it, "…" keeps all but a backslash before one of \ " $ `
 * and the end of a line, a backslash outside keeps the next character. Nothing
 * is expanded, and a word that would tell a shell to do something (| > && …) is
 * refused: no shell runs. Returns 0, or -1 and what is wrong and what would be
 * right; `*offset` is then where in `text` that is.
 */
int words_split(const char *text, struct arena *arena, struct words *words,
		size_t *offset, struct error *error);

#endif
