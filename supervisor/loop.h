#ifndef SUPERVISOR_LOOP_H
#define SUPERVISOR_LOOP_H

#include "base/error.h"

struct event;
struct instance;
struct loop;

/*
 * What the loop does beside the deaths of workers: signals, starts that take
 * their turn, and work for times when nothing is going on.
 */

/*
 * Has `event`, a timer, go off in two milliseconds, unless it is to go off
 * already. For news that helpers can wait for: what has just been started
 * often shares the supervisor's CPU, and gets to its first instruction when
 * the supervisor sleeps.
 */
void loop_soon(struct event *event);

/*
 * Blocks SIGTERM, SIGINT, SIGHUP, SIGPIPE and SIGCHLD and has all but SIGPIPE
 * delivered to the loop of `instance`; likewise the signals that it passes on
 * (mini-init.h). Returns NULL and the reason.
 */
struct loop *loop_open(struct instance *instance, struct error *error);

/* NULL is fine. */
void loop_close(struct loop *loop);

/*
 * Starts the workers that are wanted and stopped, as soon as the pools that
 * theirs comes after are up; so many at a time that deaths are not kept
 * waiting. To be called when such workers may have come about.
 */
void loop_start_workers(struct instance *instance);

/* Some worker waits until others are up, or no longer starting. */
void loop_hold(struct instance *instance);

/* A worker is up, or no longer starting: others that waited may start now. */
void loop_worker_up(struct instance *instance);

/* Drops, from the loop, workers and pools that are gone and down. */
void loop_collect(struct instance *instance);

/* Another config is in force: where it has `exit_with`, the signals that are
 * passed on to that pool are taken too, for good. */
void loop_take_signals(struct instance *instance);

/* Prepares, when nothing else is going on, what the next runs need. */
void loop_prepare(struct instance *instance);

#endif
