#include "config.h"

#include "supervisor/worker.h"

#include "supervisor/pool.h"
#include "supervisor/run-end.h"

#include <assert.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

typedef void action_fn(struct worker *worker, enum end_cause cause);

/* Which states may follow which: one bit for each. */
#define TO(state) (1u << (state))
static const unsigned allowed[WORKER_STATE_COUNT] = {
	[WORKER_STOPPED] = TO(WORKER_STARTING) | TO(WORKER_BACKOFF) |
			   TO(WORKER_FAILED) | TO(WORKER_DONE),
	[WORKER_STARTING] = TO(WORKER_READY) | TO(WORKER_STOPPING) |
			    TO(WORKER_BACKOFF) | TO(WORKER_FAILED) |
			    TO(WORKER_DONE),
	[WORKER_READY] = TO(WORKER_UNHEALTHY) | TO(WORKER_STOPPING) |
			 TO(WORKER_BACKOFF) | TO(WORKER_FAILED) |
			 TO(WORKER_DONE),
	[WORKER_UNHEALTHY] = TO(WORKER_READY) | TO(WORKER_STOPPING) |
			     TO(WORKER_BACKOFF) | TO(WORKER_FAILED) |
			     TO(WORKER_DONE),
	[WORKER_STOPPING] = TO(WORKER_STOPPED) | TO(WORKER_BACKOFF),
	[WORKER_BACKOFF] = TO(WORKER_STARTING) | TO(WORKER_STOPPED) |
			   TO(WORKER_STOPPING) | TO(WORKER_FAILED) |
			   TO(WORKER_DONE),
	[WORKER_FAILED] = TO(WORKER_STARTING) | TO(WORKER_BACKOFF) |
			  TO(WORKER_STOPPED) | TO(WORKER_DONE),
	[WORKER_DONE] = TO(WORKER_STARTING) | TO(WORKER_BACKOFF) |
			TO(WORKER_STOPPED) | TO(WORKER_FAILED),
};

/* The one place where a state changes. The event that tells of it is the
 * caller's: it knows the details. */
static void change_state(struct worker *worker, enum worker_state state,
			 struct event_record *event)
{
	assert(state == worker->state || allowed[worker->state] & TO(state));
	event->state_before = worker->state;
	event->state = state;
	if (state != worker->state)
		worker->state_since_us = worker->kernel->now_us();
	worker->state = state;
	worker->changed = true;
	worker->kernel->report(worker, event);
}

static void change_state_only(struct worker *worker, enum worker_state state)
{
	struct event_record event = {.kind = EVENT_STATE};

	if (state != worker->state)
		change_state(worker, state, &event);
}

bool worker_is_busy(const struct worker *worker)
{
	return worker->run.pid > 0 || worker->sweep_run > 0 ||
	       worker->outputs[0].run > 0 || worker->outputs[1].run > 0;
}

bool worker_is_up(const struct worker *worker)
{
	return worker->state == WORKER_READY || worker->state == WORKER_DONE;
}

int worker_free_output(const struct worker *worker)
{
	/* Alternate, so that the other pair has its time to be drained. */
	unsigned first = worker->run.pair ^ 1;

	if (worker->outputs[first].run == 0)
		return (int)first;
	return worker->outputs[first ^ 1].run == 0 ? (int)(first ^ 1) : -1;
}

void worker_name(const struct worker *worker, char name[WORKER_NAME_SIZE])
{
	snprintf(name, WORKER_NAME_SIZE, "%s/%u", worker->pool->config->name,
		 worker->index);
}

/* ---- starting ---- */

static void follow_policy(struct worker *worker, struct event_record *event,
			  bool crash, int64_t ready_ns);

static void become_ready(struct worker *worker, enum end_cause cause)
{
	struct event_record event = {.kind = EVENT_READY};

	(void)cause;
	worker->run.ready_ns = worker->kernel->now_ns();
	change_state(worker, WORKER_READY, &event);
}

static void not_started(struct worker *worker,
			const struct spawn_failure *failure)
{
	struct event_record event = {
		.kind = EVENT_ENDED,
		.cause = CAUSE_NOT_STARTED,
		.error_number = (uint64_t)failure->error_number,
		.spawned_at_us = (uint64_t)worker->kernel->now_us(),
	};
	struct live_exit *last = &worker->last_exit;

	snprintf(event.step, sizeof(event.step), "%s", failure->step);
	snprintf(event.object, sizeof(event.object), "%s", failure->object);
	snprintf(event.by, sizeof(event.by), "%s", worker->next_reason);
	*last = (struct live_exit){
		.at_us = worker->kernel->now_us(),
		.run = worker->run.number,
		.code = -1,
		.cause = CAUSE_NOT_STARTED,
		.error_number = failure->error_number,
	};
	snprintf(last->step, sizeof(last->step), "%s", failure->step);
	snprintf(last->object, sizeof(last->object), "%.63s", failure->object);
	follow_policy(worker, &event, true, 0);
}

static void start_run(struct worker *worker)
{
	struct event_record event = {.kind = EVENT_SPAWNED};
	struct spawn_failure failure;
	bool first = worker->last_run == 0;
	int result;

	worker->next_start_ns = 0;
	worker->next_start_us = 0;
	worker->run.asked = CAUSE_NONE;
	worker->run.hand_signal = 0;
	worker->run.ready_ns = 0;
	result = worker->kernel->spawn(worker, &failure);
	worker->last_run = worker->run.number;
	if (!first)
		worker->restarts++;
	if (result < 0) {
		not_started(worker, &failure);
		return;
	}
	snprintf(event.by, sizeof(event.by), "%s", worker->next_reason);
	change_state(worker, WORKER_STARTING, &event);
	become_ready(worker, CAUSE_NONE);
}

static bool is_blocked(const struct worker *worker)
{
	return worker->sweep_run > 0 || worker_free_output(worker) < 0;
}

/* Starts the next run after `delay_ns`, or as soon as what it waits for is
 * gone. The state is BACKOFF meanwhile. */
static void start_after(struct worker *worker, int64_t delay_ns)
{
	if (delay_ns <= 0 && !is_blocked(worker)) {
		start_run(worker);
		return;
	}
	worker->next_start_ns = worker->kernel->now_ns() + delay_ns;
	worker->next_start_us = worker->kernel->now_us() + delay_ns / 1000;
	worker->changed = true;
	if (delay_ns > 0)
		worker->kernel->set_timer(worker, delay_ns);
}

/* Who wants the next run, for event.by. */
static const char *name_wish(enum end_cause cause)
{
	return cause == CAUSE_RELOAD   ? "reload"
	       : cause == CAUSE_SCALED ? "scale"
				       : "command";
}

static void begin(struct worker *worker, enum end_cause cause)
{
	worker->wanted = true;
	worker->kernel->set_timer(worker, -1);
	policy_reset(&worker->policy);
	if (cause != CAUSE_NONE)
		worker->next_reason = name_wish(cause);
	if (is_blocked(worker)) {
		change_state_only(worker, WORKER_BACKOFF);
		start_after(worker, 0);
	} else {
		start_run(worker);
	}
}

/* The delay is over, or what was waited for is gone. The loop's clock is
 * coarse: its timers may go off some milliseconds early. */
static void due(struct worker *worker, enum end_cause cause)
{
	int64_t left_ns = worker->next_start_ns - worker->kernel->now_ns();

	(void)cause;
	if (is_blocked(worker))
		return;
	if (left_ns > 0)
		worker->kernel->set_timer(worker, left_ns);
	else
		start_run(worker);
}

/* ---- ending ---- */

static void sweep(struct worker *worker, pid_t pid)
{
	worker->sweep_run = worker->run.number;
	worker->sweep_pid = pid;
	worker->sweep_sent = false;
	worker->kernel->sweep(worker);
}

static void halt(struct worker *worker, enum end_cause cause)
{
	struct event_record event = {.kind = EVENT_STOPPING, .cause = cause};

	worker->run.asked = cause;
	change_state(worker, WORKER_STOPPING, &event);
	worker->kernel->send_signal(worker, worker->run.stop_signal);
	worker->kernel->set_timer(worker, worker->run.stop_timeout_ns);
}

static void stop(struct worker *worker, enum end_cause cause)
{
	worker->wanted = false;
	halt(worker, cause);
}

static void restart(struct worker *worker, enum end_cause cause)
{
	worker->wanted = true;
	worker->next_reason = name_wish(cause);
	halt(worker, cause);
}

/* The stop timeout is over: everything that the run started is killed. */
static void kill_tree(struct worker *worker, enum end_cause cause)
{
	(void)cause;
	if (worker->run.pid <= 0)
		return;
	worker->kernel->send_signal(worker, SIGKILL);
	if (worker->sweep_run == 0 && !worker->pool->hidden)
		sweep(worker, worker->run.pid);
}

static void want(struct worker *worker, enum end_cause cause)
{
	worker->wanted = true;
	worker->next_reason = name_wish(cause);
	worker->changed = true;
}

static void unwant(struct worker *worker, enum end_cause cause)
{
	/* A restart that turns into a stop is told as one. */
	if (worker->wanted)
		worker->run.asked = cause;
	worker->wanted = false;
	worker->changed = true;
}

static void cancel(struct worker *worker, enum end_cause cause)
{
	(void)cause;
	worker->wanted = false;
	worker->kernel->set_timer(worker, -1);
	worker->next_start_ns = 0;
	worker->next_start_us = 0;
	change_state_only(worker, worker->sweep_run > 0 ? WORKER_STOPPING
							: WORKER_STOPPED);
}

static void settle(struct worker *worker, enum end_cause cause)
{
	(void)cause;
	worker->wanted = false;
	worker->changed = true;
	change_state_only(worker, WORKER_STOPPED);
}

/* A worker that was stopping has nothing left: it rests, or starts anew. */
static void stopped(struct worker *worker, enum end_cause cause)
{
	(void)cause;
	if (worker->run.pid > 0 || worker->sweep_run > 0)
		return;
	if (!worker->wanted) {
		change_state_only(worker, WORKER_STOPPED);
		return;
	}
	policy_reset(&worker->policy);
	change_state_only(worker, WORKER_BACKOFF);
	start_after(worker, 0);
}

/* Decides what comes after an end that nobody asked for, reports the end with
 * the decision, and acts on it. */
static void follow_policy(struct worker *worker, struct event_record *event,
			  bool crash, int64_t ready_ns)
{
	struct policy_end end = {
		.now_ns = worker->kernel->now_ns(),
		.ready_ns = ready_ns,
		.crash = crash,
		.chance = worker->kernel->chance(),
	};
	struct policy_decision decision = policy_decide(
		&worker->policy, &worker->pool->config->restart, &end);
	bool probe = decision.verdict == POLICY_COOLDOWN;

	switch (decision.verdict) {
	case POLICY_FAIL:
		change_state(worker, WORKER_FAILED, event);
		return;
	case POLICY_DONE:
		change_state(worker, WORKER_DONE, event);
		return;
	case POLICY_RESTART:
	case POLICY_COOLDOWN:
		break;
	}
	worker->next_reason = probe ? "probe" : crash ? "crash" : "exit";
	event->delay_ns = (uint64_t)decision.delay_ns;
	change_state(worker, WORKER_BACKOFF, event);
	/* A start that fails at once must not start the next one from here:
	 * that would recurse. The timer does it. */
	if (event->cause == CAUSE_NOT_STARTED && decision.delay_ns <= 0)
		decision.delay_ns = 1;
	start_after(worker, decision.delay_ns);
}

/* The main process has ended by itself, or by somebody else's hand. */
static void ended(struct worker *worker, enum end_cause unused)
{
	enum end_cause cause = run_end_cause(worker);
	int64_t ready_ns = worker->run.ready_ns;
	struct event_record event;

	(void)unused;
	if (ready_ns > 0)
		ready_ns = worker->kernel->now_ns() - ready_ns;
	run_end_describe(worker, cause, &event);
	run_end_remember(worker, cause);
	if (worker->pool->config->leftovers == LEFTOVERS_KILL &&
	    worker->kernel->has_leftovers(worker))
		sweep(worker, 0);
	worker->run.pid = 0;
	if (cause == CAUSE_RESTARTED) {
		worker->next_reason = "command";
		change_state(worker, WORKER_BACKOFF, &event);
		start_after(worker, 0);
	} else {
		follow_policy(worker, &event, end_cause_is_crash(cause),
			      ready_ns);
	}
}

/* The main process has ended because reeve asked it to. */
static void ended_stopping(struct worker *worker, enum end_cause cause)
{
	struct event_record event;

	run_end_describe(worker, worker->run.asked, &event);
	run_end_remember(worker, worker->run.asked);
	worker->kernel->set_timer(worker, -1);
	if (worker->sweep_run == 0 &&
	    worker->pool->config->leftovers == LEFTOVERS_KILL &&
	    worker->kernel->has_leftovers(worker))
		sweep(worker, 0);
	worker->run.pid = 0;
	worker->sweep_pid = 0;
	change_state(worker, WORKER_STOPPING, &event);
	stopped(worker, cause);
}

static action_fn *const actions[WORKER_STATE_COUNT][INPUT_COUNT] = {
	[WORKER_STOPPED] = {[INPUT_START] = begin,
			    [INPUT_STOP] = settle,
			    [INPUT_RESTART] = begin},
	[WORKER_STARTING] = {[INPUT_STOP] = stop,
			     [INPUT_RESTART] = restart,
			     [INPUT_READY] = become_ready,
			     [INPUT_ENDED] = ended},
	[WORKER_READY] = {[INPUT_STOP] = stop,
			  [INPUT_RESTART] = restart,
			  [INPUT_ENDED] = ended},
	[WORKER_UNHEALTHY] = {[INPUT_STOP] = stop,
			      [INPUT_RESTART] = restart,
			      [INPUT_READY] = become_ready,
			      [INPUT_ENDED] = ended},
	[WORKER_STOPPING] = {[INPUT_START] = want,
			     [INPUT_STOP] = unwant,
			     [INPUT_RESTART] = want,
			     [INPUT_ENDED] = ended_stopping,
			     [INPUT_CLEARED] = stopped,
			     [INPUT_TIMER] = kill_tree},
	[WORKER_BACKOFF] = {[INPUT_START] = begin,
			    [INPUT_STOP] = cancel,
			    [INPUT_RESTART] = begin,
			    [INPUT_CLEARED] = due,
			    [INPUT_TIMER] = due},
	[WORKER_FAILED] = {[INPUT_START] = begin,
			   [INPUT_STOP] = settle,
			   [INPUT_RESTART] = begin},
	[WORKER_DONE] = {[INPUT_START] = begin,
			 [INPUT_STOP] = settle,
			 [INPUT_RESTART] = begin},
};

void worker_input(struct worker *worker, enum worker_input input,
		  enum end_cause cause)
{
	action_fn *action = actions[worker->state][input];

	if (!action)
		return;
	action(worker, cause);
	if (worker->changed) {
		worker->changed = false;
		worker->kernel->changed(worker);
	}
}
