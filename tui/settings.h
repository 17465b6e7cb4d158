#ifndef TUI_SETTINGS_H
#define TUI_SETTINGS_H

#include "tui/palette.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What the user has chosen, kept from one dashboard to the next in
 * $XDG_CONFIG_HOME/reeve/top.yaml. The file is plain enough to be read line by
 * line, and is still YAML:
 *
 *	theme: light
 *	refresh: 500ms
 *	pools.sort: CPU%
 *	workers.columns: [WORKER, STATE, CPU%, MEM]
 *
 * Comments and lines that mean nothing to this version stay as they are.
 */

enum { SETTINGS_VALUE_SIZE = 256, SETTINGS_MAXIMUM = 32 };

struct setting {
	char name[32];
	char value[SETTINGS_VALUE_SIZE];
};

struct settings {
	char path[600]; /* of the file; "": nothing is kept */
	struct setting list[SETTINGS_MAXIMUM];
	size_t count;
	bool changed; /* since it was read or written */
};

/* Reads the file at `path`, if there is one. */
void settings_init(struct settings *settings, const char *path);

/* The value of `name` as it stands in the file, or NULL. */
const char *settings_get(const struct settings *settings, const char *name);

/* Changes a value. */
void settings_set(struct settings *settings, const char *name,
		  const char *value);

/* Writes the file by rename(2), where something has changed. What goes wrong
 * changes nothing. */
void settings_save(struct settings *settings);

#endif
