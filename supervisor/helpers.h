#ifndef SUPERVISOR_HELPERS_H
#define SUPERVISOR_HELPERS_H

#include "base/error.h"
#include "supervisor/worker.h"

#include <sched.h>
#include <stdbool.h>

struct instance;

/*
 * The helpers: sampler, logger, recorder and sweeper. Each is the one worker
 * of a hidden pool, under the same state machine as all others, with a socket
 * to the supervisor. A helper that comes back after a death is told everything
 * that is still to do, so nothing depends on its memory.
 */

enum helper_role {
	HELPER_RECORDER,
	HELPER_LOGGER,
	HELPER_SWEEPER,
	HELPER_SAMPLER,
	HELPER_COUNT
};

struct helpers;

/* Makes the eventfd that wakes the recorder and finds the programs. NULL and
 * the reason. */
struct helpers *helpers_open(struct instance *instance, struct error *error);

void helpers_close(struct helpers *helpers);

/* The eventfd that wakes the recorder. */
int helpers_wake_fd(const struct helpers *helpers);

/* The sections that the hidden pools stand for. They belong to `helpers`. */
const struct pool_config *helpers_config(const struct helpers *helpers,
					 enum helper_role role);

/* A helper is about to start: makes its socket. Sets what it gets as fds 3
 * and 4. Returns 0, or -1 with errno. */
int helpers_connect(struct worker *worker, int fds[2]);

/* It runs (or could not be started): its end of the socket is closed here,
 * and it is told what there is to do. */
void helpers_connected(struct worker *worker, bool started);

/* It has ended: the socket is closed. */
void helpers_disconnect(struct worker *worker);

/* Has the logger told what it does not know yet of this worker's output, when
 * deaths and starts have been dealt with. */
void helpers_tell_output(struct worker *worker);

/* The worker goes: there is nothing more to tell of it. */
void helpers_forget(struct worker *worker);

/* Tells the sweeper to kill what is left of worker->sweep_run. */
void helpers_send_sweep(struct worker *worker);

/* Has the sweeper move the run of a worker from `former` to `cpus`. Returns
 * whether it went out; else placing_move() is called when there is room. */
bool helpers_send_place(struct worker *worker, const cpu_set_t *former,
			const cpu_set_t *cpus);

/* Has the sweeper find worker->core, where there is one. */
void helpers_send_core(struct worker *worker);

/* Has the sweeper store what /proc knows of the run. Returns false when it
 * cannot be asked now. */
bool helpers_send_evidence(struct worker *worker);

/* Tells the sweeper to kill what is left of the task `number`, whose main
 * process is `pid` (0: dead) and whose cgroup has the number `slot`. Returns
 * whether it went out; else tasks_send_sweeps() is called when there is room.
 */
bool helpers_send_task_sweep(struct instance *instance, uint64_t number,
			     pid_t pid, unsigned slot);

/* All pools are about to start: the sweeper makes cgroups of large ones, while
 * their first workers start. */
void helpers_prepare(struct instance *instance);

/* Has everything killed that a former supervisor of this instance left behind.
 * `done` is called when it is. */
void helpers_clean(struct instance *instance, void (*done)(struct instance *));

/* Tells the recorder how long the config in force has it keep what. */
void helpers_tell_retention(struct instance *instance);

/* A helper has changed its state. */
void helpers_changed(struct worker *worker);

/* Asks a helper to finish its work and exit; nothing when it has been asked.
 * One that is killed before it has done so is started again to do it; one that
 * fails, or takes longer than 30 s, is given up. */
void helpers_finish(struct instance *instance, enum helper_role role);

/* Kills those that were asked to finish. */
void helpers_kill(struct instance *instance);

/* Whether the helper has finished. */
bool helpers_is_gone(const struct instance *instance, enum helper_role role);

#endif
