#ifndef SUPERVISOR_MINI_INIT_H
#define SUPERVISOR_MINI_INIT_H

#include "supervisor/worker.h"

#include <stdbool.h>

struct instance;

/*
 * An instance that stands for one pool, the one that `exit_with` names, as the
 * first process of a container does for its program: signals are passed on to
 * it, and when it has ended, reeve ends with its exit code.
 */

/* Whether the instance is one; else nothing below does anything. */
bool mini_init_is_on(const struct instance *instance);

/* Whether `pool` is the one that the instance stands for. */
bool mini_init_is_pool(const struct pool *pool);

/* Passes a signal on that asks for nothing that reeve itself would do. */
void mini_init_forward(struct instance *instance, int signal);

/* The instance is about to stop because of `signal`: the pool is stopped by
 * the same one. */
void mini_init_stop_by(struct instance *instance, int signal);

/* A worker has changed: where its pool has ended for good, so does reeve. */
void mini_init_follow(const struct worker *worker);

/* Another config is in force: the pool that it names may have ended before. */
void mini_init_look(const struct instance *instance);

/* What reeve exits with: the exit code of the first worker that failed, as a
 * shell has it: 128 and the signal that killed it, 127 for a program that is
 * not there, 126 for one that could not be started; else 0. */
int mini_init_exit_code(const struct instance *instance);

#endif
