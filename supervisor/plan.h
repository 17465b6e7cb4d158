#ifndef SUPERVISOR_PLAN_H
#define SUPERVISOR_PLAN_H

#include "base/error.h"
#include "supervisor/configuration.h"

#include <jansson.h>

/*
 * What a new config changes: for each pool whether it is unchanged, changed
 * (in which keys), new or gone.
 */

enum plan_change {
	PLAN_UNCHANGED,
	PLAN_LIVE, /* changed only in what needs no new runs */
	PLAN_CHANGED,
	PLAN_NEW,
	PLAN_GONE,
};

/* How `after` differs from `before`; one of them may be NULL. */
enum plan_change plan_pool(const struct pool_config *before,
			   const struct pool_config *after);

/* Whether the two differ in `key`. */
bool plan_changes(const struct pool_config *before,
		  const struct pool_config *after, const char *key);

/*
 * The plan as JSON text: {"pools": [{"name", "change", "keys", "live"}]}, the
 * pools of the new config in its order, then those that are gone. `before` are
 * the sections in force, `count` of them. "keys" are those that need new runs,
 * "live" those that do not. The caller frees it. NULL when memory is short.
 */
char *plan_text(const struct pool_config *const *before, size_t count,
		const struct configuration *after);

/* Whether the new config can take the place of the old one in a running
 * instance. Returns 0, or -1 and the reason: another instance or folder. */
int plan_check(const struct configuration *before,
	       const struct configuration *after, struct error *error);

#endif
