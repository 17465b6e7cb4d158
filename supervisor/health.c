#include "config.h"

#include "supervisor/health-state.h"

#include "base/clock.h"
#include "supervisor/check.h"
#include "supervisor/instance.h"
#include "supervisor/publish.h"

#include <event2/event.h>
#include <event2/event_struct.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const health_names[ALIVE_COUNT] = {
	[KIND_HTTP] = "http",	    [KIND_TCP] = "tcp",
	[KIND_EXEC] = "exec",	    [KIND_HEARTBEAT] = "heartbeat",
	[KIND_SILENCE] = "silence", [KIND_PROGRESS] = "progress",
};

/* The pause before the second try of a check while a run is starting; each
 * further one is twice as long, up to ready.interval. The first try comes at
 * once. */
static const int64_t first_pause_ns = INT64_C(50000000);

static bool has_probe(const struct probe_config *config, enum kind kind)
{
	return kind == KIND_HTTP  ? config->http.text != NULL
	       : kind == KIND_TCP ? config->tcp.text != NULL
				  : config->exec.count > 0;
}

static bool has_any_probe(const struct probe_config *config)
{
	return has_probe(config, KIND_HTTP) || has_probe(config, KIND_TCP) ||
	       has_probe(config, KIND_EXEC);
}

/* ---- the timer ---- */

static void sooner(int64_t *next_ns, int64_t due_ns)
{
	if (due_ns > 0 && (*next_ns == 0 || due_ns < *next_ns))
		*next_ns = due_ns;
}

void health_set_timer(struct health *health)
{
	int64_t next_ns = 0, left_ns;
	struct timeval delay;

	for (int i = 0; i < PROBE_COUNT; i++)
		if (!health->asking[i].probe && !health->asking[i].task)
			sooner(&next_ns, health->asking[i].due_ns);
	if (health->missing & (1u << KIND_UP))
		sooner(&next_ns, health->up_at_ns);
	if (health->phase == PHASE_ALIVE && health->heartbeat_ns > 0 &&
	    !health->checks[KIND_HEARTBEAT].failing)
		sooner(&next_ns, health->beat_at_ns + health->heartbeat_ns);
	if (health->phase == PHASE_ALIVE && health->silent &&
	    !health->checks[KIND_SILENCE].failing)
		sooner(&next_ns, health->grace_until_ns);
	if (next_ns == 0) {
		event_del(&health->timer);
		return;
	}
	left_ns = next_ns - health->worker->kernel->now_ns();
	delay = clock_timeval(left_ns > 0 ? left_ns : 1);
	event_add(&health->timer, &delay);
}

static void disarm(struct health *health)
{
	event_del(&health->timer);
	for (int i = 0; i < PROBE_COUNT; i++) {
		health_abandon(&health->asking[i]);
		health->asking[i].due_ns = 0;
	}
	health->missing = 0;
}

/* ---- what follows from the checks ---- */

static void report(struct health *health)
{
	struct event_record event = {
		.kind = EVENT_HEALTH,
		.cause = health->good ? CAUSE_NONE : CAUSE_UNHEALTHY,
		.state = health->worker->state,
		.text = {health->good ? "ok" : health->wrong,
			 health->good ? 2 : strlen(health->wrong)},
	};

	publish_worker_event(health->worker, &event);
}

static bool all_good(const struct health *health)
{
	for (int i = 0; i < ALIVE_COUNT; i++)
		if (health->checks[i].failing)
			return false;
	return true;
}

void health_act(struct health *health)
{
	struct worker *worker = health->worker;
	bool good = all_good(health);

	if (health->phase != PHASE_ALIVE || good == health->good)
		return;
	health->good = good;
	report(health);
	if (good)
		worker_input(worker, INPUT_HEALTHY, CAUSE_NONE);
	else if (worker->pool->config->alive.action == ACTION_RESTART)
		worker_end(worker, CAUSE_UNHEALTHY, "%s", health->wrong);
	else
		worker_input(worker, INPUT_UNHEALTHY, CAUSE_NONE);
}

void health_settle(struct health *health, enum kind kind, bool good,
		   const char *wrong)
{
	struct check *check = &health->checks[kind];

	if (health->phase != PHASE_ALIVE || check->failing == !good)
		return;
	if (!good && health->worker->kernel->now_ns() < health->grace_until_ns)
		return;
	check->failing = !good;
	if (!good)
		snprintf(health->wrong, sizeof(health->wrong), "%s: %s",
			 health_names[kind], wrong);
	health_act(health);
}

void health_pass(struct health *health, enum kind kind)
{
	if (health->phase != PHASE_ASKING || !(health->missing & (1u << kind)))
		return;
	health->missing &= ~(1u << kind);
	if (health->missing == 0) {
		worker_input(health->worker, INPUT_READY, CAUSE_NONE);
		return;
	}
	publish_worker(health->worker);
	health_set_timer(health);
}

/* ---- time ---- */

static void on_timer(evutil_socket_t fd, short what, void *context)
{
	struct health *health = context;
	int64_t now_ns = health->worker->kernel->now_ns();
	bool up = (health->missing & (1u << KIND_UP)) &&
		  now_ns >= health->up_at_ns;

	(void)fd;
	(void)what;
	for (int i = 0; i < PROBE_COUNT; i++) {
		struct asking *asking = &health->asking[i];

		if (asking->due_ns > 0 && asking->due_ns <= now_ns &&
		    !asking->probe && !asking->task)
			health_ask(asking);
	}
	if (!up)
		health_check_signs(health, now_ns);
	health_set_timer(health);
	/* The last: the worker may be ready then. */
	if (up)
		health_pass(health, KIND_UP);
}

/* ---- arming ---- */

static void arm_ready(struct health *health)
{
	const struct worker *worker = health->worker;
	const struct ready_config *ready = &worker->pool->config->ready;

	for (int i = 0; i < PROBE_COUNT; i++) {
		if (!has_probe(&ready->probe, i))
			continue;
		health->missing |= 1u << i;
		health->asking[i].due_ns = worker->run.started_ns;
		health->asking[i].pause_ns = first_pause_ns;
		health->asking[i].wrong[0] = '\0';
	}
	if (ready->log.text)
		health->missing |= 1u << KIND_LOG;
	if (ready->up_ns > 0)
		health->missing |= 1u << KIND_UP;
	health->up_at_ns = worker->run.started_ns + ready->up_ns;
}

static void arm_alive(struct health *health)
{
	const struct worker *worker = health->worker;
	const struct alive_config *alive = &worker->pool->config->alive;
	int64_t start_ns = worker->run.ready_ns + alive->grace_ns;

	memset(health->checks, 0, sizeof(health->checks));
	health->grace_until_ns = start_ns;
	if (health->beat_at_ns < start_ns)
		health->beat_at_ns = start_ns;
	for (int i = 0; i < PROBE_COUNT; i++)
		if (has_probe(&alive->probe, i))
			health->asking[i].due_ns =
				check_first(start_ns, alive->probe.interval_ns,
					    worker->slot + 1);
}

static enum phase phase_of(const struct worker *worker)
{
	if (worker->run.pid <= 0)
		return PHASE_OFF;
	if (worker->state == WORKER_STARTING &&
	    worker->pool->config->ready.when == READY_CHECKS)
		return PHASE_ASKING;
	if (worker->health->former_run == worker->run.number)
		return PHASE_OFF;
	return worker->state == WORKER_READY ||
			       worker->state == WORKER_UNHEALTHY
		       ? PHASE_ALIVE
		       : PHASE_OFF;
}

void health_follow(struct worker *worker)
{
	struct health *health = worker->health;
	enum phase phase;

	if (!health)
		return;
	phase = phase_of(worker);
	if (phase == health->phase && worker->run.number == health->run)
		return;
	disarm(health);
	if (worker->run.number != health->run) {
		health->run = worker->run.number;
		health->good = true;
		health->silent = false;
		health->beat_at_ns = 0;
		health->heartbeat_ns = worker->pool->config->alive.heartbeat_ns;
	}
	health->phase = phase;
	if (phase == PHASE_ASKING) {
		arm_ready(health);
		publish_worker(worker);
	} else if (phase == PHASE_ALIVE) {
		arm_alive(health);
	}
	health_set_timer(health);
}

static bool is_asked_for(const struct pool_config *config)
{
	const struct alive_config *alive = &config->alive;

	return config->ready.when == READY_CHECKS ||
	       has_any_probe(&alive->probe) || alive->heartbeat_ns > 0 ||
	       alive->silence_ns > 0 || alive->progress_ns > 0;
}

bool health_is_changed(const struct pool_config *before,
		       const struct pool_config *after)
{
	static const char *const sections[] = {"alive", "ready"};
	json_t *one = before ? json_loads(before->text, 0, NULL) : NULL;
	json_t *other = json_loads(after->text, 0, NULL);
	bool changed = !one || !other;

	for (size_t i = 0; i < 2 && !changed; i++)
		changed = !json_equal(json_object_get(one, sections[i]),
				      json_object_get(other, sections[i]));
	json_decref(one);
	json_decref(other);
	return changed;
}

struct health *health_new(struct worker *worker)
{
	struct health *health = calloc(1, sizeof(*health));

	if (!health)
		return NULL;
	health->worker = worker;
	health->good = true;
	for (int i = 0; i < PROBE_COUNT; i++)
		health->asking[i].health = health;
	event_assign(&health->timer, worker->pool->instance->base, -1, 0,
		     on_timer, health);
	event_priority_set(&health->timer, PRIORITY_REQUEST);
	return health;
}

int health_configure(struct worker *worker)
{
	health_release(worker);
	if (!is_asked_for(worker->pool->config))
		return 0;
	worker->health = health_new(worker);
	if (!worker->health)
		return -1;
	if (worker->run.pid > 0 && worker->state != WORKER_STARTING)
		worker->health->former_run = worker->run.number;
	return 0;
}

void health_release(struct worker *worker)
{
	if (!worker->health)
		return;
	disarm(worker->health);
	free(worker->health);
	worker->health = NULL;
}

void health_renew(struct worker *worker)
{
	struct health *health = worker->health;

	for (int i = 0; health && i < PROBE_COUNT; i++) {
		struct asking *asking = &health->asking[i];

		if (!asking->probe && !asking->task)
			continue;
		health_abandon(asking);
		health_plan(health, asking);
	}
	if (health)
		health_set_timer(health);
}

bool health_is_good(const struct worker *worker, const char **text)
{
	const struct health *health = worker->health;
	bool good = !health || health->good;

	*text = good ? "" : health->wrong;
	return good;
}
