#ifndef TUI_SOURCE_H
#define TUI_SOURCE_H

#include "base/error.h"
#include "live/table.h"

#include <stdbool.h>

/*
 * Where the dashboard's facts come from: the live table at one path, opened
 * anew when another takes its place, and an eye on the supervisor behind it.
 */
struct source {
	const char *path; /* of the live table; not owned */
	struct live_table *table; /* the last good one */
	int pidfd; /* of its supervisor: readable when that ends; -1: ended */
	bool alive; /* the supervisor is there */
};

/* Opens the table, also one that a supervisor has left which is gone. Returns
 * 0, or -1 and the reason: there is none. */
int source_open(struct source *source, const char *path, struct error *error);

/* Looks whether the supervisor is still there and whether there is a newer
 * table. Returns true when `source->table` is another one than before: the
 * former is unmapped. */
bool source_check(struct source *source);

void source_close(struct source *source);

#endif
