#include "config.h"

#include "supervisor/worker.h"

#include "supervisor/pool.h"
#include "supervisor/worker-actions.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>

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
	[WORKER_STOPPING] = TO(WORKER_STOPPED) | TO(WORKER_BACKOFF) |
			    TO(WORKER_FAILED) | TO(WORKER_DONE),
	[WORKER_BACKOFF] = TO(WORKER_STARTING) | TO(WORKER_STOPPED) |
			   TO(WORKER_STOPPING) | TO(WORKER_FAILED) |
			   TO(WORKER_DONE),
	[WORKER_FAILED] = TO(WORKER_STARTING) | TO(WORKER_BACKOFF) |
			  TO(WORKER_STOPPED) | TO(WORKER_DONE),
	[WORKER_DONE] = TO(WORKER_STARTING) | TO(WORKER_BACKOFF) |
			TO(WORKER_STOPPED) | TO(WORKER_FAILED),
};

void worker_change_state(struct worker *worker, enum worker_state state,
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

void worker_change_state_only(struct worker *worker, enum worker_state state)
{
	struct event_record event = {.kind = EVENT_STATE};

	if (state != worker->state)
		worker_change_state(worker, state, &event);
}

const char *worker_name_wish(enum end_cause cause)
{
	return cause == CAUSE_RELOAD   ? "reload"
	       : cause == CAUSE_SCALED ? "scale"
				       : "command";
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

/* ---- wishes that change nothing but themselves ---- */

static void want(struct worker *worker, enum end_cause cause)
{
	worker->wanted = true;
	worker->next_reason = worker_name_wish(cause);
	worker->changed = true;
}

static void unwant(struct worker *worker, enum end_cause cause)
{
	/* A restart that turns into a stop is told as one; what is wrong with
	 * a run stays wrong. */
	if (worker->wanted && !end_cause_is_crash(worker->run.asked)) {
		worker->run.asked = cause;
		worker->run.asker = worker->asker;
	}
	worker->wanted = false;
	worker->changed = true;
}

static void cancel(struct worker *worker, enum end_cause cause)
{
	(void)cause;
	worker->wanted = false;
	worker->gated = false;
	worker->kernel->set_timer(worker, -1);
	worker->next_start_ns = 0;
	worker->next_start_us = 0;
	worker_change_state_only(worker, worker->sweep_run > 0
						 ? WORKER_STOPPING
						 : WORKER_STOPPED);
}

static void settle(struct worker *worker, enum end_cause cause)
{
	(void)cause;
	worker->wanted = false;
	worker->changed = true;
	worker_change_state_only(worker, WORKER_STOPPED);
}

static void become_unhealthy(struct worker *worker, enum end_cause cause)
{
	(void)cause;
	worker_change_state_only(worker, WORKER_UNHEALTHY);
}

static void recover(struct worker *worker, enum end_cause cause)
{
	(void)cause;
	worker_change_state_only(worker, WORKER_READY);
}

/* ---- the machine ---- */

static worker_action_fn *const actions[WORKER_STATE_COUNT][INPUT_COUNT] = {
	[WORKER_STOPPED] = {[INPUT_START] = worker_begin,
			    [INPUT_STOP] = settle,
			    [INPUT_RESTART] = worker_begin},
	[WORKER_STARTING] = {[INPUT_STOP] = worker_stop,
			     [INPUT_RESTART] = worker_restart,
			     [INPUT_READY] = worker_become_ready,
			     [INPUT_END] = worker_fault,
			     [INPUT_ENDED] = worker_ended,
			     [INPUT_TIMER] = worker_start_timeout},
	[WORKER_READY] = {[INPUT_STOP] = worker_stop,
			  [INPUT_RESTART] = worker_restart,
			  [INPUT_UNHEALTHY] = become_unhealthy,
			  [INPUT_END] = worker_fault,
			  [INPUT_ENDED] = worker_ended},
	[WORKER_UNHEALTHY] = {[INPUT_STOP] = worker_stop,
			      [INPUT_RESTART] = worker_restart,
			      [INPUT_HEALTHY] = recover,
			      [INPUT_END] = worker_fault,
			      [INPUT_ENDED] = worker_ended},
	[WORKER_STOPPING] = {[INPUT_START] = want,
			     [INPUT_STOP] = unwant,
			     [INPUT_RESTART] = want,
			     [INPUT_ENDED] = worker_ended_stopping,
			     [INPUT_CLEARED] = worker_stopped,
			     [INPUT_EVIDENCE] = worker_evidence_taken,
			     [INPUT_KILL] = worker_kill,
			     [INPUT_TIMER] = worker_stop_timeout},
	[WORKER_BACKOFF] = {[INPUT_START] = worker_begin,
			    [INPUT_STOP] = cancel,
			    [INPUT_RESTART] = worker_begin,
			    [INPUT_CLEARED] = worker_due,
			    [INPUT_TIMER] = worker_due},
	[WORKER_FAILED] = {[INPUT_START] = worker_begin,
			   [INPUT_STOP] = settle,
			   [INPUT_RESTART] = worker_begin},
	[WORKER_DONE] = {[INPUT_START] = worker_begin,
			 [INPUT_STOP] = settle,
			 [INPUT_RESTART] = worker_begin},
};

void worker_input(struct worker *worker, enum worker_input input,
		  enum end_cause cause)
{
	worker_action_fn *action = actions[worker->state][input];

	if (!action)
		return;
	action(worker, cause);
	if (worker->changed) {
		worker->changed = false;
		worker->kernel->changed(worker);
	}
}

void worker_ask(struct worker *worker, enum worker_input input,
		enum end_cause cause, const struct asker *asker)
{
	worker->asker = asker ? *asker : (struct asker){.command = NULL};
	worker_input(worker, input, cause);
}

void worker_note_reason(struct worker *worker, const char *reason,
			const struct asker *asker)
{
	worker->next_reason = reason;
	worker->asker = asker ? *asker : (struct asker){.command = NULL};
}

void worker_end(struct worker *worker, enum end_cause cause, const char *format,
		...)
{
	va_list arguments;

	if (actions[worker->state][INPUT_END] == NULL)
		return;
	va_start(arguments, format);
	vsnprintf(worker->run.why, sizeof(worker->run.why), format, arguments);
	va_end(arguments);
	worker_input(worker, INPUT_END, cause);
}

void worker_extend(struct worker *worker, int64_t delay_ns)
{
	if (worker->run.pid > 0 && (worker->state == WORKER_STARTING ||
				    (worker->state == WORKER_STOPPING &&
				     worker->run.stop_step == STOP_SIGNALLED)))
		worker->kernel->set_timer(worker, delay_ns);
}
