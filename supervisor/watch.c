#include "config.h"

#include "supervisor/watch.h"

#include "base/clock.h"
#include "base/duration.h"
#include "supervisor/instance.h"
#include "supervisor/pool.h"
#include "supervisor/process.h"
#include "supervisor/publish.h"

#include <event2/event.h>
#include <string.h>

static void report(struct worker *worker, const struct message *message)
{
	struct event_record event = {
		.kind = EVENT_WATCH,
		.cause = message->cause,
		.text = {message->text, strlen(message->text)},
	};

	publish_worker_event(worker, &event);
}

void watch_told(struct worker *worker, const struct message *message)
{
	enum gauge gauge = gauge_of_cause((enum end_cause)message->cause);
	const struct bound_config *bound;

	if (gauge == GAUGE_COUNT || worker->run.pid <= 0 ||
	    worker->run.number != message->run)
		return;
	bound = &worker->pool->config->watch.bounds[gauge];
	if (bound->over >= 0 && bound->action == ACTION_RESTART)
		worker_end(worker, gauge_cause(gauge), "%s", message->text);
	else if (bound->over >= 0)
		report(worker, message);
}

/* ---- lifetime ---- */

static void on_end_of_life(evutil_socket_t fd, short what, void *context)
{
	struct worker *worker = context;
	struct process *process = worker->process;
	int64_t left_ns = process->lifetime_due_ns - worker->kernel->now_ns();
	const struct timeval rest = clock_timeval(left_ns);
	char age[DURATION_TEXT_SIZE];

	(void)fd;
	(void)what;
	/* Timers of the loop go off early by what its clock is coarse. */
	if (left_ns > 0) {
		event_add(&process->lifetime, &rest);
		return;
	}
	duration_format_short(worker->kernel->now_ns() - worker->run.started_ns,
			      age);
	worker_end(worker, CAUSE_LIFETIME, "has lived for %s", age);
}

void watch_init(struct worker *worker)
{
	struct process *process = worker->process;

	event_assign(&process->lifetime, worker->pool->instance->base, -1, 0,
		     on_end_of_life, worker);
	event_priority_set(&process->lifetime, PRIORITY_EXIT);
}

void watch_release(struct worker *worker)
{
	struct process *process = worker->process;

	event_del(&process->lifetime);
}

void watch_extend(struct worker *worker, int64_t delay_ns)
{
	struct process *process = worker->process;
	const struct timeval delay = clock_timeval(delay_ns);
	int64_t due_ns = worker->kernel->now_ns() + delay_ns;

	if (!event_pending(&process->lifetime, EV_TIMEOUT, NULL) ||
	    due_ns <= process->lifetime_due_ns)
		return;
	process->lifetime_due_ns = due_ns;
	event_add(&process->lifetime, &delay);
}

void watch_follow(struct worker *worker)
{
	const struct pool_config *config = worker->pool->config;
	struct process *process = worker->process;
	uint64_t run = worker->run.pid > 0 ? worker->run.number : 0;
	double chance, lifetime_ns;
	struct timeval delay;

	if (run == process->lifetime_run)
		return;
	process->lifetime_run = run;
	event_del(&process->lifetime);
	if (run == 0 || config->watch.lifetime.over_ns == 0)
		return;
	/* From 0 to 1. */
	chance = (worker->kernel->chance() + 1) / 2;
	lifetime_ns = (double)config->watch.lifetime.over_ns *
		      (1 + chance * config->watch.lifetime.spread);
	lifetime_ns -=
		(double)(worker->kernel->now_ns() - worker->run.started_ns);
	if (lifetime_ns < 0)
		lifetime_ns = 0;
	process->lifetime_due_ns =
		worker->kernel->now_ns() + (int64_t)lifetime_ns;
	delay = clock_timeval((int64_t)lifetime_ns);
	event_add(&process->lifetime, &delay);
}
