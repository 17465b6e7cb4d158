#include "config.h"

#include "supervisor/worker-actions.h"

#include "supervisor/pool.h"

#include <stdio.h>

static bool is_ready_at_once(const struct worker *worker)
{
	return worker->pool->config->ready.when == READY_STARTED &&
	       !worker->run.launching;
}

static void be_ready(struct worker *worker)
{
	struct event_record event = {.kind = EVENT_READY};

	worker->run.ready_ns = worker->kernel->now_ns();
	worker_change_state(worker, WORKER_READY, &event);
}

void worker_become_ready(struct worker *worker, enum end_cause cause)
{
	(void)cause;
	worker->kernel->set_timer(worker, -1);
	be_ready(worker);
}

void worker_start_timeout(struct worker *worker, enum end_cause cause)
{
	char missing[RUN_WHY_SIZE];

	(void)cause;
	if (worker->pool->config->start.action != ACTION_RESTART)
		return;
	worker->kernel->say_missing(worker, missing, sizeof(missing));
	worker_end(worker, CAUSE_START_TIMEOUT, "%s", missing);
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
	asker_tell(&worker->asker, &event);
	*last = (struct live_exit){
		.at_us = worker->kernel->now_us(),
		.run = worker->run.number,
		.code = -1,
		.cause = CAUSE_NOT_STARTED,
		.error_number = failure->error_number,
	};
	snprintf(last->step, sizeof(last->step), "%s", failure->step);
	snprintf(last->object, sizeof(last->object), "%.63s", failure->object);
	worker_follow_policy(worker, &event, true, 0);
}

static void start_run(struct worker *worker)
{
	struct event_record event = {.kind = EVENT_SPAWNED};
	struct run *run = &worker->run;
	struct spawn_failure failure;
	bool first = worker->last_run == 0;
	int result;

	worker->next_start_ns = 0;
	worker->next_start_us = 0;
	worker->gated = false;
	worker->sweep_main[0] = '\0';
	run->asked = CAUSE_NONE;
	run->why[0] = '\0';
	run->stop_step = STOP_NOT_ASKED;
	run->hand_signal = 0;
	run->asker = (struct asker){.command = NULL};
	run->ready_ns = 0;
	result = worker->kernel->spawn(worker, &failure);
	worker->last_run = run->number;
	if (!first)
		worker->restarts++;
	if (result < 0) {
		not_started(worker, &failure);
		return;
	}
	snprintf(event.by, sizeof(event.by), "%s", worker->next_reason);
	asker_tell(&worker->asker, &event);
	worker_change_state(worker, WORKER_STARTING, &event);
	if (is_ready_at_once(worker))
		be_ready(worker);
	else
		worker->kernel->set_timer(
			worker, worker->pool->config->start.timeout_ns);
}

/* Whether the next run has to wait for something without a time. */
static bool is_blocked(struct worker *worker)
{
	worker->gated = false;
	if (worker->sweep_run > 0 || worker_free_output(worker) < 0)
		return true;
	worker->gated = !worker->kernel->may_start(worker);
	return worker->gated;
}

void worker_start_after(struct worker *worker, int64_t delay_ns)
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

void worker_begin(struct worker *worker, enum end_cause cause)
{
	worker->wanted = true;
	worker->kernel->set_timer(worker, -1);
	policy_reset(&worker->policy);
	if (cause != CAUSE_NONE)
		worker->next_reason = worker_name_wish(cause);
	if (!is_blocked(worker)) {
		start_run(worker);
	} else if (worker->gated && worker->state == WORKER_STOPPED) {
		/* The loop starts what is stopped and wanted. */
		worker->changed = true;
	} else {
		worker_change_state_only(worker, WORKER_BACKOFF);
		worker_start_after(worker, 0);
	}
}

/* Its turn may have come before its time. */
void worker_due(struct worker *worker, enum end_cause cause)
{
	int64_t left_ns = worker->next_start_ns - worker->kernel->now_ns();

	(void)cause;
	if (left_ns > 0)
		worker->kernel->set_timer(worker, left_ns);
	else if (!is_blocked(worker))
		start_run(worker);
}

void worker_follow_policy(struct worker *worker, struct event_record *event,
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
		worker_change_state(worker, WORKER_FAILED, event);
		return;
	case POLICY_DONE:
		worker_change_state(worker, WORKER_DONE, event);
		return;
	case POLICY_RESTART:
	case POLICY_COOLDOWN:
		break;
	}
	worker_note_reason(worker,
			   probe   ? "probe"
			   : crash ? "crash"
				   : "exit",
			   NULL);
	event->delay_ns = (uint64_t)decision.delay_ns;
	worker_change_state(worker, WORKER_BACKOFF, event);
	/* A start that fails at once must not start the next one from here:
	 * that would recurse. The timer does it. */
	if (event->cause == CAUSE_NOT_STARTED && decision.delay_ns <= 0)
		decision.delay_ns = 1;
	worker_start_after(worker, decision.delay_ns);
}
