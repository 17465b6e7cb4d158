#include "config.h"

#include "supervisor/meter.h"

#include "base/clock.h"
#include "supervisor/environment.h"
#include "supervisor/instance.h"
#include "supervisor/pool.h"
#include "supervisor/publish.h"
#include "supervisor/task.h"

#include <event2/event.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct meter {
	struct pool *pool;
	meter_fn *told;
	void *context;
	struct event *tick;
	struct task *task; /* NULL: it does not run now */
	char why[400]; /* it gives no number, as was told; "": it does */
};

/* Says why it gives no number: once for each reason. */
static void fail(struct meter *meter, const char *why)
{
	if (strcmp(meter->why, why) == 0)
		return;
	snprintf(meter->why, sizeof(meter->why), "%s", why);
	publish_warning(meter->pool->instance,
			"%s is not scaled: its command %s",
			meter->pool->config->name, why);
}

/* Reads the number that stands alone in a text. */
static bool read_number(const char *text, double *number)
{
	char *end;

	*number = strtod(text, &end);
	return end != text && end[strspn(end, " \t\r\n")] == '\0' &&
	       isfinite(*number) && *number >= 0;
}

static void on_done(const struct task_result *result, void *context)
{
	struct meter *meter = context;
	double number = 0;
	char why[sizeof(meter->why)];

	meter->task = NULL;
	if (!result->started)
		snprintf(why, sizeof(why), "could not start: %s",
			 result->failure);
	else if (result->timed_out)
		snprintf(why, sizeof(why), "took too long");
	else if (result->code != 0)
		snprintf(why, sizeof(why), "failed with code %d", result->code);
	else if (!read_number(result->output, &number))
		snprintf(why, sizeof(why), "prints no number");
	else
		why[0] = '\0';
	if (*why) {
		fail(meter, why);
		return;
	}
	meter->why[0] = '\0';
	meter->told(number, meter->context);
}

static void on_tick(evutil_socket_t fd, short what, void *context)
{
	struct meter *meter = context;
	struct pool *pool = meter->pool;
	const struct pool_config *config = pool->config;
	const struct text_list *by = &config->scaling.by;
	/* Behind the word "exec". */
	struct text_list command = {by->items + 1, by->count - 1};
	struct run_arguments arguments;
	struct task_request request = {
		.directory = config->directory,
		.timeout_ns = config->scaling.every_ns,
		.done = on_done,
		.context = meter,
	};

	(void)fd;
	(void)what;
	if (meter->task || pool->gone || pool->count == 0 ||
	    pool->instance->phase != PHASE_RUNNING)
		return;
	request.as = pool->workers[0];
	arguments = environment_make_command(pool->instance->environment,
					     pool->workers[0], &command,
					     pool->workers[0]->last_run);
	request.argv = arguments.argv;
	request.envp = arguments.envp;
	meter->task = task_start(pool->instance, &request);
	if (!meter->task)
		fail(meter, "could not start: too much is under way");
}

void meter_cancel(struct meter *meter)
{
	if (meter->task)
		task_cancel(meter->task);
	meter->task = NULL;
}

void meter_close(struct meter *meter)
{
	if (!meter)
		return;
	meter_cancel(meter);
	if (meter->tick)
		event_free(meter->tick);
	free(meter);
}

struct meter *meter_open(struct pool *pool, meter_fn *told, void *context)
{
	const struct timeval every =
		clock_timeval(pool->config->scaling.every_ns);
	struct meter *meter = calloc(1, sizeof(*meter));

	if (!meter)
		return NULL;
	*meter = (struct meter){
		.pool = pool,
		.told = told,
		.context = context,
		.tick = event_new(pool->instance->base, -1, EV_PERSIST, on_tick,
				  meter),
	};
	if (!meter->tick) {
		free(meter);
		return NULL;
	}
	event_priority_set(meter->tick, PRIORITY_REQUEST);
	event_add(meter->tick, &every);
	event_active(meter->tick, EV_TIMEOUT, 0);
	return meter;
}
