#ifndef SUPERVISOR_WORKER_ACTIONS_H
#define SUPERVISOR_WORKER_ACTIONS_H

#include "supervisor/worker.h"

/*
 * The actions of the state machine in worker.c, and what they share. `cause`
 * is that of worker_input().
 */

typedef void worker_action_fn(struct worker *worker, enum end_cause cause);

/* ---- shared (worker.c) ---- */

/* The one place where a state changes. The event tells of it; the details are
 * the caller's, who knows them. */
void worker_change_state(struct worker *worker, enum worker_state state,
			 struct event_record *event);

/* The same without anything to tell but the change. */
void worker_change_state_only(struct worker *worker, enum worker_state state);

/* Who wants the next run, for event.by. */
const char *worker_name_wish(enum end_cause cause);

/* ---- starting (worker-start.c) ---- */

/* It shall be up. */
worker_action_fn worker_begin;
/* The delay is over, or what was waited for is gone. */
worker_action_fn worker_due;
/* The run has become ready. */
worker_action_fn worker_become_ready;
/* The run is not ready in time. */
worker_action_fn worker_start_timeout;

/* Starts the next run after `delay_ns`, or as soon as what it waits for is
 * gone. The state is BACKOFF meanwhile. */
void worker_start_after(struct worker *worker, int64_t delay_ns);

/* Decides what comes after an end that nobody asked for, reports the end with
 * the decision, and acts on it. */
void worker_follow_policy(struct worker *worker, struct event_record *event,
			  bool crash, int64_t ready_ns);

/* ---- ending (worker-end.c) ---- */

worker_action_fn worker_stop;
worker_action_fn worker_restart;
/* Something is wrong with the run: run.why says what. */
worker_action_fn worker_fault;
/* The timer of a run that is being stopped has expired. */
worker_action_fn worker_stop_timeout;
worker_action_fn worker_evidence_taken;
worker_action_fn worker_kill;
/* The main process has ended by itself, or by somebody else's hand. */
worker_action_fn worker_ended;
/* The main process has ended because reeve asked it to. */
worker_action_fn worker_ended_stopping;
/* A worker that was stopping may have nothing left: it rests, or starts. */
worker_action_fn worker_stopped;

#endif
