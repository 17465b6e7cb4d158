#ifndef SUPERVISOR_LOADER_ARENA_H
#define SUPERVISOR_LOADER_ARENA_H

#include <stddef.h>

/*
 * Memory that lives as long as one load of a config and goes at once. The
 * loader is a short-lived process: when memory runs out, it aborts.
 */
struct arena {
	struct arena_chunk *chunks; /* the newest first; NULL: empty */
};

/* Zeroed memory of `size` bytes, aligned for any type. Never NULL. */
void *arena_alloc(struct arena *arena, size_t size);

/* A copy of the `length` bytes at `text`, ended by NUL. */
char *arena_text(struct arena *arena, const char *text, size_t length);

/* A text made by a printf format. */
char *arena_print(struct arena *arena, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Frees all that came from it; it is empty then. */
void arena_release(struct arena *arena);

#endif
