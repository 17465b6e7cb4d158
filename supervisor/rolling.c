#include "config.h"

#include "supervisor/rolling.h"

#include "base/ending.h"
#include "supervisor/environment.h"
#include "supervisor/instance.h"
#include "supervisor/loop.h"
#include "supervisor/operations.h"
#include "supervisor/placing.h"
#include "supervisor/plan.h"
#include "supervisor/pool.h"
#include "supervisor/publish.h"
#include "supervisor/scaler.h"

#include <event2/event.h>
#include <stdio.h>
#include <string.h>

/* What a step finds out about the workers of the pool. */
struct survey {
	uint32_t under_way;
	struct worker *next; /* whose turn it is; NULL: all have had it */
	struct worker *failed; /* whose new run has ended */
};

static void on_step(evutil_socket_t fd, short what, void *context);

/* ---- where a worker is ---- */

static bool has_new_run(const struct worker *worker)
{
	return worker->last_run > worker->roll_run;
}

/* Whether the new run of a worker has ended by something wrong with it. */
static bool has_failed(const struct worker *worker)
{
	const struct live_exit *last = &worker->last_exit;

	return last->run > worker->roll_run && end_cause_is_crash(last->cause);
}

static void look_at(struct worker *worker, struct survey *survey)
{
	if (worker->roll == ROLL_NONE)
		return;
	if (!worker->wanted || worker->gone) {
		worker->roll = ROLL_NONE;
		return;
	}
	/* It has ended by itself, and has a new run without our doing. */
	if (worker->roll == ROLL_WAITING && has_new_run(worker))
		worker->roll = ROLL_UNDER_WAY;
	if (worker->roll == ROLL_WAITING) {
		/* Those that are down anyway go first. */
		if (!survey->next ||
		    worker_is_up(survey->next) > worker_is_up(worker))
			survey->next = worker;
	} else if (has_failed(worker)) {
		survey->failed = worker;
	} else if (has_new_run(worker) && worker_is_up(worker)) {
		worker->roll = ROLL_NONE;
	} else {
		survey->under_way++;
	}
}

static struct survey survey_pool(const struct pool *pool)
{
	struct survey survey = {.under_way = 0};

	for (uint32_t i = 0; i < pool->count && !survey.failed; i++)
		look_at(pool->workers[i], &survey);
	return survey;
}

/* ---- the number of workers ---- */

static void begin_surge(struct pool *pool, uint32_t surge)
{
	struct rolling *rolling = &pool->rolling;

	/* One that scales by itself has its own bounds. */
	if (surge == 0 || pool->scaler ||
	    pool_resize(pool, rolling->size + surge, CAUSE_SCALED,
			&rolling->asker) < 0)
		return;
	rolling->surge = surge;
	/* Behind them there may be some that still stop, and are gone then. */
	for (uint32_t i = rolling->size; i < rolling->size + surge; i++) {
		struct worker *worker = pool->workers[i];

		worker->wanted = true;
		worker_note_reason(worker, "rolling", &rolling->asker);
		worker->roll = ROLL_UNDER_WAY;
		worker->roll_run = worker->last_run;
	}
	pool_resized(pool);
}

static void end_surge(struct pool *pool)
{
	struct rolling *rolling = &pool->rolling;

	if (rolling->surge == 0)
		return;
	rolling->surge = 0;
	pool_resize(pool, rolling->size, CAUSE_SCALED, &rolling->asker);
	pool_resized(pool);
}

/* ---- the end of it ---- */

static void tell(const struct pool *pool, uint64_t kind, const char *text)
{
	struct event_record event = {
		.kind = kind,
		.cause = pool->rolling.cause,
		.text = {text, strlen(text)},
	};

	snprintf(event.pool, sizeof(event.pool), "%s", pool->config->name);
	publish_event(pool->instance, &event);
}

/* Gives the pool as many workers as its section says again, and has it scale
 * by that, where the section that failed, `failed`, says otherwise. */
static void go_back_in_size(struct pool *pool, const struct pool_config *failed)
{
	uint32_t size = pool_size(pool);

	if (!plan_changes(failed, pool->config, "workers"))
		return;
	if (scaler_configure(pool) < 0 ||
	    pool_resize(pool, scaler_size(pool), CAUSE_RELOAD,
			&pool->rolling.asker) < 0)
		publish_warning(pool->instance,
				"cannot scale %s: out of memory",
				pool->config->name);
	for (uint32_t i = size; i < pool_size(pool); i++) {
		scaler_want(pool->workers[i]);
		worker_note_reason(pool->workers[i], "reload",
				   &pool->rolling.asker);
	}
	pool_resized(pool);
}

/* Gives the pool its former section back. Returns whether it has one. */
static bool go_back(struct pool *pool)
{
	const struct pool_config *failed = pool->config;
	const struct former_section *former = &pool->rolling.former;
	char **environment;

	if (!former->config)
		return false;
	environment = environment_of_pool(pool->instance->environment,
					  former->config);
	if (!environment)
		return false;
	pool_configure(pool, former->config, environment, true);
	pool->config_number = former->number;
	pool->since = former->since;
	go_back_in_size(pool, failed);
	placing_update(pool->instance);
	return true;
}

static void fail(struct pool *pool, const struct worker *worker)
{
	struct ending ending = live_exit_ending(&worker->last_exit);
	char name[WORKER_NAME_SIZE], words[ENDING_TEXT_SIZE];
	char text[ENDING_TEXT_SIZE + 2 * WORKER_NAME_SIZE + 64];
	bool goes_back;

	worker_name(worker, name);
	ending_describe(&ending, words);
	end_surge(pool);
	goes_back = go_back(pool);
	snprintf(text, sizeof(text), "cannot roll %s: %s: %s; %s",
		 pool->config->name, name, words,
		 goes_back ? "it goes back to its former config"
			   : "the others were left alone");
	tell(pool, EVENT_ROLLING_STOPPED, text);
	/* As long as it is active they wait for it, whatever workers do. */
	operations_fail_pool(pool, text);
	rolling_cancel(pool);
	if (goes_back &&
	    rolling_begin(pool, CAUSE_RELOAD, &pool->rolling.asker, NULL) < 0)
		publish_warning(pool->instance, "cannot roll %s: out of memory",
				pool->config->name);
}

static void finish(struct pool *pool)
{
	pool->rolling.active = false;
	end_surge(pool);
	tell(pool, EVENT_ROLLED, "");
	for (uint32_t i = 0; i < pool->count; i++)
		operations_worker_changed(pool->workers[i]);
}

/* ---- step by step ---- */

/* How many may be under way at a time. With a surge no more than it makes up
 * for, and none before it is there. */
static uint32_t find_limit(const struct pool *pool)
{
	uint32_t at_once = (uint32_t)pool->config->rolling.at_once;
	uint32_t surge = pool->rolling.surge;

	for (uint32_t i = 0; i < surge; i++)
		if (pool->workers[pool->rolling.size + i]->roll != ROLL_NONE)
			return 0;
	return surge > 0 && surge < at_once ? surge : at_once;
}

static void begin_one(const struct pool *pool, struct worker *worker)
{
	worker->roll = ROLL_UNDER_WAY;
	/* One that is stopped takes its turn with the loop. */
	if (worker->state != WORKER_STOPPED)
		worker_ask(worker, INPUT_RESTART, pool->rolling.cause,
			   &pool->rolling.asker);
}

static void on_step(evutil_socket_t fd, short what, void *context)
{
	struct pool *pool = context;
	struct survey survey;

	(void)fd;
	(void)what;
	while (pool->rolling.active) {
		survey = survey_pool(pool);
		if (survey.failed) {
			fail(pool, survey.failed);
		} else if (!survey.next && survey.under_way == 0) {
			finish(pool);
		} else if (survey.next && survey.under_way < find_limit(pool)) {
			begin_one(pool, survey.next);
		} else {
			return;
		}
	}
}

/* Whether the worker's latest run is by the section that its pool has. */
static bool is_current(const struct worker *worker)
{
	const struct pool *pool = worker->pool;

	return worker->run.config >= pool->since &&
	       worker->run.config <= pool_config_number(pool);
}

int rolling_begin(struct pool *pool, enum end_cause cause,
		  const struct asker *asker,
		  const struct former_section *former)
{
	struct rolling *rolling = &pool->rolling;
	bool some_up = false;

	rolling_cancel(pool);
	if (!rolling->step)
		rolling->step =
			evtimer_new(pool->instance->base, on_step, pool);
	if (!rolling->step)
		return -1;
	rolling->active = true;
	rolling->cause = cause;
	rolling->asker = asker ? *asker : (struct asker){.command = NULL};
	rolling->size = pool_size(pool);
	rolling->former = former && pool->config->rolling.rollback
				  ? *former
				  : (struct former_section){.config = NULL};
	for (uint32_t i = 0; i < rolling->size; i++) {
		struct worker *worker = pool->workers[i];

		worker->roll = worker->wanted && (cause != CAUSE_RELOAD ||
						  !is_current(worker))
				       ? ROLL_WAITING
				       : ROLL_NONE;
		worker->roll_run = worker->last_run;
		some_up |= worker_is_up(worker);
	}
	if (some_up)
		begin_surge(pool, (uint32_t)pool->config->rolling.surge);
	event_active(rolling->step, EV_TIMEOUT, 0);
	return 0;
}

void rolling_follow(const struct worker *worker)
{
	const struct rolling *rolling = &worker->pool->rolling;

	if (rolling->active)
		event_active(rolling->step, EV_TIMEOUT, 0);
}

void rolling_cancel(struct pool *pool)
{
	if (!pool->rolling.active)
		return;
	pool->rolling.active = false;
	end_surge(pool);
	for (uint32_t i = 0; i < pool->count; i++)
		pool->workers[i]->roll = ROLL_NONE;
}

void rolling_pause(struct pool *pool)
{
	if (pool->rolling.active)
		end_surge(pool);
}

void rolling_resume(struct pool *pool)
{
	struct rolling *rolling = &pool->rolling;

	if (!rolling->active)
		return;
	rolling->size = pool_size(pool);
	begin_surge(pool, (uint32_t)pool->config->rolling.surge);
	event_active(rolling->step, EV_TIMEOUT, 0);
}

void rolling_release(struct pool *pool)
{
	if (pool->rolling.step)
		event_free(pool->rolling.step);
}
