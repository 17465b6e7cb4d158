#include "config.h"

#include "supervisor/process.h"

#include "base/clock.h"
#include "supervisor/gate.h"
#include "supervisor/health.h"
#include "supervisor/helpers.h"
#include "supervisor/instance.h"
#include "supervisor/launch.h"
#include "supervisor/notify-socket.h"
#include "supervisor/output.h"
#include "supervisor/publish.h"
#include "supervisor/reaper.h"
#include "supervisor/verdict.h"
#include "supervisor/watch.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

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

static void set_timer(struct worker *worker, int64_t delay_ns)
{
	struct process *process = worker->process;
	struct timeval delay;

	if (delay_ns < 0) {
		event_del(&process->timer);
		return;
	}
	process->due_ns = clock_monotonic_ns() + delay_ns;
	delay = clock_timeval(delay_ns);
	event_add(&process->timer, &delay);
}

/* The loop's clock is coarse: its timers may go off some milliseconds early. */
static void on_timer(evutil_socket_t fd, short what, void *context)
{
	struct worker *worker = context;
	const struct process *process = worker->process;
	int64_t left_ns = process->due_ns - clock_monotonic_ns();

	(void)fd;
	(void)what;
	if (left_ns > 0)
		set_timer(worker, left_ns);
	else
		worker_input(worker, INPUT_TIMER, CAUSE_NONE);
}

const struct kernel process_kernel = {
	.now_ns = clock_monotonic_ns,
	.now_us = clock_real_us,
	.chance = chance,
	.spawn = launch_run,
	.send_signal = send_signal,
	.set_timer = set_timer,
	.has_leftovers = remains_exist,
	.sweep = helpers_send_sweep,
	.may_start = gate_may_start,
	.say_missing = health_say_missing,
	.gather_evidence = helpers_send_evidence,
	.report = publish_worker_event,
	.changed = instance_worker_changed,
};

/* ---- coming and going of workers ---- */

void process_configure(struct worker *worker)
{
	const struct worker_place *place =
		placement_of(&worker->pool->placement, worker->index);
	struct process *process = worker->process;

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
	remains_init(worker);
	watch_init(worker);
	process_configure(worker);
	return 0;
}

void process_release(struct worker *worker)
{
	struct process *process = worker->process;
	const struct instance *instance = worker->pool->instance;

	event_del(&process->timer);
	gate_forget(worker);
	notify_release(worker);
	watch_release(worker);
	reaper_forget(worker);
	verdict_forget(worker);
	remains_forget(worker);
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
