#ifndef SUPERVISOR_TASK_STATE_H
#define SUPERVISOR_TASK_STATE_H

#include "base/list.h"
#include "supervisor/task.h"

#include <event2/event.h>
#include <event2/event_struct.h>
#include <signal.h>
#include <sys/types.h>

/*
 * What task.c (the life of one task) and tasks.c (all of them, and their turn)
 * share.
 */

struct task {
	struct list_link link; /* waiting, or running */
	struct instance *instance;
	uint64_t number;
	unsigned slot; /* of its cgroup, while it runs */
	/* What the request said. */
	char **argv;
	char **envp;
	char *directory;
	const struct worker *as;
	int64_t timeout_ns;
	task_done_fn *done; /* NULL: it was called, or nobody wants it */
	void *context;
	/* While it runs. */
	pid_t pid; /* 0: reaped */
	int pidfd;
	int output_fd; /* -1: closed */
	struct event exit;
	struct event readable;
	struct event deadline;
	int64_t started_ns;
	bool sweeping; /* the sweeper is to kill what is left */
	bool sweep_sent;
	struct task_result result;
	char output[TASK_OUTPUT_MAX + 1];
};

struct tasks {
	struct instance *instance;
	struct event *step; /* starts what waits */
	struct list_link waiting;
	struct list_link running;
	unsigned waiting_count;
	uint64_t slots; /* one bit for each that is taken */
	uint64_t last_number;
};

/* A task with a copy of the request, in no list; NULL when memory is short. */
struct task *task_new(struct instance *instance,
		      const struct task_request *request, uint64_t number);

/* Takes it out of its list and frees it; its process is not touched. */
void task_free(struct task *task);

/* Starts its process. Returns 0, or -1: then its result says why not. */
int task_launch(struct task *task);

/* Says how it ended to who wants to know, once. */
void task_tell(struct task *task);

/* Kills the whole of it. */
void task_kill_tree(struct task *task);

/* Its main process has ended, and is reaped. */
void task_ended(struct task *task, const siginfo_t *info);

/* Has the sweeper kill what is left of it. */
void task_sweep(struct task *task);

/* The task goes when it is reaped and nothing of it is left. */
void task_leave_when_over(struct task *task);

#endif
