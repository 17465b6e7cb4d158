#ifndef SUPERVISOR_TASK_H
#define SUPERVISOR_TASK_H

#include "base/error.h"
#include "supervisor/configuration.h"

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
struct tasks;

enum {
	TASK_OUTPUT_MAX = 4096, /* bytes that are kept, the first ones */
	/* A task has a number in place of that of a run, with this bit. */
	TASK_NUMBER_SHIFT = 63,
};

/* How a task ended. */
struct task_result {
	bool started; /* else `failure` says why it could not be */
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
	const struct user_config *user; /* NULL: reeve's own */
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
void tasks_reaped(struct instance *instance, int pid, int code, int signal);

/* The sweeper has come back: it is told what is to be killed. */
void tasks_send_sweeps(struct instance *instance, bool anew);

/* The sweeper has killed what was left of the task with this number. */
void tasks_swept(struct instance *instance, uint64_t number);

#endif
