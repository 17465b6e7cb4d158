#include "config.h"

#include "supervisor/health-state.h"

#include "base/duration.h"
#include "supervisor/pool.h"

#include <stdio.h>

/* What tells of a run's health by itself: its heartbeats, its output, its
 * progress. */

static void check_heartbeat(struct health *health, int64_t now_ns)
{
	char text[WRONG_SIZE / 2], age[DURATION_TEXT_SIZE];

	if (health->phase != PHASE_ALIVE || health->heartbeat_ns == 0 ||
	    now_ns < health->beat_at_ns + health->heartbeat_ns)
		return;
	duration_format(health->heartbeat_ns, age);
	snprintf(text, sizeof(text), "none in %s", age);
	health_settle(health, KIND_HEARTBEAT, false, text);
}

/* It may be silent since before its silence counted. */
static void check_silence(struct health *health, int64_t now_ns)
{
	char text[WRONG_SIZE / 2], age[DURATION_TEXT_SIZE];

	if (health->phase != PHASE_ALIVE || !health->silent ||
	    now_ns < health->grace_until_ns)
		return;
	duration_format(health->worker->pool->config->alive.silence_ns, age);
	snprintf(text, sizeof(text), "nothing printed for %s", age);
	health_settle(health, KIND_SILENCE, false, text);
}

void health_check_signs(struct health *health, int64_t now_ns)
{
	check_heartbeat(health, now_ns);
	check_silence(health, now_ns);
}

/* The health of a worker, if this run is the present one. */
static struct health *of_run(const struct worker *worker, uint64_t run)
{
	struct health *health = worker->health;

	return health && health->run == run && worker->run.pid > 0 ? health
								   : NULL;
}

void health_heartbeat(struct worker *worker)
{
	struct health *health = worker->health;

	if (!health)
		return;
	health->beat_at_ns = worker->kernel->now_ns();
	if (!health->checks[KIND_HEARTBEAT].failing)
		return;
	health_settle(health, KIND_HEARTBEAT, true, NULL);
	health_set_timer(health);
}

/* The health of a worker whose run asks by itself to be checked, though its
 * config may ask for nothing. NULL when out of memory. */
static struct health *asked_by_run(struct worker *worker)
{
	if (!worker->health) {
		worker->health = health_new(worker);
		health_follow(worker);
	}
	return worker->health;
}

void health_heartbeat_interval(struct worker *worker, int64_t interval_ns)
{
	struct health *health =
		interval_ns > 0 ? asked_by_run(worker) : worker->health;

	if (!health)
		return;
	health->heartbeat_ns = interval_ns;
	health->beat_at_ns = worker->kernel->now_ns();
	health_settle(health, KIND_HEARTBEAT, true, NULL);
	health_set_timer(health);
}

void health_trigger(struct worker *worker)
{
	struct health *health = asked_by_run(worker);

	if (health)
		health_settle(health, KIND_HEARTBEAT, false,
			      "the run asked for it");
}

void health_silent(struct worker *worker, uint64_t run, bool silent)
{
	struct health *health = of_run(worker, run);

	if (!health)
		return;
	health->silent = silent;
	if (silent)
		check_silence(health, worker->kernel->now_ns());
	else
		health_settle(health, KIND_SILENCE, true, NULL);
	health_set_timer(health);
}

void health_log_matched(struct worker *worker, uint64_t run)
{
	struct health *health = of_run(worker, run);

	if (health)
		health_pass(health, KIND_LOG);
}

void health_stuck(struct worker *worker, uint64_t run, const char *text)
{
	struct health *health = of_run(worker, run);

	if (health)
		health_settle(health, KIND_PROGRESS, !text, text);
}
