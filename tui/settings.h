#ifndef TUI_SETTINGS_H
#define TUI_SETTINGS_H

#include "base/error.h"
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
 * Only the lines of what was changed are written anew, in the file as it is by
 * then: all others, known or not, and comments stay as they are.
 */

enum { SETTINGS_VALUE_SIZE = 256, SETTINGS_MAXIMUM = 32 };

struct setting {
	char name[32];
	char value[SETTINGS_VALUE_SIZE];
	bool changed; /* since it was read or written */
};

struct settings {
	char path[600]; /* of the file; "": nothing is kept */
	struct setting list[SETTINGS_MAXIMUM];
	size_t count;
};

/* Reads the file at `path`, if there is one. Returns 0, or -1 and the reason
 * where it cannot be read or has a line that is no setting; all others then
 * count. */
int settings_init(struct settings *settings, const char *path,
		  struct error *error);

/* The value of `name` as it stands in the file, or NULL. */
const char *settings_get(const struct settings *settings, const char *name);

/* Changes a value. */
void settings_set(struct settings *settings, const char *name,
		  const char *value);

/* Writes what has changed into the file. Returns 0, or -1 and the reason; then
 * the file is as it was. */
int settings_save(struct settings *settings, struct error *error);

#endif
