#ifndef SUPERVISOR_SHUTDOWN_H
#define SUPERVISOR_SHUTDOWN_H

struct instance;
struct worker;

/*
 * The end of an instance: workers stop in the reverse order of `after`, then
 * the logger has drained what they printed, then the other helpers finish, the
 * recorder last, and the loop ends.
 */

/* Begins it; nothing when it has begun. */
void shutdown_begin(struct instance *instance);

/* Kills everything that is still there: somebody is out of patience. */
void shutdown_kill(struct instance *instance);

/* Something has changed while the instance ends: the next step is taken when
 * all before it is done. */
void shutdown_step(struct instance *instance);

#endif
