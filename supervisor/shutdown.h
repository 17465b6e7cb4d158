#ifndef SUPERVISOR_SHUTDOWN_H
#define SUPERVISOR_SHUTDOWN_H

#include "base/error.h"

#include <stdbool.h>

struct asker;
struct instance;
struct shutdown;

/*
 * The end of an instance: workers stop in the reverse order of `after`, then
 * the logger has drained what they printed, then the other helpers finish, the
 * recorder last, and the loop ends. What a helper has to do in it is bounded in
 * time: a full disk does not keep the instance from ending.
 */

/* NULL and the reason. */
struct shutdown *shutdown_open(struct instance *instance, struct error *error);

/* NULL is fine. */
void shutdown_close(struct shutdown *shutdown);

/* Begins it, as `asker` wants (NULL: nobody); nothing when it has begun. */
void shutdown_begin(struct instance *instance, const struct asker *asker);

/* Stops all workers in the reverse order of `after` too, as `asker` wants; the
 * instance goes on. */
void shutdown_stop_workers(struct instance *instance,
			   const struct asker *asker);

/* Somebody starts workers: those that are not stopped yet go on. */
void shutdown_spare_workers(struct instance *instance);

/* Whether workers that are still wanted have yet to be stopped. */
bool shutdown_is_under_way(const struct instance *instance);

/* Kills everything that is still there: somebody is out of patience. */
void shutdown_kill(struct instance *instance);

/* Something has changed while the instance ends: the next step is taken, from
 * the loop, when all before it is done. */
void shutdown_go_on(struct instance *instance);

#endif
