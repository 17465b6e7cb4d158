#ifndef SUPERVISOR_WATCH_H
#define SUPERVISOR_WATCH_H

#include "supervisor/message.h"
#include "supervisor/worker.h"

/*
 * `watch`: what is done about runs that use too much or last too long. How much
 * they use is the sampler's to measure and to judge (supervisor/judge.h); how
 * long they last is a timer here, which only a pool that asks for it has.
 */

/* The sampler says that a run is over a bound (MESSAGE_WATCH). */
void watch_told(struct worker *worker, const struct message *message);

/* The worker has changed: its lifetime begins with a run, and ends with it. */
void watch_follow(struct worker *worker);

/* The run asks to last for at least `delay_ns` from now on, whatever is left of
 * its lifetime. */
void watch_extend(struct worker *worker, int64_t delay_ns);

/* A worker comes, or goes: it has its process already, or still. */
void watch_init(struct worker *worker);
void watch_release(struct worker *worker);

#endif
