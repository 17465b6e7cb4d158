#include "config.h"

#include "supervisor/task.h"

#include "base/clock.h"
#include "base/list.h"
#include "supervisor/cgroup.h"
#include "supervisor/helpers.h"
#include "supervisor/instance.h"
#include "supervisor/run-request.h"
#include "supervisor/shutdown.h"
#include "supervisor/spawn.h"

#include <errno.h>
#include <event2/event.h>
#include <event2/event_struct.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	RUNNING_MAX = 64,
	WAITING_MAX = 256,
	/* How much output is read before others have their turn. */
	READ_AT_ONCE = 64 * 1024,
};

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

/* ---- coming and going ---- */

static void free_list(char **list)
{
	for (size_t i = 0; list && list[i]; i++)
		free(list[i]);
	free(list);
}

/* Lets go of what only the start needs. */
static void forget_request(struct task *task)
{
	free_list(task->argv);
	free_list(task->envp);
	free(task->directory);
	task->argv = NULL;
	task->envp = NULL;
	task->directory = NULL;
}

static void close_output(struct task *task)
{
	if (task->output_fd < 0)
		return;
	event_del(&task->readable);
	close(task->output_fd);
	task->output_fd = -1;
}

static void close_pidfd(struct task *task)
{
	if (task->pidfd < 0)
		return;
	event_del(&task->exit);
	close(task->pidfd);
	task->pidfd = -1;
}

static void task_free(struct task *task)
{
	forget_request(task);
	close_output(task);
	close_pidfd(task);
	event_del(&task->deadline);
	list_remove(&task->link);
	free(task);
}

/* A copy of a list with `extra` (which it takes over) at its end. */
static char **copy_list(char *const *list, char *extra)
{
	size_t count = 0;
	char **copy;

	while (list[count])
		count++;
	copy = calloc(count + 2, sizeof(*copy));
	for (size_t i = 0; copy && i < count; i++) {
		copy[i] = strdup(list[i]);
		if (!copy[i]) {
			free_list(copy);
			copy = NULL;
		}
	}
	if (copy)
		copy[count] = extra;
	else
		free(extra);
	return copy;
}

static char *mark_of(const struct task *task)
{
	char text[40];

	snprintf(text, sizeof(text), "REEVE_TASK=%" PRIu64,
		 task->number & ~TASK_NUMBER_BIT);
	return strdup(text);
}

static int copy_request(struct task *task, const struct task_request *request)
{
	task->timeout_ns = request->timeout_ns;
	task->done = request->done;
	task->context = request->context;
	task->as = request->as;
	task->argv = copy_list(request->argv, NULL);
	task->envp = copy_list(request->envp, mark_of(task));
	if (request->directory)
		task->directory = strdup(request->directory);
	if (!task->argv || !task->envp ||
	    (request->directory && !task->directory))
		return -1;
	return 0;
}

/* ---- the end ---- */

static void tell(struct task *task)
{
	task_done_fn *done = task->done;

	task->done = NULL;
	task->output[task->result.output_size] = '\0';
	task->result.output = task->output;
	if (task->started_ns > 0)
		task->result.duration_ns =
			clock_monotonic_ns() - task->started_ns;
	if (done)
		done(&task->result, task->context);
}

/* The task is gone when it is reaped and nothing of it is left. */
static void leave_when_over(struct task *task)
{
	struct instance *instance = task->instance;
	struct tasks *tasks = instance->tasks;

	if (task->pid > 0 || task->sweeping)
		return;
	tasks->slots &= ~(UINT64_C(1) << task->slot);
	task_free(task);
	if (tasks->waiting_count > 0)
		event_active(tasks->step, EV_TIMEOUT, 0);
	if (instance->phase >= PHASE_STOPPING)
		shutdown_go_on(instance);
}

static void sweep(struct task *task)
{
	task->sweeping = true;
	task->sweep_sent = helpers_send_task_sweep(task->instance, task->number,
						   task->pid, task->slot);
}

static bool has_leftovers(const struct task *task)
{
	const struct instance *instance = task->instance;

	return !instance->use_cgroups ||
	       cgroup_is_populated(&instance->cgroups, TASK_POOL, task->slot);
}

/* Takes what output there is. */
static void read_output(struct task *task)
{
	struct task_result *result = &task->result;

	for (size_t taken = 0; taken < READ_AT_ONCE;) {
		char rest[4096];
		size_t room = TASK_OUTPUT_MAX - result->output_size;
		ssize_t size =
			room > 0
				? read(task->output_fd,
				       task->output + result->output_size, room)
				: read(task->output_fd, rest, sizeof(rest));

		if (size < 0 && errno == EINTR)
			continue;
		if (size < 0 && errno == EAGAIN)
			return;
		if (size <= 0) {
			close_output(task);
			return;
		}
		taken += (size_t)size;
		if (room > 0)
			result->output_size += (size_t)size;
		else
			result->output_cut = true;
	}
}

/* Its main process has ended, and is reaped. */
static void ended(struct task *task, const siginfo_t *info)
{
	bool exited = info->si_code == CLD_EXITED;

	task->pid = 0;
	close_pidfd(task);
	event_del(&task->deadline);
	if (!task->result.timed_out) {
		task->result.code = exited ? info->si_status : -1;
		task->result.signal = exited ? 0 : info->si_status;
	}
	if (task->output_fd >= 0)
		read_output(task);
	close_output(task);
	if (!task->sweeping && has_leftovers(task))
		sweep(task);
	tell(task);
	leave_when_over(task);
}

static void on_exit_ready(evutil_socket_t fd, short what, void *context)
{
	struct task *task = context;
	siginfo_t info = {.si_pid = 0};

	(void)what;
	if (waitid(P_PIDFD, (id_t)fd, &info, WEXITED | WNOHANG) == 0 &&
	    info.si_pid > 0)
		ended(task, &info);
}

/* Kills the whole of it. */
static void kill_tree(struct task *task)
{
	event_del(&task->deadline);
	close_output(task);
	if (task->pidfd >= 0)
		syscall(SYS_pidfd_send_signal, task->pidfd, SIGKILL, NULL, 0);
	else if (task->pid > 0)
		kill(task->pid, SIGKILL);
	if (!task->sweeping)
		sweep(task);
}

static void on_deadline(evutil_socket_t fd, short what, void *context)
{
	struct task *task = context;

	(void)fd;
	(void)what;
	task->result.timed_out = true;
	task->result.code = -1;
	if (task->output_fd >= 0)
		read_output(task);
	kill_tree(task);
	tell(task);
}

static void on_readable(evutil_socket_t fd, short what, void *context)
{
	(void)fd;
	(void)what;
	read_output(context);
}

/* ---- the start ---- */

static int fail(struct task *task, const struct spawn_failure *failure)
{
	snprintf(task->result.failure, sizeof(task->result.failure),
		 "cannot run%s%.200s: %s: %s", *failure->object ? " " : "",
		 failure->object, failure->step,
		 strerror(failure->error_number));
	return -1;
}

static int spawn_task(struct task *task, int output,
		      struct spawn_result *result)
{
	struct instance *instance = task->instance;
	struct spawn_rlimit rlimits[RLIM_NLIMITS] = {
		{RLIMIT_NOFILE, instance->nofile}};
	struct spawn_failure failure;
	const int fds[] = {instance->null_fd, output, output};
	struct spawn_request request = {
		.argv = task->argv,
		.envp = task->envp,
		.directory = task->directory,
		.fds = fds,
		.fd_count = 3,
		.umask = -1,
		.rlimits = rlimits,
		.rlimit_count = 1,
		.detached = true,
		.cgroup = -1,
	};
	struct error ignored;
	int status;

	if (task->as)
		run_request_fill(&request, task->as, rlimits);
	if (instance->use_cgroups)
		request.cgroup = cgroup_open(&instance->cgroups, TASK_POOL,
					     task->slot, &ignored);
	status = spawn(&request, result, &failure);
	if (request.cgroup >= 0)
		close(request.cgroup);
	return status < 0 ? fail(task, &failure) : 0;
}

static void watch(struct task *task)
{
	struct event_base *base = task->instance->base;
	struct timeval delay = {
		.tv_sec = task->timeout_ns / 1000000000,
		.tv_usec = task->timeout_ns % 1000000000 / 1000,
	};

	event_assign(&task->readable, base, task->output_fd,
		     EV_READ | EV_PERSIST, on_readable, task);
	event_priority_set(&task->readable, PRIORITY_REQUEST);
	event_add(&task->readable, NULL);
	event_add(&task->deadline, &delay);
	if (task->pidfd < 0)
		return;
	event_assign(&task->exit, base, task->pidfd, EV_READ | EV_PERSIST,
		     on_exit_ready, task);
	event_priority_set(&task->exit, PRIORITY_REQUEST);
	event_add(&task->exit, NULL);
}

static int launch(struct task *task)
{
	struct spawn_result result = {.pid = 0, .pidfd = -1};
	int ends[2];
	int status;

	if (pipe2(ends, O_CLOEXEC) < 0) {
		const struct spawn_failure failure = {.step = "pipe",
						      .error_number = errno};

		return fail(task, &failure);
	}
	fcntl(ends[0], F_SETFL, O_NONBLOCK);
	task->started_ns = clock_monotonic_ns();
	status = spawn_task(task, ends[1], &result);
	close(ends[1]);
	if (status < 0) {
		close(ends[0]);
		return -1;
	}
	task->result.started = true;
	task->pid = result.pid;
	task->pidfd = result.pidfd;
	task->output_fd = ends[0];
	forget_request(task);
	watch(task);
	return 0;
}

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
	if (launch(task) < 0) {
		tell(task);
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
	task = calloc(1, sizeof(*task));
	if (!task)
		return NULL;
	task->instance = instance;
	task->number = ++tasks->last_number | TASK_NUMBER_BIT;
	task->pidfd = -1;
	task->output_fd = -1;
	event_assign(&task->deadline, instance->base, -1, 0, on_deadline, task);
	event_priority_set(&task->deadline, PRIORITY_REQUEST);
	if (copy_request(task, request) < 0) {
		task_free(task);
		return NULL;
	}
	list_append(&tasks->waiting, &task->link);
	tasks->waiting_count++;
	event_active(tasks->step, EV_TIMEOUT, 0);
	return task;
}

void task_cancel(struct task *task)
{
	task->done = NULL;
	if (task->started_ns > 0) {
		kill_tree(task);
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
			ended(task, info);
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
			sweep(task);
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
		leave_when_over(task);
		return;
	}
}
