#ifndef SUPERVISOR_LOADER_SOURCE_H
#define SUPERVISOR_LOADER_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/error.h"
#include "supervisor/loader-arena.h"

/* All text of a config together, in bytes. */
#define SOURCE_LIMIT ((size_t)512 * 1024)

/* A file of the config, in memory. */
struct source {
	const char *path; /* as messages name it */
	const struct source *parent; /* that includes it; NULL: the first */
	struct source *next; /* in the order of reading */
	unsigned index; /* its place in that order */
	dev_t device;
	ino_t inode;
	char *text; /* ended by NUL, and without another one */
	size_t size;
};

/* A place in a file; both count from 1, columns in characters. */
struct place {
	const struct source *source;
	unsigned line;
	unsigned column;
};

/*
 * Reads the file at `path` (a copy is kept), at most `limit` bytes. Returns
 * NULL and the reason when it cannot be read or is too large; `next`, `index`
 * and `parent` are the caller's to set.
 */
struct source *source_read(struct arena *arena, const char *path, size_t limit,
			   struct error *error);

/*
 * Whether the text is one that YAML takes: UTF-8 without control characters
 * but tab and the ends of lines. If not, `*place` says where the first such
 * byte is.
 */
bool source_is_text(const struct source *source, struct place *place);

/* The text of line `number` and its length without the end of the line; "" for
 * a line behind the last. */
const char *source_line(const struct source *source, unsigned number,
			size_t *length);

/* `path` seen from the folder of `source`: as it is when it is absolute. */
const char *source_relative(struct arena *arena, const struct source *source,
			    const char *path);

#endif
