#include "config.h"

#include "supervisor/operation.h"

#include "base/signals.h"
#include "supervisor/helpers.h"
#include "supervisor/instance.h"
#include "supervisor/loop.h"
#include "supervisor/operations.h"
#include "supervisor/placing.h"
#include "supervisor/pool.h"
#include "supervisor/publish.h"
#include "supervisor/reloading.h"
#include "supervisor/shutdown.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_WORKERS = 100000 };

static const char *const words[] = {
	[OPERATION_START] = "start",	   [OPERATION_STOP] = "stop",
	[OPERATION_RESTART] = "restart",   [OPERATION_SIGNAL] = "signal",
	[OPERATION_SCALE] = "scale",	   [OPERATION_RELOAD] = "reload",
	[OPERATION_SHUTDOWN] = "shutdown",
};

/* ---- what a request names ---- */

/* Some workers: all of one pool or of all pools, or a single one. */
struct selection {
	struct pool *pool; /* NULL: all pools */
	struct worker *worker; /* NULL: all of the pool */
};

/* The pool of the config in force called `name`, or NULL. */
static struct pool *select_pool(const struct instance *instance,
				const char *name)
{
	struct pool *pool = instance_find_pool(instance, name);

	return pool && !pool->gone ? pool : NULL;
}

static bool select_target(const struct instance *instance, const char *target,
			  struct selection *selection)
{
	const char *slash = strchr(target, '/');
	char name[NAME_SIZE];
	char *end;
	unsigned long index;

	*selection = (struct selection){NULL, NULL};
	if (strcmp(target, "all") == 0)
		return true;
	if (!slash) {
		selection->pool = select_pool(instance, target);
		return selection->pool != NULL;
	}
	if ((size_t)(slash - target) >= sizeof(name) || slash[1] < '0' ||
	    slash[1] > '9')
		return false;
	snprintf(name, sizeof(name), "%.*s", (int)(slash - target), target);
	index = strtoul(slash + 1, &end, 10);
	selection->pool = select_pool(instance, name);
	if (!selection->pool || *end != '\0' || index >= selection->pool->count)
		return false;
	selection->worker = selection->pool->workers[index];
	return !selection->worker->gone;
}

typedef void visit_fn(struct worker *worker, void *context);

static void visit_pool(struct pool *pool, visit_fn *visit, void *context)
{
	for (uint32_t i = 0; i < pool->count; i++)
		if (!pool->workers[i]->gone)
			visit(pool->workers[i], context);
}

static void visit_selected(struct instance *instance,
			   const struct selection *selection, visit_fn *visit,
			   void *context)
{
	if (selection->worker) {
		visit(selection->worker, context);
		return;
	}
	for (size_t i = 0; i < instance->pool_count; i++) {
		struct pool *pool = instance->pools[i];

		if (!pool->hidden && !pool->gone &&
		    (!selection->pool || pool == selection->pool))
			visit_pool(pool, visit, context);
	}
}

/* ---- what is done to each worker ---- */

static void await(struct worker *worker, void *operation)
{
	/* It is where it should be until it is needed. */
	if (worker->parked)
		return;
	operation_wait_for(operation, worker);
}

/* One that is stopped takes its turn: it may have to wait for others. */
static void start(struct worker *worker, void *asker)
{
	if (worker->parked)
		return;
	governor_reset(&worker->pool->governor);
	if (worker->state == WORKER_STOPPED) {
		worker->wanted = true;
		worker_note_reason(worker, "command", asker);
		policy_reset(&worker->policy);
		publish_worker(worker);
		return;
	}
	worker_ask(worker, INPUT_START, CAUSE_STOPPED, asker);
}

static void unpark(struct worker *worker, void *context)
{
	(void)context;
	worker->parked = false;
}

static void stop(struct worker *worker, void *asker)
{
	unpark(worker, NULL);
	worker_ask(worker, INPUT_STOP, CAUSE_STOPPED, asker);
}

static void restart(struct worker *worker, void *asker)
{
	governor_reset(&worker->pool->governor);
	if (worker->state == WORKER_STOPPED)
		start(worker, asker);
	else
		worker_ask(worker, INPUT_RESTART, CAUSE_RESTARTED, asker);
}

struct signalling {
	int number;
	uint32_t count;
	const struct asker *asker;
};

static void send_signal(struct worker *worker, void *context)
{
	struct signalling *signalling = context;

	if (worker->run.pid <= 0)
		return;
	worker->run.hand_signal = signalling->number;
	worker->run.asker = *signalling->asker;
	worker->kernel->send_signal(worker, signalling->number);
	signalling->count++;
}

/* ---- the verbs ---- */

static void refuse(struct operation *operation, enum operation_outcome outcome,
		   const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static void refuse(struct operation *operation, enum operation_outcome outcome,
		   const char *format, ...)
{
	va_list arguments;
	char text[256];

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	operation_end(operation, outcome, text);
}

/* Gives the workers of one pool, or of all, new runs one after the other. */
static bool roll(struct instance *instance, struct pool *only,
		 const struct asker *asker)
{
	for (size_t i = HELPER_COUNT; i < instance->pool_count; i++) {
		struct pool *pool = instance->pools[i];

		if (pool->gone || (only && pool != only))
			continue;
		governor_reset(&pool->governor);
		if (rolling_begin(pool, CAUSE_RESTARTED, asker, NULL) < 0)
			return false;
	}
	return true;
}

static void begin_simple(struct instance *instance, struct operation *operation,
			 enum operation_verb verb, bool rolling,
			 const struct selection *selection, struct asker *asker)
{
	visit_fn *visit = verb == OPERATION_START  ? start
			  : verb == OPERATION_STOP ? stop
						   : restart;

	/* Who names one has it started, needed or not. */
	if (selection->worker)
		selection->worker->parked = false;
	visit_selected(instance, selection, await, operation);
	if (verb != OPERATION_STOP)
		shutdown_spare_workers(instance);
	if (verb == OPERATION_STOP && !selection->pool) {
		visit_selected(instance, selection, unpark, NULL);
		shutdown_stop_workers(instance, asker);
	} else if (!rolling || selection->worker ||
		   !roll(instance, selection->pool, asker))
		visit_selected(instance, selection, visit, asker);
	loop_start_workers(instance);
	operation_settle(operation);
}

static void begin_signal(struct instance *instance, struct operation *operation,
			 const struct operation_request *request,
			 const struct selection *selection,
			 const struct asker *asker)
{
	struct signalling signalling = {.number = request->signal,
					.asker = asker};

	visit_selected(instance, selection, send_signal, &signalling);
	if (signalling.count > 0)
		operation_settle(operation);
	else
		refuse(operation, OPERATION_FAILED,
		       "cannot signal %.100s: nothing of it runs",
		       request->target);
}

/* Whether the instance can have `count` workers in `pool`. A supervisor out of
 * descriptors would not even hear that it shall have fewer. */
static bool has_files_for(const struct instance *instance,
			  const struct pool *pool, uint32_t count)
{
	uint64_t workers = 0, others = 0;

	for (size_t i = HELPER_COUNT; i < instance->pool_count; i++) {
		const struct pool *one = instance->pools[i];
		uint64_t size = one == pool ? count : one->count;

		workers += size;
		others += pool_config_files(one->config, size);
	}
	return workers <=
	       configuration_most_workers(instance->nofile.rlim_max, others);
}

/* Refuses a scaling that cannot be; returns whether it did. */
static bool refuse_scale(const struct instance *instance,
			 struct operation *operation,
			 const struct operation_request *request,
			 const struct selection *selection)
{
	int64_t count = request->count;
	struct error error;

	if (!selection->pool || selection->worker)
		refuse(operation, OPERATION_REFUSED,
		       "cannot scale %.100s: it is no pool", request->target);
	else if (count < 0 || count > MAX_WORKERS)
		refuse(operation, OPERATION_REFUSED,
		       "cannot scale %.100s: the number must be from 0 to %d",
		       request->target, (int)MAX_WORKERS);
	else if (selection->pool->scaler &&
		 (count == 0 || count < selection->pool->config->workers ||
		  count > selection->pool->config->scaling.max))
		refuse(operation, OPERATION_REFUSED,
		       "cannot scale %.100s to %" PRId64
		       ": its config allows %" PRId64 " to %" PRId64
		       " workers, and reeve stop ends them all",
		       request->target, count, selection->pool->config->workers,
		       selection->pool->config->scaling.max);
	else if (selection->pool->rolling.active)
		refuse(operation, OPERATION_REFUSED,
		       "cannot scale %.100s: its workers are being restarted "
		       "one after the other; wait for that",
		       request->target);
	else if (count > selection->pool->count &&
		 !has_files_for(instance, selection->pool, (uint32_t)count))
		refuse(operation, OPERATION_REFUSED,
		       "cannot scale %.100s to %" PRId64
		       ": reeve may have %ju files open here, which is not "
		       "enough; raise the hard limit (ulimit -Hn)",
		       request->target, count,
		       (uintmax_t)instance->nofile.rlim_max);
	else if (count > selection->pool->count &&
		 !placing_fits(instance, selection->pool, (uint32_t)count,
			       &error))
		refuse(operation, OPERATION_REFUSED,
		       "cannot scale %.100s to %" PRId64 ": %s",
		       request->target, count, error.text);
	else
		return false;
	return true;
}

/* Has the workers from number `before` on come up. */
static void raise_workers(struct pool *pool, uint32_t before,
			  struct operation *operation,
			  const struct asker *asker)
{
	uint32_t size = pool_size(pool);

	for (uint32_t i = 0; i < size; i++) {
		struct worker *worker = pool->workers[i];

		if (i < before && !worker->parked)
			continue;
		worker->parked = false;
		worker_note_reason(worker, "scale", asker);
		operation_wait_for(operation, worker);
		if (worker->state == WORKER_STOPPED)
			worker->wanted = true;
		else
			worker_ask(worker, INPUT_START, CAUSE_SCALED, asker);
	}
}

static void begin_scale(struct instance *instance, struct operation *operation,
			const struct operation_request *request,
			struct pool *pool, const struct asker *asker)
{
	uint32_t before = pool_size(pool);
	uint32_t count = (uint32_t)request->count;

	for (uint32_t i = count; i < pool->count; i++)
		operation_wait_for(operation, pool->workers[i]);
	if (pool_resize(pool, count, CAUSE_SCALED, asker) < 0) {
		refuse(operation, OPERATION_FAILED,
		       "cannot scale %.100s to %" PRIu32 ": out of memory",
		       request->target, count);
		return;
	}
	placing_update(instance);
	raise_workers(pool, before, operation, asker);
	pool_resized(pool);
	operation_settle(operation);
}

static void begin_on_target(struct instance *instance,
			    struct operation *operation,
			    const struct operation_request *request,
			    struct asker *asker)
{
	struct selection selection;

	if (!request->target ||
	    !select_target(instance, request->target, &selection))
		refuse(operation, OPERATION_NO_SUCH_NAME,
		       "no such pool or worker: %.100s",
		       request->target ? request->target : "");
	else if (instance->phase > PHASE_RUNNING)
		refuse(operation, OPERATION_FAILED,
		       "cannot %s: the instance is stopping",
		       words[request->verb]);
	else if (request->verb == OPERATION_SIGNAL)
		begin_signal(instance, operation, request, &selection, asker);
	else if (request->verb != OPERATION_SCALE)
		begin_simple(instance, operation, request->verb,
			     request->rolling, &selection, asker);
	else if (!refuse_scale(instance, operation, request, &selection))
		begin_scale(instance, operation, request, selection.pool,
			    asker);
}

/* The request in the words in which people type it: "web 4" for a scale. */
static void describe(const struct operation_request *request, char text[256])
{
	const char *target = request->target ? request->target : "";
	char name[SIGNAL_TEXT_SIZE];

	if (request->verb == OPERATION_SIGNAL) {
		signal_format(request->signal, name);
		snprintf(text, 256, "%s %.200s", name, target);
	} else if (request->verb == OPERATION_SCALE) {
		snprintf(text, 256, "%.200s %" PRId64, target, request->count);
	} else {
		snprintf(text, 256, "%.200s", target);
	}
}

static void report_command(struct instance *instance,
			   const struct operation_request *request)
{
	char text[256];
	struct event_record event = {
		.kind = EVENT_COMMAND,
		.uid = request->uid + 1,
	};

	describe(request, text);
	event.text = (struct bytes){text, strlen(text)};
	snprintf(event.command, sizeof(event.command), "%s",
		 words[request->verb]);
	publish_event(instance, &event);
}

uint64_t operation_begin(struct instance *instance,
			 const struct operation_request *request,
			 operation_fn *done, void *context)
{
	struct operation *operation =
		operation_new(instance, request->verb, done, context);
	struct asker asker = {words[request->verb], request->uid + 1};
	uint64_t id;

	if (!operation) {
		struct operation_report report = {
			.outcome = OPERATION_FAILED,
			.text = "cannot do that: out of memory",
		};

		if (done)
			done(&report, context);
		return 0;
	}
	id = operation_id(operation);
	if (!request->dry_run)
		report_command(instance, request);
	if (request->verb == OPERATION_RELOAD) {
		reloading_begin(instance, operation, request->dry_run, &asker);
	} else if (request->verb == OPERATION_SHUTDOWN) {
		shutdown_begin(instance, &asker);
		operation_settle(operation);
	} else {
		begin_on_target(instance, operation, request, &asker);
	}
	return id;
}
