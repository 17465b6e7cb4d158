#ifndef LIVE_STATUS_H
#define LIVE_STATUS_H

#include "live/snapshot.h"

#include <stdio.h>

/*
 * The state of an instance as JSON, as docs and `status --json` show it. It is
 * written as text, not built as a tree: 1,000 workers take some milliseconds
 * either way, and the supervisor has none to give away. The writers end with
 * no newline; the stream keeps the errors, as with all of stdio.
 */

/* {"instance": …, "pools": […]}; `running` tells whether the supervisor lives.
 */
void status_write(FILE *out, const struct snapshot *snapshot, bool running);

/* {"name": "web", …, "workers": […]} */
void status_write_pool(FILE *out, const struct snapshot *snapshot,
		       const struct snapshot_pool *pool);

/* {"name": "web/0", …} */
void status_write_worker(FILE *out, const struct snapshot *snapshot,
			 const struct snapshot_pool *pool,
			 const struct snapshot_worker *entry);

/*
 * What the control socket answers: the whole instance (`name` is NULL; helpers
 * only where `hidden` is set), the pool or the worker called `name`. Returns
 * the text, its length in `*size`, which the caller frees; or NULL with the
 * reason: errno is ENOENT when there is no such name.
 */
char *status_to_json(const struct live_table *table, const char *name,
		     bool hidden, size_t *size, struct error *error);

#endif
