#include "config.h"

#include "supervisor/reaper.h"

#include "supervisor/helpers.h"
#include "supervisor/instance.h"
#include "supervisor/limits.h"
#include "supervisor/main-process.h"
#include "supervisor/notify-socket.h"
#include "supervisor/output.h"
#include "supervisor/process.h"
#include "supervisor/task.h"
#include "supervisor/verdict.h"

#include <errno.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* Not in every libc's headers. */
#ifndef P_PIDFD
#define P_PIDFD 3
#endif

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

/* The next run overwrites what is known of this one. */
static void note_core(struct worker *worker)
{
	const struct run *run = &worker->run;

	if (run->end.core && !worker->pool->hidden)
		worker->core = (struct core_dump){
			.run = run->number,
			.pid = run->pid,
			.signal = run->end.signal,
			.started_us = run->started_us,
		};
}

/* The main process has ended; how is in run.end. Freeing it takes the kernel
 * so long that the next run is started first. */
static void process_ended(struct worker *worker)
{
	struct process *process = worker->process;
	struct run *run = &worker->run;
	int pidfd = run->pidfd;

	/* Out of epoll before it is closed: a child that is starting still
	 * shares the file. */
	if (pidfd >= 0)
		event_del(&process->exit);
	run->pidfd = -1;
	verdict_take(worker);
	limits_ended(worker);
	if (worker->pool->hidden)
		helpers_disconnect(worker);
	else
		output_end(worker, run->pair);
	note_core(worker);
	worker_input(worker, INPUT_ENDED, CAUSE_NONE);
	if (!worker->pool->hidden)
		helpers_tell_output(worker);
	helpers_send_core(worker);
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

void reaper_watch(struct worker *worker)
{
	struct process *process = worker->process;

	if (worker->run.pidfd < 0)
		return;
	event_assign(&process->exit, worker->pool->instance->base,
		     worker->run.pidfd, EV_READ, on_exit_ready, worker);
	event_priority_set(&process->exit, PRIORITY_EXIT);
	event_add(&process->exit, NULL);
}

void reaper_forget(struct worker *worker)
{
	struct process *process = worker->process;

	if (worker->run.pidfd < 0)
		return;
	/* Out of epoll before it is closed: see process_ended(). */
	event_del(&process->exit);
	close(worker->run.pidfd);
	worker->run.pidfd = -1;
}

void reaper_follow(struct worker *worker, pid_t pid, int pidfd)
{
	reaper_forget(worker);
	worker->run.pid = pid;
	worker->run.pidfd = pidfd;
	reaper_watch(worker);
}

struct worker *reaper_find_worker(const struct instance *instance, pid_t pid)
{
	for (size_t i = 0; i < instance->pool_count; i++) {
		const struct pool *pool = instance->pools[i];

		for (uint32_t j = 0; j < pool->count; j++)
			if (pool->workers[j]->run.pid == pid)
				return pool->workers[j];
	}
	return NULL;
}

void reaper_reap_all(struct instance *instance)
{
	struct rusage usage;
	siginfo_t info;

	while (wait_for(P_ALL, 0, &info, WEXITED | WNOHANG, &usage) == 0 &&
	       info.si_pid > 0) {
		struct worker *worker =
			reaper_find_worker(instance, info.si_pid);

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
