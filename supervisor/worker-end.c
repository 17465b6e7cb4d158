#include "config.h"

#include "supervisor/worker-actions.h"

#include "supervisor/pool.h"
#include "supervisor/run-end.h"

#include <signal.h>
#include <string.h>

/* How long a run that shall end is looked at, at most. */
static const int64_t evidence_ns = INT64_C(1000000000);

/* Whether reeve ends a run for this because of what the run does, not because
 * somebody wants it to end. */
static bool is_fault(enum end_cause cause)
{
	return end_cause_is_crash(cause) || cause == CAUSE_LIFETIME;
}

static void sweep(struct worker *worker, pid_t pid)
{
	worker->sweep_run = worker->run.number;
	worker->sweep_pid = pid;
	if (pid == 0)
		worker->sweep_main[0] = '\0';
	worker->sweep_sent = false;
	worker->kernel->sweep(worker);
}

static void tell_why(const struct worker *worker, struct event_record *event)
{
	if (worker->run.why[0] != '\0')
		event->text = (struct bytes){worker->run.why,
					     strlen(worker->run.why)};
}

/* ---- asking a run to end ---- */

static void signal_stop(struct worker *worker)
{
	worker->run.stop_step = STOP_SIGNALLED;
	worker->kernel->send_signal(worker, worker->run.stop_signal);
	worker->kernel->set_timer(worker, worker->run.stop_timeout_ns);
}

/* Has the run looked at before the next step. Returns false where nobody can.
 */
static bool gather_evidence(struct worker *worker, enum stop_step step)
{
	if (worker->pool->hidden || !worker->kernel->gather_evidence(worker))
		return false;
	worker->run.stop_step = step;
	worker->kernel->set_timer(worker, evidence_ns);
	return true;
}

static void halt(struct worker *worker, enum end_cause cause)
{
	struct event_record event = {.kind = EVENT_STOPPING, .cause = cause};

	worker->run.asked = cause;
	worker->run.asker = is_fault(cause) ? (struct asker){.command = NULL}
					    : worker->asker;
	asker_tell(&worker->run.asker, &event);
	tell_why(worker, &event);
	worker_change_state(worker, WORKER_STOPPING, &event);
	if (!is_fault(cause) || cause == CAUSE_LIFETIME ||
	    !gather_evidence(worker, STOP_EVIDENCE))
		signal_stop(worker);
}

void worker_stop(struct worker *worker, enum end_cause cause)
{
	worker->wanted = false;
	halt(worker, cause);
}

void worker_restart(struct worker *worker, enum end_cause cause)
{
	worker->wanted = true;
	worker->next_reason = worker_name_wish(cause);
	halt(worker, cause);
}

void worker_fault(struct worker *worker, enum end_cause cause)
{
	halt(worker, cause);
}

void worker_kill(struct worker *worker, enum end_cause cause)
{
	(void)cause;
	if (worker->run.pid <= 0)
		return;
	worker->run.stop_step = STOP_KILLED;
	worker->kernel->send_signal(worker, SIGKILL);
	if (worker->sweep_run == 0 && !worker->pool->hidden)
		sweep(worker, worker->run.pid);
}

void worker_evidence_taken(struct worker *worker, enum end_cause cause)
{
	if (worker->run.pid <= 0)
		return;
	if (worker->run.stop_step == STOP_EVIDENCE)
		signal_stop(worker);
	else if (worker->run.stop_step == STOP_LAST_EVIDENCE)
		worker_kill(worker, cause);
}

void worker_stop_timeout(struct worker *worker, enum end_cause cause)
{
	if (worker->run.pid <= 0)
		return;
	if (worker->run.stop_step != STOP_SIGNALLED)
		worker_evidence_taken(worker, cause);
	else if (!gather_evidence(worker, STOP_LAST_EVIDENCE))
		worker_kill(worker, cause);
}

/* ---- when it has ended ---- */

void worker_stopped(struct worker *worker, enum end_cause cause)
{
	(void)cause;
	if (worker->run.pid > 0 || worker->sweep_run > 0)
		return;
	if (!worker->wanted) {
		worker_change_state_only(worker, WORKER_STOPPED);
		return;
	}
	policy_reset(&worker->policy);
	worker_change_state_only(worker, WORKER_BACKOFF);
	worker_start_after(worker, 0);
}

/* Starts the next run at once, whatever the policy is. */
static void follow_at_once(struct worker *worker, struct event_record *event,
			   const char *reason, const struct asker *asker)
{
	worker_note_reason(worker, reason, asker);
	worker_change_state(worker, WORKER_BACKOFF, event);
	worker_start_after(worker, 0);
}

/* Takes note of the end of the run and has what is left of it killed. */
static void note_end(struct worker *worker, enum end_cause cause,
		     struct event_record *event)
{
	run_end_describe(worker, cause, event);
	tell_why(worker, event);
	run_end_remember(worker, cause);
	if (worker->sweep_run == 0 &&
	    worker->pool->config->leftovers == LEFTOVERS_KILL &&
	    worker->kernel->has_leftovers(worker))
		sweep(worker, 0);
	worker->run.pid = 0;
	worker->sweep_pid = 0;
}

/* What comes after an end that nobody wished for. */
static void go_on(struct worker *worker, enum end_cause cause,
		  struct event_record *event)
{
	int64_t ready_ns = worker->run.ready_ns;

	if (ready_ns > 0)
		ready_ns = worker->kernel->now_ns() - ready_ns;
	if (cause == CAUSE_RESTARTED)
		follow_at_once(worker, event, "command", &worker->run.asker);
	else if (cause == CAUSE_LIFETIME)
		follow_at_once(worker, event, "lifetime", NULL);
	else
		worker_follow_policy(worker, event, end_cause_is_crash(cause),
				     ready_ns);
}

void worker_ended(struct worker *worker, enum end_cause unused)
{
	enum end_cause cause = run_end_cause(worker);
	struct event_record event;

	(void)unused;
	if (worker->state == WORKER_STARTING)
		worker->kernel->set_timer(worker, -1);
	note_end(worker, cause, &event);
	go_on(worker, cause, &event);
}

void worker_ended_stopping(struct worker *worker, enum end_cause unused)
{
	enum end_cause cause = worker->run.asked;
	struct event_record event;

	worker->kernel->set_timer(worker, -1);
	note_end(worker, cause, &event);
	if (worker->wanted && is_fault(cause)) {
		go_on(worker, cause, &event);
		return;
	}
	worker_change_state(worker, WORKER_STOPPING, &event);
	worker_stopped(worker, unused);
}
