#include "config.h"

#include "supervisor/process.h"

#include "base/clock.h"
#include "supervisor/environment.h"
#include "supervisor/gate.h"
#include "supervisor/handed.h"
#include "supervisor/helpers.h"
#include "supervisor/instance.h"
#include "supervisor/loop.h"
#include "supervisor/main-process.h"
#include "supervisor/mini-init.h"
#include "supervisor/notify-socket.h"
#include "supervisor/numbers.h"
#include "supervisor/output.h"
#include "supervisor/placing.h"
#include "supervisor/publish.h"
#include "supervisor/run-request.h"
#include "supervisor/sockets.h"
#include "supervisor/task.h"
#include "supervisor/watch.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/mempolicy.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* Not in every libc's headers. */
#ifndef P_PIDFD
#define P_PIDFD 3
#endif

static struct process *process_of(const struct worker *worker)
{
	return worker->process;
}

/* ---- ends ---- */

/* waitid(2) with the rusage that the C library leaves out. */
static int wait_for(idtype_t type, int id, siginfo_t *info, int options,
		    struct rusage *usage)
{
	info->si_pid = 0;
	return (int)syscall(SYS_waitid, type, id, info, options, usage);
}

static void decode_end(const siginfo_t *info, struct run_end *end)
{
	bool exited = info->si_code == CLD_EXITED;

	end->code = exited ? info->si_status : -1;
	end->signal = exited ? 0 : info->si_status;
	end->core = info->si_code == CLD_DUMPED;
}

/* Reaps a process that has ended, unless that is done, and closes its pidfd. */
static void reap(int pidfd)
{
	siginfo_t info;

	wait_for(P_PIDFD, pidfd, &info, WEXITED | WNOHANG, NULL);
	close(pidfd);
}

/* Learns how the start of a child that the supervisor did not wait for went.
 * One that runs its program is ready, where that is all it takes. */
static void take_verdict(struct worker *worker)
{
	struct process *process = process_of(worker);
	struct spawn_failure failure;
	int verdict;

	if (process->verdict_fd < 0)
		return;
	verdict = spawn_read_verdict(process->verdict_fd, &failure);
	if (verdict == 0)
		return;
	if (verdict < 0)
		worker->run.end.failure = failure;
	event_del(&process->verdict);
	close(process->verdict_fd);
	process->verdict_fd = -1;
	worker->run.launching = false;
	placing_move(worker);
	if (verdict > 0 && worker->pool->config->ready.when == READY_STARTED)
		worker_input(worker, INPUT_READY, CAUSE_NONE);
}

/* The main process has ended; how is in run.end. Freeing it takes the kernel
 * so long that the next run is started first. */
static void process_ended(struct worker *worker)
{
	struct run *run = &worker->run;
	int pidfd = run->pidfd;

	/* Out of epoll before it is closed: a child that is starting still
	 * shares the file. */
	if (pidfd >= 0)
		event_del(&process_of(worker)->exit);
	run->pidfd = -1;
	take_verdict(worker);
	limits_ended(worker);
	if (worker->pool->hidden)
		helpers_disconnect(worker);
	else
		output_end(worker, run->pair);
	worker_input(worker, INPUT_ENDED, CAUSE_NONE);
	if (!worker->pool->hidden)
		helpers_tell_output(worker);
	if (pidfd >= 0)
		reap(pidfd);
}

/* Learns how the main process has ended; returns whether it has. */
static bool learn_end(struct run *run)
{
	siginfo_t info;

	if (wait_for(P_PIDFD, run->pidfd, &info, WEXITED | WNOHANG | WNOWAIT,
		     &run->end.usage) == 0) {
		if (info.si_pid == 0)
			return false;
		decode_end(&info, &run->end);
		return true;
	}
	if (errno != ECHILD)
		return false;
	main_process_learn_end(run);
	return true;
}

static void on_exit_ready(evutil_socket_t fd, short what, void *context)
{
	struct worker *worker = context;
	pid_t pid = worker->run.pid;

	(void)fd;
	(void)what;
	/* It may have said who takes its place. */
	notify_drain(worker);
	if (worker->run.pid == pid && learn_end(&worker->run))
		process_ended(worker);
}

static struct worker *find_by_pid(const struct instance *instance, pid_t pid)
{
	for (size_t i = 0; i < instance->pool_count; i++) {
		const struct pool *pool = instance->pools[i];

		for (uint32_t j = 0; j < pool->count; j++)
			if (pool->workers[j]->run.pid == pid)
				return pool->workers[j];
	}
	return NULL;
}

void process_reap_all(struct instance *instance)
{
	struct rusage usage;
	siginfo_t info;

	while (wait_for(P_ALL, 0, &info, WEXITED | WNOHANG, &usage) == 0 &&
	       info.si_pid > 0) {
		struct worker *worker = find_by_pid(instance, info.si_pid);

		if (!worker) {
			tasks_reaped(instance, &info);
			continue;
		}
		notify_drain(worker);
		if (worker->run.pid != info.si_pid)
			continue;
		worker->run.end.usage = usage;
		decode_end(&info, &worker->run.end);
		process_ended(worker);
	}
}

/* ---- starts ---- */

static int fail(struct spawn_failure *failure, const char *step,
		const char *object)
{
	failure->step = step;
	failure->error_number = errno;
	snprintf(failure->object, sizeof(failure->object), "%s", object);
	return -1;
}

static bool has_run(const struct pool *pool)
{
	for (uint32_t i = 0; i < pool->count; i++)
		if (pool->workers[i]->run.pid > 0)
			return true;
	return false;
}

static void hand_sockets(const struct pool *pool, struct handed *handed)
{
	size_t count = sockets_count(pool->sockets);

	/* What a former run has made of them is not for the next one. */
	if (count > 0 && !has_run(pool))
		sockets_make_blocking(pool->sockets);
	for (size_t i = 0; i < count; i++)
		handed_add(handed, sockets_fd(pool->sockets, i),
			   sockets_name(pool->sockets, i));
}

/* What a run's three standard streams and its further descriptors are. */
static int prepare_fds(struct worker *worker, struct handed *out,
		       struct spawn_failure *failure)
{
	struct run *run = &worker->run;
	int null = worker->pool->instance->null_fd;

	out->count = 3;
	out->names[0] = '\0';
	if (worker->pool->hidden) {
		out->fds[0] = null;
		out->fds[1] = out->fds[2] = 2;
		out->count = 5;
		return helpers_connect(worker, out->fds + 3) < 0
			       ? fail(failure, "socketpair", "")
			       : 0;
	}
	run->pair = (unsigned)worker_free_output(worker);
	if (worker->pool->config->log.format == LOG_INHERIT) {
		out->fds[0] = mini_init_is_pool(worker->pool) ? 0 : null;
		out->fds[1] = 1;
		out->fds[2] = 2;
		hand_sockets(worker->pool, out);
		return 0;
	}
	if (output_open(worker, run->pair, run->number) < 0)
		return fail(failure, "mkfifo", "output of the worker");
	out->fds[0] = null;
	out->fds[1] = worker->outputs[run->pair].fds[0];
	out->fds[2] = worker->outputs[run->pair].fds[1];
	hand_sockets(worker->pool, out);
	return 0;
}

static bool is_about_cgroup(const struct spawn_failure *failure)
{
	static const int numbers[] = {EACCES, EBUSY,  EOPNOTSUPP,
				      ENOENT, ENODEV, EINVAL};

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		if (failure->error_number == numbers[i])
			return strcmp(failure->step, "clone3") == 0;
	return false;
}

static int open_cgroup(struct worker *worker)
{
	struct instance *instance = worker->pool->instance;
	struct error error;
	int fd;

	if (worker->pool->hidden || !instance->use_cgroups)
		return -1;
	fd = cgroup_open(&instance->cgroups, worker->pool->config->name,
			 worker->index, &error);
	/* Where only descriptors are short, the start fails by itself. */
	if (fd < 0 && errno != EMFILE && errno != ENFILE) {
		instance->use_cgroups = false;
		publish_warning(instance, "going on without cgroups: %s",
				error.text);
	}
	return fd;
}

/* Runs the program, in its cgroup where that can be. */
static int spawn_in_cgroup(struct worker *worker, struct spawn_request *request,
			   struct spawn_result *result,
			   struct spawn_failure *failure)
{
	struct instance *instance = worker->pool->instance;
	int status;

	request->cgroup = open_cgroup(worker);
	status = limits_prepare(worker, request, failure);
	if (status == 0)
		status = spawn(request, result, failure);
	if (request->cgroup >= 0)
		close(request->cgroup);
	/* Where limits depend on it, there is no going on without. */
	if (status == 0 || request->cgroup < 0 || !is_about_cgroup(failure) ||
	    process_of(worker)->limits.set != 0) {
		limits_prepared(worker);
		return status;
	}
	limits_prepared(worker);
	instance->use_cgroups = false;
	publish_warning(instance, "going on without cgroups: %s: %s",
			failure->step, strerror(failure->error_number));
	request->cgroup = -1;
	return spawn(request, result, failure);
}

static void fill_memory(struct spawn_request *request,
			const struct pool_config *config, int node)
{
	enum affinity_memory memory = config->affinity.memory;

	if (node < 0 || memory == MEMORY_NONE)
		return;
	request->memory_policy =
		memory == MEMORY_BIND ? MPOL_BIND : MPOL_PREFERRED;
	request->memory_node = (unsigned)node;
}

static int run_program(struct worker *worker, const struct handed *handed,
		       struct run_offer *offer, struct spawn_result *result,
		       struct spawn_failure *failure)
{
	const struct pool_config *config = worker->pool->config;
	struct instance *instance = worker->pool->instance;
	struct run_arguments arguments = environment_make(
		instance->environment, worker, worker->run.number, offer);
	struct spawn_request request = {
		.argv = arguments.argv,
		.envp = arguments.envp,
		.pid_places = arguments.pid_places,
		.pid_place_count = arguments.pid_place_count,
		.directory = config->directory,
		.fds = handed->fds,
		.fd_count = handed->count,
		.cpus = process_of(worker)->placed ? &process_of(worker)->cpus
						   : NULL,
		.detached = true,
	};
	struct spawn_rlimit rlimits[RLIM_NLIMITS];

	run_request_fill(&request, worker, rlimits);
	fill_memory(&request, config, process_of(worker)->node);
	return spawn_in_cgroup(worker, &request, result, failure);
}

static void on_verdict(evutil_socket_t fd, short what, void *context)
{
	(void)fd;
	(void)what;
	take_verdict(context);
}

static void watch_verdict(struct worker *worker, int fd)
{
	struct process *process = process_of(worker);

	process->verdict_fd = fd;
	if (fd < 0)
		return;
	event_assign(&process->verdict, worker->pool->instance->base, fd,
		     EV_READ | EV_PERSIST, on_verdict, worker);
	event_priority_set(&process->verdict, PRIORITY_REQUEST);
	event_add(&process->verdict, NULL);
}

static void watch_exit(struct worker *worker)
{
	struct process *process = process_of(worker);

	if (worker->run.pidfd < 0)
		return;
	event_assign(&process->exit, worker->pool->instance->base,
		     worker->run.pidfd, EV_READ, on_exit_ready, worker);
	event_priority_set(&process->exit, PRIORITY_EXIT);
	event_add(&process->exit, NULL);
}

void process_follow(struct worker *worker, pid_t pid, int pidfd)
{
	/* Out of epoll before it is closed: see process_ended(). */
	event_del(&process_of(worker)->exit);
	close(worker->run.pidfd);
	worker->run.pid = pid;
	worker->run.pidfd = pidfd;
	watch_exit(worker);
}

static int kernel_spawn(struct worker *worker, struct spawn_failure *failure)
{
	const struct pool_config *config = worker->pool->config;
	struct instance *instance = worker->pool->instance;
	struct run *run = &worker->run;
	struct spawn_result result = {.pid = 0, .pidfd = -1, .verdict = -1};
	struct run_offer offer = {.notify_socket = NULL};
	struct handed handed;
	int status;

	run->number = numbers_next_run(instance->numbers);
	run->config = worker->pool->config_number ? worker->pool->config_number
						  : instance->config_number;
	run->end = (struct run_end){.code = -1};
	run->started_ns = clock_monotonic_ns();
	run->started_us = clock_real_us();
	run->stop_signal = config->stop.signal;
	run->stop_timeout_ns = config->stop.timeout_ns;
	if (notify_begin_run(worker, &offer) < 0)
		return fail(failure, "notify", "the notify socket");
	if (prepare_fds(worker, &handed, failure) < 0)
		return -1;
	notify_hand(worker, &handed);
	offer.listen_fds = worker->pool->hidden ? 0 : handed.count - 3;
	offer.listen_names = handed.names;
	status = run_program(worker, &handed, &offer, &result, failure);
	run->pid = status == 0 ? result.pid : 0;
	process_of(worker)->settled = process_of(worker)->cpus;
	process_of(worker)->moving = false;
	run->pidfd = status == 0 ? result.pidfd : -1;
	run->launching = result.verdict >= 0;
	if (status == 0) {
		watch_exit(worker);
		watch_verdict(worker, result.verdict);
	}
	if (worker->pool->hidden) {
		helpers_connected(worker, status == 0);
		return status;
	}
	if (status < 0)
		output_end(worker, run->pair);
	helpers_tell_output(worker);
	if (!worker->outputs[run->pair ^ 1].made ||
	    publish_wants_prepare(instance->publish))
		loop_prepare(instance);
	return status;
}

/* ---- the rest of the kernel ---- */

/* From -1 to 1. The low digits of the clock are as good as any chance for
 * workers that shall not start in step; mixed as in splitmix64. */
static double chance(void)
{
	uint64_t number = (uint64_t)clock_monotonic_ns();

	number = (number ^ (number >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	number = (number ^ (number >> 27)) * UINT64_C(0x94d049bb133111eb);
	return (double)(number >> 11) / (double)(UINT64_C(1) << 52) - 1;
}

static void send_signal(struct worker *worker, int number)
{
	const struct run *run = &worker->run;

	if (run->pidfd >= 0)
		syscall(SYS_pidfd_send_signal, run->pidfd, number, NULL, 0);
	else if (run->pid > 0)
		kill(run->pid, number);
}

static void on_timer(evutil_socket_t fd, short what, void *context)
{
	struct worker *worker = context;

	(void)fd;
	(void)what;
	worker_input(worker, INPUT_TIMER, CAUSE_NONE);
}

static void set_timer(struct worker *worker, int64_t delay_ns)
{
	struct process *process = process_of(worker);
	struct timeval delay = {
		.tv_sec = delay_ns / 1000000000,
		/* Rounded up: a timer must not be early. */
		.tv_usec = (delay_ns % 1000000000 + 999) / 1000,
	};

	if (delay_ns < 0) {
		event_del(&process->timer);
		return;
	}
	if (delay.tv_usec == 1000000)
		delay = (struct timeval){delay.tv_sec + 1, 0};
	event_add(&process->timer, &delay);
}

static bool has_leftovers(struct worker *worker)
{
	const struct instance *instance = worker->pool->instance;

	if (worker->pool->hidden)
		return false;
	/* Without cgroups only the sweeper's search can tell. */
	return !instance->use_cgroups ||
	       cgroup_is_populated(&instance->cgroups,
				   worker->pool->config->name, worker->index);
}

const struct kernel process_kernel = {
	.now_ns = clock_monotonic_ns,
	.now_us = clock_real_us,
	.chance = chance,
	.spawn = kernel_spawn,
	.send_signal = send_signal,
	.set_timer = set_timer,
	.has_leftovers = has_leftovers,
	.sweep = helpers_send_sweep,
	.may_start = gate_may_start,
	.gather_evidence = helpers_send_evidence,
	.report = publish_worker_event,
	.changed = instance_worker_changed,
};

/* ---- coming and going of workers ---- */

void process_configure(struct worker *worker)
{
	const struct worker_place *place =
		placement_of(&worker->pool->placement, worker->index);
	struct process *process = process_of(worker);

	process->placed = place != NULL;
	process->cpus = place ? place->cpus : worker->pool->instance->cpus;
	process->node = place ? place->node : -1;
}

int process_init(struct worker *worker)
{
	struct process *process = calloc(1, sizeof(*process));

	if (!process)
		return -1;
	worker->process = process;
	process->verdict_fd = -1;
	event_assign(&process->timer, worker->pool->instance->base, -1, 0,
		     on_timer, worker);
	event_priority_set(&process->timer, PRIORITY_EXIT);
	watch_init(worker);
	process_configure(worker);
	return 0;
}

void process_release(struct worker *worker)
{
	struct process *process = process_of(worker);
	const struct instance *instance = worker->pool->instance;

	event_del(&process->timer);
	gate_forget(worker);
	notify_release(worker);
	watch_release(worker);
	if (worker->run.pidfd >= 0) {
		event_del(&process->exit);
		close(worker->run.pidfd);
	}
	if (process->verdict_fd >= 0) {
		event_del(&process->verdict);
		close(process->verdict_fd);
	}
	if (!worker->pool->hidden) {
		output_remove(worker);
		limits_forget(worker);
		if (instance->use_cgroups)
			cgroup_remove(&instance->cgroups,
				      worker->pool->config->name,
				      worker->index);
	}
	free(process);
}
