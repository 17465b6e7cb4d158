#include "config.h"

#include "supervisor/run-end.h"

#include "supervisor/pool.h"

#include <stdio.h>
#include <string.h>

/* Whether the policy of its pool counts an exit as a success. */
static bool is_success(const struct restart_config *config,
		       const struct run_end *end)
{
	if (end->signal > 0)
		return end->signal <= 64 &&
		       config->success.signals[end->signal];
	return end->code >= 0 && end->code < 256 &&
	       config->success.codes[end->code];
}

enum end_cause run_end_cause(const struct worker *worker)
{
	const struct restart_config *restart = &worker->pool->config->restart;
	const struct run *run = &worker->run;

	if (run->asked != CAUSE_NONE)
		return run->asked;
	if (run->end.unknown)
		return CAUSE_LOST;
	if (run->end.failure.step)
		return CAUSE_NOT_STARTED;
	if (run->end.oom)
		return CAUSE_OOM;
	if (is_success(restart, &run->end))
		return CAUSE_EXITED;
	/* What somebody did by hand is no crash; where nothing starts a run
	 * again, it is a stop. */
	if (run->hand_signal > 0 && run->hand_signal == run->end.signal)
		return restart->policy == RESTART_NEVER ? CAUSE_STOPPED
							: CAUSE_RESTARTED;
	return CAUSE_CRASHED;
}

/* Whether a run that ended by `cause` did so because somebody wished it. */
static bool is_wish(enum end_cause cause)
{
	return cause == CAUSE_STOPPED || cause == CAUSE_RESTARTED ||
	       cause == CAUSE_RELOAD || cause == CAUSE_SCALED;
}

static uint64_t microseconds(struct timeval time)
{
	return (uint64_t)time.tv_sec * 1000000 + (uint64_t)time.tv_usec;
}

void run_end_describe(const struct worker *worker, enum end_cause cause,
		      struct event_record *event)
{
	const struct run *run = &worker->run;
	const struct rusage *usage = &run->end.usage;

	*event = (struct event_record){
		.kind = EVENT_ENDED,
		.cause = cause,
		.pid = (uint64_t)run->pid,
		.exit_code = run->end.signal ? 0 : (uint64_t)run->end.code,
		.exit_signal = (uint64_t)run->end.signal,
		.core = run->end.core,
		.spawned_at_us = (uint64_t)run->started_us,
		.told_errno = (uint64_t)run->told.error_number,
		.told_exit_status =
			run->told.has_exit_status
				? (uint64_t)run->told.exit_status + 1
				: 0,
		.uptime_us =
			(uint64_t)(worker->kernel->now_ns() - run->started_ns) /
			1000,
		.cpu_user_us = microseconds(usage->ru_utime),
		.cpu_system_us = microseconds(usage->ru_stime),
		.max_rss_bytes = (uint64_t)usage->ru_maxrss * 1024,
		.minor_faults = (uint64_t)usage->ru_minflt,
		.major_faults = (uint64_t)usage->ru_majflt,
		.voluntary_switches = (uint64_t)usage->ru_nvcsw,
		.involuntary_switches = (uint64_t)usage->ru_nivcsw,
		.blocks_in = (uint64_t)usage->ru_inblock,
		.blocks_out = (uint64_t)usage->ru_oublock,
		.text = {run->end.facts, strlen(run->end.facts)},
		.memory_limit_bytes = run->end.oom_facts.limit_bytes,
		.memory_peak_bytes = run->end.oom_facts.peak_bytes,
		.oom_kills = run->end.oom_facts.kills,
	};
	memcpy(event->told_status, run->told.status,
	       sizeof(event->told_status));
	if (is_wish(cause))
		asker_tell(&run->asker, event);
	if (cause != CAUSE_NOT_STARTED)
		return;
	event->exit_code = 0;
	event->error_number = (uint64_t)run->end.failure.error_number;
	snprintf(event->step, sizeof(event->step), "%s", run->end.failure.step);
	snprintf(event->object, sizeof(event->object), "%s",
		 run->end.failure.object);
}

void run_end_remember(struct worker *worker, enum end_cause cause)
{
	const struct run_end *end = &worker->run.end;

	worker->last_exit = (struct live_exit){
		.at_us = worker->kernel->now_us(),
		.run = worker->run.number,
		.code = end->signal ? -1 : end->code,
		.signal = end->signal,
		.core = end->core,
		.cause = cause,
	};
	if (cause != CAUSE_NOT_STARTED)
		return;
	worker->last_exit.code = -1;
	worker->last_exit.error_number = end->failure.error_number;
	snprintf(worker->last_exit.step, sizeof(worker->last_exit.step), "%s",
		 end->failure.step);
	snprintf(worker->last_exit.object, sizeof(worker->last_exit.object),
		 "%.63s", end->failure.object);
}
