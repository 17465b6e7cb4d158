#include "config.h"

#include "supervisor/task-state.h"

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

/* How much output is read before others have their turn. */
enum { READ_AT_ONCE = 64 * 1024 };

/* ---- coming and going ---- */

static void on_deadline(evutil_socket_t fd, short what, void *context);

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

void task_free(struct task *task)
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

struct task *task_new(struct instance *instance,
		      const struct task_request *request, uint64_t number)
{
	struct task *task = calloc(1, sizeof(*task));

	if (!task)
		return NULL;
	task->instance = instance;
	task->number = number;
	task->pidfd = -1;
	task->output_fd = -1;
	event_assign(&task->deadline, instance->base, -1, 0, on_deadline, task);
	event_priority_set(&task->deadline, PRIORITY_REQUEST);
	if (copy_request(task, request) < 0) {
		task_free(task);
		return NULL;
	}
	return task;
}

/* ---- the end ---- */

void task_tell(struct task *task)
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

void task_leave_when_over(struct task *task)
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

void task_sweep(struct task *task)
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

void task_ended(struct task *task, const siginfo_t *info)
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
		task_sweep(task);
	task_tell(task);
	task_leave_when_over(task);
}

static void on_exit_ready(evutil_socket_t fd, short what, void *context)
{
	struct task *task = context;
	siginfo_t info = {.si_pid = 0};

	(void)what;
	if (waitid(P_PIDFD, (id_t)fd, &info, WEXITED | WNOHANG) == 0 &&
	    info.si_pid > 0)
		task_ended(task, &info);
}

void task_kill_tree(struct task *task)
{
	event_del(&task->deadline);
	close_output(task);
	if (task->pidfd >= 0)
		syscall(SYS_pidfd_send_signal, task->pidfd, SIGKILL, NULL, 0);
	else if (task->pid > 0)
		kill(task->pid, SIGKILL);
	if (!task->sweeping)
		task_sweep(task);
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
	task_kill_tree(task);
	task_tell(task);
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
	task->result.short_of = failure->error_number == EMFILE ||
				failure->error_number == ENFILE ||
				failure->error_number == ENOMEM ||
				failure->error_number == EAGAIN;
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
	const struct timeval delay = clock_timeval(task->timeout_ns);

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

int task_launch(struct task *task)
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
