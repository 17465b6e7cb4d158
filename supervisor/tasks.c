#include "config.h"

#include "supervisor/task-state.h"

#include "supervisor/instance.h"

#include <signal.h>
#include <stdlib.h>

enum { RUNNING_MAX = 64, WAITING_MAX = 256 };

/* ---- their turn ---- */

static unsigned free_slot(const struct tasks *tasks)
{
	unsigned slot = 0;

	while (slot < RUNNING_MAX && tasks->slots & (UINT64_C(1) << slot))
		slot++;
	return slot;
}

/* Starts one of those that wait, if there is room. */
static bool start_one(struct tasks *tasks)
{
	unsigned slot = free_slot(tasks);
	struct task *task;

	if (slot == RUNNING_MAX || list_is_empty(&tasks->waiting))
		return false;
	task = list_entry(tasks->waiting.next, struct task, link);
	list_remove(&task->link);
	tasks->waiting_count--;
	task->slot = slot;
	if (task_launch(task) < 0) {
		task_tell(task);
		task_free(task);
		return true;
	}
	tasks->slots |= UINT64_C(1) << slot;
	list_append(&tasks->running, &task->link);
	return true;
}

static void on_step(evutil_socket_t fd, short what, void *context)
{
	struct tasks *tasks = context;
	const struct timeval now = {0, 0};

	(void)fd;
	(void)what;
	/* One at a time: deaths come first. */
	if (start_one(tasks) && tasks->waiting_count > 0)
		event_add(tasks->step, &now);
}

struct task *task_start(struct instance *instance,
			const struct task_request *request)
{
	struct tasks *tasks = instance->tasks;
	struct task *task;

	if (tasks->waiting_count >= WAITING_MAX)
		return NULL;
	task = task_new(instance, request,
			++tasks->last_number | TASK_NUMBER_BIT);
	if (!task)
		return NULL;
	list_append(&tasks->waiting, &task->link);
	tasks->waiting_count++;
	event_active(tasks->step, EV_TIMEOUT, 0);
	return task;
}

void task_cancel(struct task *task)
{
	task->done = NULL;
	if (task->started_ns > 0) {
		task_kill_tree(task);
		return;
	}
	task->instance->tasks->waiting_count--;
	task_free(task);
}

/* ---- all of them ---- */

struct tasks *tasks_open(struct instance *instance, struct error *error)
{
	struct tasks *tasks = calloc(1, sizeof(*tasks));

	if (tasks)
		tasks->step = event_new(instance->base, -1, 0, on_step, tasks);
	if (!tasks || !tasks->step) {
		free(tasks);
		error_set(error, "cannot prepare tasks: out of memory");
		return NULL;
	}
	event_priority_set(tasks->step, PRIORITY_REQUEST);
	tasks->instance = instance;
	list_init(&tasks->waiting);
	list_init(&tasks->running);
	return tasks;
}

void tasks_cancel_all(struct instance *instance)
{
	struct tasks *tasks = instance->tasks;
	struct list_link *link;

	while (!list_is_empty(&tasks->waiting))
		task_cancel(list_entry(tasks->waiting.next, struct task, link));
	for (link = tasks->running.next; link != &tasks->running;
	     link = link->next)
		task_cancel(list_entry(link, struct task, link));
}

void tasks_close(struct tasks *tasks)
{
	if (!tasks)
		return;
	while (!list_is_empty(&tasks->waiting))
		task_free(list_entry(tasks->waiting.next, struct task, link));
	while (!list_is_empty(&tasks->running)) {
		struct task *task =
			list_entry(tasks->running.next, struct task, link);

		if (task->pid > 0)
			kill(task->pid, SIGKILL);
		task_free(task);
	}
	event_free(tasks->step);
	free(tasks);
}

bool tasks_are_busy(const struct instance *instance)
{
	return !list_is_empty(&instance->tasks->waiting) ||
	       !list_is_empty(&instance->tasks->running);
}

void tasks_reaped(struct instance *instance, const siginfo_t *info)
{
	struct tasks *tasks = instance->tasks;
	struct list_link *link;

	if (!tasks)
		return;
	for (link = tasks->running.next; link != &tasks->running;
	     link = link->next) {
		struct task *task = list_entry(link, struct task, link);

		if (task->pid == info->si_pid) {
			task_ended(task, info);
			return;
		}
	}
}

void tasks_send_sweeps(struct instance *instance, bool anew)
{
	struct tasks *tasks = instance->tasks;
	struct list_link *link;

	for (link = tasks->running.next; link != &tasks->running;
	     link = link->next) {
		struct task *task = list_entry(link, struct task, link);

		if (task->sweeping && (anew || !task->sweep_sent))
			task_sweep(task);
	}
}

void tasks_swept(struct instance *instance, uint64_t number)
{
	struct tasks *tasks = instance->tasks;
	struct list_link *link;

	for (link = tasks->running.next; link != &tasks->running;
	     link = link->next) {
		struct task *task = list_entry(link, struct task, link);

		if (task->number != number)
			continue;
		task->sweeping = false;
		task_leave_when_over(task);
		return;
	}
}
