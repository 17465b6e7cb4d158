#ifndef SUPERVISOR_APPLYING_H
#define SUPERVISOR_APPLYING_H

#include "base/error.h"

struct asker;
struct configuration;
struct instance;
struct operation;

/*
 * Puts a config in force that has been checked, as `asker` wants: pools that
 * are the same are left alone, changed ones get new runs, new ones start and
 * gone ones stop. `operation` (NULL: none) waits for what has to come about.
 * Everything that can fail is done before anything changes. Returns 0, and the
 * configuration belongs to the instance; or -1 and the reason.
 */
int applying_do(struct instance *instance, struct configuration *configuration,
		struct operation *operation, const struct asker *asker,
		struct error *error);

#endif
