#include "config.h"

#include "supervisor/scaler.h"

#include "base/clock.h"
#include "supervisor/meter.h"
#include "supervisor/instance.h"
#include "supervisor/loop.h"
#include "supervisor/message.h"
#include "supervisor/operation.h"
#include "supervisor/pool.h"
#include "supervisor/publish.h"
#include "supervisor/scaled.h"
#include "supervisor/scaling.h"
#include "supervisor/sockets.h"

#include <event2/event.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct scaler {
	struct pool *pool;
	struct scaling scaling;
	struct event *tick; /* once a second while workers are wanted */
	struct event *step; /* soon after a worker has changed */
	struct meter *meter; /* NULL: it does not scale by one */
	bool was_waiting; /* connections waited at the tick before */
	size_t count;
	struct event *sockets[]; /* added while no worker is wanted */
};

static const struct timeval second = {.tv_sec = 1};

static bool scales(const struct pool_config *config)
{
	return config->scaling.max > config->workers;
}

static bool scales_by(const struct pool *pool, const char *word)
{
	return strcmp(pool->config->scaling.by.items[0], word) == 0;
}

static struct scaling_bounds bounds_of(const struct pool *pool)
{
	const struct pool_config *config = pool->config;

	return (struct scaling_bounds){
		.min = (uint32_t)config->workers,
		.max = (uint32_t)config->scaling.max,
		.idle_ns = config->scaling.idle_ns,
	};
}

/* ---- telling it ---- */

static void report(struct pool *pool, enum event_kind kind, uint32_t workers,
		   const char *format, ...)
	__attribute__((format(printf, 4, 5)));

static void report(struct pool *pool, enum event_kind kind, uint32_t workers,
		   const char *format, ...)
{
	char text[256];
	struct event_record event = {.kind = kind, .count = workers};
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	snprintf(event.pool, sizeof(event.pool), "%s", pool->config->name);
	event.text = (struct bytes){text, strlen(text)};
	publish_event(pool->instance, &event);
}

/* ---- deciding ---- */

/* A need by the use of CPU, with the words for it: so many that each has its
 * share; fewer only when they would have a fifth less than that. */
static uint32_t wish_by_cpu(const struct pool *pool, uint32_t workers,
			    char text[64])
{
	double percent = scaled_cpu_percent(pool);
	double share = pool->config->scaling.share * 100;
	double most = percent / share;
	double least = percent / (share * 0.8);
	uint32_t up = (uint32_t)most + (most > (uint32_t)most);
	uint32_t down = (uint32_t)least + (least > (uint32_t)least);

	snprintf(text, 64, "%.0f%% of a CPU, %.0f%% for each", percent, share);
	if (up > workers)
		return up;
	return down < workers ? down : workers;
}

/* By connections that nobody has taken from one tick to the next; fewer by
 * idleness alone. */
static uint32_t wish_by_connections(struct scaler *scaler, uint32_t workers,
				    char text[64])
{
	bool waits = sockets_have_waiting(scaler->pool->sockets);
	bool waited = scaler->was_waiting;

	scaler->was_waiting = waits;
	snprintf(text, 64, "connections wait");
	return waits && waited ? UINT32_MAX : workers;
}

/* Acts on a wish for so many workers; `text` says what it comes from. */
static void decide(struct scaler *scaler, const struct scaled_census *census,
		   uint32_t wished, const char *text)
{
	struct pool *pool = scaler->pool;
	struct scaling_bounds bounds = bounds_of(pool);
	struct scaling_need need = {
		.now_ns = clock_monotonic_ns(),
		.workers = census->wanted,
		.wished = wished,
		.settled = census->well == census->wanted,
	};
	struct scaling_decision decision;

	/* With sockets the last one goes when it is idle, and not before. */
	if (bounds.min == 0 && scaler->count > 0 && census->wanted > 0)
		bounds.min = 1;
	if (need.wished < bounds.min)
		need.wished = bounds.min;
	decision = scaling_decide(&scaler->scaling, &bounds, &need);
	if (decision.verdict == SCALING_AT_MAX)
		report(pool, EVENT_MAX_REACHED, bounds.max,
		       "all %" PRIu32 " workers of %s are busy: %s", bounds.max,
		       pool->config->name, text);
	if (decision.verdict != SCALING_CHANGE)
		return;
	report(pool, EVENT_SCALED, decision.workers,
	       "from %" PRIu32 " to %" PRIu32 " workers: %s", census->wanted,
	       decision.workers, text);
	if (decision.workers > census->wanted)
		scaled_raise(pool, decision.workers - census->wanted);
	else
		scaled_lower(pool);
}

static bool is_at_work(const struct pool *pool)
{
	return pool->scaler && !pool->gone &&
	       pool->instance->phase == PHASE_RUNNING;
}

static void on_tick(evutil_socket_t fd, short what, void *context)
{
	struct scaler *scaler = context;
	struct pool *pool = scaler->pool;
	struct scaled_census census = scaled_count(pool);
	uint32_t wished;
	char text[64];

	(void)fd;
	(void)what;
	if (!is_at_work(pool) || census.wanted == 0) {
		event_del(scaler->tick);
		return;
	}
	if (scales_by(pool, "cpu"))
		wished = wish_by_cpu(pool, census.wanted, text);
	else
		wished = wish_by_connections(scaler, census.wanted, text);
	decide(scaler, &census, wished, text);
}

static void on_meter(double value, void *context)
{
	struct scaler *scaler = context;
	struct pool *pool = scaler->pool;
	struct scaled_census census = scaled_count(pool);
	double workers = value / pool->config->scaling.load;
	uint32_t wished = UINT32_MAX;
	char text[64];

	/* What somebody has stopped stays so. */
	if (!is_at_work(pool) || census.wanted + census.parked == 0)
		return;
	if (workers < (double)pool->config->scaling.max + 1)
		wished = (uint32_t)workers + (workers > (uint32_t)workers);
	snprintf(text, sizeof(text), "its command says %g", value);
	decide(scaler, &census, wished, text);
}

/* ---- on demand ---- */

static void on_connection(evutil_socket_t fd, short what, void *context)
{
	struct scaler *scaler = context;
	struct pool *pool = scaler->pool;
	struct scaled_census census = scaled_count(pool);

	(void)fd;
	(void)what;
	for (size_t i = 0; i < scaler->count; i++)
		event_del(scaler->sockets[i]);
	if (!is_at_work(pool) || census.wanted > 0 || census.parked == 0)
		return;
	report(pool, EVENT_SCALED, 1, "from 0 to 1 workers: a connection came");
	scaled_raise(pool, 1);
}

bool scaler_waits(const struct worker *worker)
{
	const struct pool *pool = worker->pool;

	return worker->parked && pool->config->workers == 0 &&
	       pool->config->sockets.count > 0 &&
	       scaled_count(pool).wanted == 0;
}

static void on_step(evutil_socket_t fd, short what, void *context)
{
	struct scaler *scaler = context;
	struct pool *pool = scaler->pool;
	struct scaled_census census;

	(void)fd;
	(void)what;
	if (!is_at_work(pool))
		return;
	if (pool->config->workers == 0)
		scaled_park_done(pool);
	census = scaled_count(pool);
	if (census.wanted > 0 && !scaler->meter &&
	    !event_pending(scaler->tick, EV_TIMEOUT, NULL))
		event_add(scaler->tick, &second);
	/* While one still stops it may take the connection itself. */
	for (size_t i = 0; i < scaler->count && pool->config->workers == 0; i++)
		if (census.wanted == 0 && census.alive == 0 &&
		    census.parked > 0)
			event_add(scaler->sockets[i], NULL);
}

void scaler_follow(struct worker *worker)
{
	if (worker->pool->scaler)
		event_active(worker->pool->scaler->step, EV_TIMEOUT, 0);
}

void scaler_forget(const struct worker *worker)
{
	const struct scaler *scaler = worker->pool->scaler;

	if (scaler && scaler->meter && worker->index == 0)
		meter_cancel(scaler->meter);
}

void scaler_idle(struct worker *worker, const struct message *message)
{
	struct pool *pool = worker->pool;
	struct scaling_bounds bounds = bounds_of(pool);
	uint32_t workers = scaled_count(pool).wanted;

	if (!is_at_work(pool) || worker->run.number != message->run ||
	    worker->state != WORKER_READY || !worker->wanted)
		return;
	/* In other ways than by connections idleness is for the last one. */
	if (!scales_by(pool, "connections") &&
	    (workers > 1 || pool->scaler->count == 0))
		return;
	if (!scaling_release(&pool->scaler->scaling, &bounds,
			     clock_monotonic_ns(), workers,
			     (int64_t)message->value))
		return;
	report(pool, EVENT_SCALED, workers - 1,
	       "from %" PRIu32 " to %" PRIu32 " workers: %s", workers,
	       workers - 1, message->text);
	scaled_park(worker);
}

/* ---- coming and going ---- */

uint32_t scaler_size(const struct pool *pool)
{
	uint32_t least = (uint32_t)pool->config->workers;
	uint32_t size = pool_size(pool);

	if (!scales(pool->config))
		return least;
	if (least == 0)
		least = 1;
	if (size > pool->config->scaling.max)
		size = (uint32_t)pool->config->scaling.max;
	return size > least ? size : least;
}

void scaler_want(struct worker *worker)
{
	const struct pool_config *config = worker->pool->config;

	worker->parked = scales(config) && config->workers == 0;
	worker->wanted = !worker->parked;
}

void scaler_close(struct scaler *scaler)
{
	if (!scaler)
		return;
	for (size_t i = 0; i < scaler->count; i++)
		if (scaler->sockets[i])
			event_free(scaler->sockets[i]);
	meter_close(scaler->meter);
	if (scaler->tick)
		event_free(scaler->tick);
	if (scaler->step)
		event_free(scaler->step);
	free(scaler);
}

static struct event *new_event(struct scaler *scaler, int fd, short what,
			       event_callback_fn callback)
{
	struct event *event = event_new(scaler->pool->instance->base, fd, what,
					callback, scaler);

	if (event)
		event_priority_set(event, PRIORITY_START);
	return event;
}

static struct scaler *scaler_new(struct pool *pool)
{
	size_t number = pool->sockets ? sockets_count(pool->sockets) : 0;
	struct scaler *scaler =
		calloc(1, sizeof(*scaler) + number * sizeof(struct event *));
	bool made;

	if (!scaler)
		return NULL;
	scaler->pool = pool;
	scaler->tick = new_event(scaler, -1, EV_PERSIST, on_tick);
	scaler->step = new_event(scaler, -1, 0, on_step);
	made = scaler->tick && scaler->step;
	if (made && scales_by(pool, "exec")) {
		scaler->meter = meter_open(pool, on_meter, scaler);
		made = scaler->meter;
	}
	for (size_t i = 0; i < number && made; i++) {
		scaler->sockets[i] =
			new_event(scaler, sockets_fd(pool->sockets, i), EV_READ,
				  on_connection);
		made = scaler->sockets[i];
		scaler->count += made;
	}
	if (made)
		return scaler;
	scaler_close(scaler);
	return NULL;
}

int scaler_configure(struct pool *pool)
{
	struct scaler *former = pool->scaler;

	pool->scaler = NULL;
	if (scales(pool->config)) {
		pool->scaler = scaler_new(pool);
		if (pool->scaler && former)
			pool->scaler->scaling = former->scaling;
		if (pool->scaler)
			event_active(pool->scaler->step, EV_TIMEOUT, 0);
	}
	scaler_close(former);
	return scales(pool->config) && !pool->scaler ? -1 : 0;
}
