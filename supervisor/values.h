#ifndef SUPERVISOR_VALUES_H
#define SUPERVISOR_VALUES_H

#include <jansson.h>

#include "base/error.h"
#include "supervisor/options.h"

/*
 * Values of the config: from their text to canonical JSON, and from that into
 * the member that the option table names. The loader stores each value as it
 * reads it and so checks it by the very code that the supervisor trusts.
 */

/*
 * The canonical JSON of a plain `text`: a number for types that are numbers
 * when it is one, a list of one text for lists (an empty list for ""), else the
 * text as it is. Nothing is checked. Returns NULL only when memory runs out or
 * `text` is no UTF-8; the caller owns the result.
 */
json_t *value_from_text(const struct option *option, const char *text);

/*
 * Checks `value` and stores it in the member of `object`, which is the struct
 * that the option's scope names; what the member held before is not freed. An
 * option without a member is checked only. Returns 0, or -1 and what is wrong
 * and what would be right, in the form "'5x' is no number; write …"; the member
 * is then as it was.
 */
int value_store(const struct option *option, json_t *value, void *object,
		struct error *error);

/* Frees what the member of `object` owns and leaves it empty. */
void value_release(const struct option *option, void *object);

/*
 * Stores in `object` each option of `scope` that `json` has a value for; what
 * has a default, or is needed, must be there. Returns 0, or -1 and "PATH: what
 * is wrong"; value_release_all() frees what was stored by then.
 */
int value_store_all(enum option_scope scope, const json_t *json, void *object,
		    struct error *error);

/* Frees what the members of `object` own. */
void value_release_all(enum option_scope scope, void *object);

/* The value at `path` ("restart.delay") of an object, or NULL. */
json_t *value_get(const json_t *object, const char *path);

/* Puts `value` (whose reference it takes, NULL is a failure) at `path`, making
 * the objects on the way. Returns 0, or -1 when memory runs out. */
int value_put(json_t *object, const char *path, json_t *value);

#endif
