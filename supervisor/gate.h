#ifndef SUPERVISOR_GATE_H
#define SUPERVISOR_GATE_H

#include "base/error.h"
#include "supervisor/worker.h"

#include <stdbool.h>
#include <stdint.h>

struct gate;
struct instance;

/*
 * The gate that every start passes: a worker may start when the pools that its
 * own comes after are up, when not too many others are starting
 * (`start_at_once`), and when the governor of its pool lets it.
 */

/* NULL and the reason. */
struct gate *gate_open(struct instance *instance, struct error *error);

/* NULL is fine. */
void gate_close(struct gate *gate);

/* Whether the worker may start now. Where not, it is told by INPUT_CLEARED
 * when it is worth asking again. */
bool gate_may_start(struct worker *worker);

/* How many more workers may begin to start now. */
uint32_t gate_room(const struct instance *instance);

/* The worker has changed. */
void gate_follow(struct worker *worker);

/* The worker goes. */
void gate_forget(struct worker *worker);

#endif
