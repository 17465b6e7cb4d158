#ifndef SUPERVISOR_TASK_H
#define SUPERVISOR_TASK_H

#include "base/error.h"

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A task: a child of reeve's own that is no worker. It has a deadline, after
 * which its whole tree is killed; its output is read, and bounded; what it
 * leaves behind when it ends is killed too, by the sweeper. So many run at a
 * time, the others wait for their turn.
 *
 * A task is known by REEVE_TASK in its environment, and where there are
 * cgroups by one of its own.
 */

struct instance;
struct task;
struct worker;
struct tasks;

enum {
	TASK_OUTPUT_MAX = 4096, /* bytes that are kept, the first ones */
};

/* Where a run has a number (a sweep, REEVE_RUN), a task has one with this bit,
 * which no run has. */
#define TASK_NUMBER_BIT (UINT64_C(1) << 63)

/* In place of the pool and the index of a worker a task has this and a small
 * number that no other task has while it runs: in the names of cgroups. */
#define TASK_POOL "reeve-task"

/* How a task ended. */
struct task_result {
	bool started; /* else `failure` says why it could not be */
	bool short_of; /* … which is reeve's fault: descriptors, memory */
	bool timed_out; /* it was killed; code is -1 */
	int code; /* its exit code; -1 when a signal ended it */
	int signal;
	int64_t duration_ns;
	char failure[320];
	const char *output; /* of stdout and stderr; ended by NUL */
	size_t output_size;
	bool output_cut; /* there was more */
};

typedef void task_done_fn(const struct task_result *result, void *context);

struct task_request {
	char *const *argv;
	/* Must hold REEVE_RUNTIME_DIR; REEVE_TASK is added. */
	char *const *envp;
	const char *directory; /* NULL: the supervisor's */
	/* Whose user, limits and scheduling it has; it must be cancelled before
	 * that worker goes. NULL: reeve's own. */
	const struct worker *as;
	int64_t timeout_ns; /* from its start on */
	task_done_fn *done;
	void *context;
};

/* NULL and the reason. */
struct tasks *tasks_open(struct instance *instance, struct error *error);

/* Kills the main processes of all tasks; nobody is told. NULL is fine. */
void tasks_close(struct tasks *tasks);

/*
 * Starts a task, or has it wait for its turn. Copies what the request points
 * to. `done` is called once, from the loop, never from here; the task is gone
 * then. Returns NULL when too many wait already or memory is short.
 */
struct task *task_start(struct instance *instance,
			const struct task_request *request);

/* Kills it; `done` is not called. */
void task_cancel(struct task *task);

/* Kills all tasks, as task_cancel() does. */
void tasks_cancel_all(struct instance *instance);

/* Whether some task has a process, or leftovers that the sweeper looks
 * after. */
bool tasks_are_busy(const struct instance *instance);

/* A child that is no worker was reaped: it may have been a task. */
void tasks_reaped(struct instance *instance, const siginfo_t *info);

/* Tells the sweeper what is to be killed: what it was not told, or `anew`, when
 * it has come back, all. */
void tasks_send_sweeps(struct instance *instance, bool anew);

/* The sweeper has killed what was left of the task with this number. */
void tasks_swept(struct instance *instance, uint64_t number);

#endif
