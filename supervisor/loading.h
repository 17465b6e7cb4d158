#ifndef SUPERVISOR_LOADING_H
#define SUPERVISOR_LOADING_H

#include "base/error.h"

struct configuration;
struct event_base;

/*
 * Loads a config by the loader, a child that reads, checks and completes the
 * file while the loop goes on. The child is reaped like any orphan: what it
 * has written says whether it succeeded.
 */
struct loading;

/*
 * Called once from the loop: with a configuration that is now the caller's, or
 * with NULL and what the loader said was wrong (several lines). The loading is
 * freed when this returns.
 */
typedef void loading_fn(struct configuration *configuration,
			const char *messages, void *context);

/* Starts the loader, the program of that path, on `file`. Returns NULL and the
 * reason when it cannot be started. */
struct loading *loading_begin(struct event_base *base, const char *program,
			      const char *file, loading_fn *done, void *context,
			      struct error *error);

/* Kills the loader; `done` is not called. NULL is fine. */
void loading_cancel(struct loading *loading);

#endif
