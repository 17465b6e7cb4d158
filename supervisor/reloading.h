#ifndef SUPERVISOR_RELOADING_H
#define SUPERVISOR_RELOADING_H

#include "supervisor/operation.h"

#include <stdbool.h>

struct asker;
struct error;
struct instance;
struct operation;
struct reloading;

/*
 * A new config takes the place of the one in force: the loader reads it while
 * everything goes on, then pools that are the same are left alone, changed
 * ones get new runs, new ones start and gone ones stop.
 */

/* NULL and the reason when memory is short or the loader is not there. */
struct reloading *reloading_open(struct instance *instance,
				 struct error *error);

/* Ends a loader that is under way; NULL is fine. */
void reloading_close(struct reloading *reloading);

/*
 * Begins to load the config anew, as `asker` wants. `operation` (NULL: SIGHUP
 * asked for it) is answered with the plan as soon as all of it has come about,
 * or at once for a dry run. While another reload is under way an operation
 * fails, and SIGHUP has its turn after it.
 */
void reloading_begin(struct instance *instance, struct operation *operation,
		     bool dry_run, const struct asker *asker);

#endif
