#include "config.h"

#include "supervisor/operations.h"

#include "base/ending.h"
#include "supervisor/instance.h"
#include "supervisor/pool.h"
#include "supervisor/shutdown.h"
#include "supervisor/worker.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

/* How long the text on what was killed may get, about. */
enum { KILLED_TEXT_MAX = 4000 };

/* A worker that an operation waits for. */
struct awaited {
	struct worker *worker;
	uint64_t run_before; /* its latest run when the operation began */
	/* The first run whose end says that it cannot get up. */
	uint64_t first_try;
};

struct operation {
	LIST_ENTRY(operation) entry;
	struct operations *operations;
	uint64_t id;
	enum operation_verb verb;
	operation_fn *done; /* NULL: nobody wants to know */
	void *context;
	struct awaited *awaited;
	size_t count;
	size_t capacity;
	bool settled; /* it may end */
	char *text;
};

struct operations {
	LIST_HEAD(, operation) list;
	uint64_t last_id;
};

struct operations *operations_open(void)
{
	struct operations *operations = calloc(1, sizeof(*operations));

	if (operations)
		LIST_INIT(&operations->list);
	return operations;
}

static void operation_free(struct operation *operation)
{
	LIST_REMOVE(operation, entry);
	free(operation->awaited);
	free(operation->text);
	free(operation);
}

void operations_close(struct operations *operations)
{
	if (!operations)
		return;
	while (!LIST_EMPTY(&operations->list))
		/* The checker does not see that each is taken off the list.
		 * NOLINTNEXTLINE(clang-analyzer-unix.Malloc) */
		operation_free(LIST_FIRST(&operations->list));
	free(operations);
}

struct operation *operation_new(struct instance *instance,
				enum operation_verb verb, operation_fn *done,
				void *context)
{
	struct operation *operation = calloc(1, sizeof(*operation));

	if (!operation)
		return NULL;
	operation->operations = instance->operations;
	operation->id = ++instance->operations->last_id;
	operation->verb = verb;
	operation->done = done;
	operation->context = context;
	LIST_INSERT_HEAD(&instance->operations->list, operation, entry);
	return operation;
}

uint64_t operation_id(const struct operation *operation)
{
	return operation->id;
}

int operation_wait_for(struct operation *operation, struct worker *worker)
{
	if (operation->count == operation->capacity) {
		size_t capacity = operation->capacity * 2 + 8;
		struct awaited *awaited = realloc(operation->awaited,
						  capacity * sizeof(*awaited));

		if (!awaited)
			return -1;
		operation->awaited = awaited;
		operation->capacity = capacity;
	}
	/* One that is just starting is what a start waits for. */
	operation->awaited[operation->count++] = (struct awaited){
		.worker = worker,
		.run_before = worker->last_run,
		.first_try = worker->state == WORKER_STARTING &&
					     operation->verb == OPERATION_START
				     ? worker->last_run
				     : worker->last_run + 1,
	};
	return 0;
}

void operation_set_text(struct operation *operation, const char *text)
{
	free(operation->text);
	operation->text = strdup(text);
}

void operation_end(struct operation *operation, enum operation_outcome outcome,
		   const char *text)
{
	struct operation_report report = {
		.id = operation->id,
		.outcome = outcome,
		.text = text ? text : operation->text,
	};

	if (operation->done)
		operation->done(&report, operation->context);
	operation_free(operation);
}

/* ---- where workers have got to ---- */

enum progress {
	PROGRESS_PENDING,
	PROGRESS_THERE,
	PROGRESS_FAILED,
	PROGRESS_OVERRULED, /* somebody else wants it otherwise */
};

static enum progress progress_up(const struct awaited *awaited)
{
	const struct worker *worker = awaited->worker;
	const struct live_exit *last = &worker->last_exit;
	bool tried = last->run >= awaited->first_try;

	/* It may be done by policy alone: a crash is no success. */
	if (worker->state == WORKER_DONE && tried &&
	    end_cause_is_crash(last->cause))
		return PROGRESS_FAILED;
	if (worker_is_up(worker))
		return PROGRESS_THERE;
	if (worker->state == WORKER_FAILED ||
	    (worker->state == WORKER_BACKOFF && tried))
		return PROGRESS_FAILED;
	return PROGRESS_PENDING;
}

static enum progress progress(enum operation_verb verb,
			      const struct awaited *awaited)
{
	const struct worker *worker = awaited->worker;

	switch (verb) {
	case OPERATION_STOP:
	case OPERATION_SHUTDOWN:
		if (worker->wanted)
			return shutdown_is_under_way(worker->pool->instance)
				       ? PROGRESS_PENDING
				       : PROGRESS_OVERRULED;
		return worker->state == WORKER_STOPPED ? PROGRESS_THERE
						       : PROGRESS_PENDING;
	case OPERATION_RELOAD:
		if (worker->pool->rolling.active)
			return PROGRESS_PENDING;
		if (worker->gone)
			return PROGRESS_PENDING;
		break;
	case OPERATION_SCALE:
		/* One that is dropped is forgotten when it is down. */
		if (worker->gone)
			return PROGRESS_PENDING;
		break;
	case OPERATION_RESTART:
		if (worker->pool->rolling.active)
			return PROGRESS_PENDING;
		if (worker->wanted && worker->last_run == awaited->run_before)
			return PROGRESS_PENDING;
		break;
	case OPERATION_START:
	case OPERATION_SIGNAL:
		break;
	}
	return worker->wanted ? progress_up(awaited) : PROGRESS_OVERRULED;
}

static void fail_for(struct operation *operation, const struct worker *worker,
		     bool overruled)
{
	static const char *const verbs[] = {
		[OPERATION_START] = "start",	 [OPERATION_STOP] = "stop",
		[OPERATION_RESTART] = "restart", [OPERATION_SIGNAL] = "signal",
		[OPERATION_SCALE] = "scale",	 [OPERATION_RELOAD] = "reload",
		[OPERATION_SHUTDOWN] = "stop",
	};
	const struct live_exit *last = &worker->last_exit;
	struct ending ending = live_exit_ending(last);
	char name[WORKER_NAME_SIZE], words[ENDING_TEXT_SIZE];
	char text[ENDING_TEXT_SIZE + 2 * WORKER_NAME_SIZE];

	worker_name(worker, name);
	if (overruled)
		snprintf(words, sizeof(words), "it was %s meanwhile",
			 worker->wanted ? "started" : "stopped");
	else
		ending_describe(&ending, words);
	snprintf(text, sizeof(text), "cannot %s %s: %s", verbs[operation->verb],
		 name, words);
	operation_end(operation, OPERATION_FAILED, text);
}

/* Looks at the awaited worker number `i`; returns false when the operation has
 * ended by that. */
static bool look_at(struct operation *operation, size_t i)
{
	struct awaited *awaited = &operation->awaited[i];

	enum progress got = progress(operation->verb, awaited);

	switch (got) {
	case PROGRESS_FAILED:
	case PROGRESS_OVERRULED:
		fail_for(operation, awaited->worker, got == PROGRESS_OVERRULED);
		return false;
	case PROGRESS_THERE:
		*awaited = operation->awaited[--operation->count];
		break;
	case PROGRESS_PENDING:
		break;
	}
	if (operation->count > 0)
		return true;
	operation_end(operation, OPERATION_DONE, NULL);
	return false;
}

void operation_settle(struct operation *operation)
{
	operation->settled = true;
	if (operation->count == 0) {
		operation_end(operation, OPERATION_DONE, NULL);
		return;
	}
	/* From the end: what is there is taken out. */
	for (size_t i = operation->count; i-- > 0;)
		if (!look_at(operation, i))
			return;
}

static size_t find(const struct operation *operation,
		   const struct worker *worker)
{
	size_t i = 0;

	while (i < operation->count && operation->awaited[i].worker != worker)
		i++;
	return i;
}

void operations_worker_changed(struct worker *worker)
{
	struct operations *operations = worker->pool->instance->operations;
	struct operation *operation = LIST_FIRST(&operations->list);

	while (operation) {
		struct operation *next = LIST_NEXT(operation, entry);
		size_t i = find(operation, worker);

		if (operation->settled && i < operation->count)
			look_at(operation, i);
		operation = next;
	}
}

static bool waits_for_pool(const struct operation *operation,
			   const struct pool *pool)
{
	for (size_t i = 0; i < operation->count; i++)
		if (operation->awaited[i].worker->pool == pool)
			return true;
	return false;
}

void operations_fail_pool(const struct pool *pool, const char *text)
{
	struct operations *operations = pool->instance->operations;
	struct operation *operation = LIST_FIRST(&operations->list);

	while (operation) {
		struct operation *next = LIST_NEXT(operation, entry);

		if ((operation->verb == OPERATION_RELOAD ||
		     operation->verb == OPERATION_RESTART) &&
		    waits_for_pool(operation, pool))
			operation_end(operation, OPERATION_FAILED, text);
		operation = next;
	}
}

/* Appends "NAMES of WORKER", or "…" once where the text is full. */
static void append_killed(struct operation *operation,
			  const struct worker *worker, const char *names)
{
	static const char more[] = "; …";
	const char *former = operation->text ? operation->text : "";
	const size_t used = strlen(former);
	char name[WORKER_NAME_SIZE];
	char *text;
	int length;

	worker_name(worker, name);
	if (used <= KILLED_TEXT_MAX)
		length = asprintf(&text, "%s%s%s of %s", former,
				  used > 0 ? "; " : "", names, name);
	else if (strcmp(former + used - (sizeof(more) - 1), more) != 0)
		length = asprintf(&text, "%s%s", former, more);
	else
		return;
	if (length < 0)
		return;
	free(operation->text);
	operation->text = text;
}

void operations_worker_killed(const struct worker *worker, const char *names)
{
	struct operations *operations = worker->pool->instance->operations;
	struct operation *operation;

	LIST_FOREACH (operation, &operations->list, entry)
		if (operation->verb != OPERATION_RELOAD &&
		    find(operation, worker) < operation->count)
			append_killed(operation, worker, names);
}

void operations_forget_worker(struct worker *worker)
{
	struct operations *operations = worker->pool->instance->operations;
	struct operation *operation =
		operations ? LIST_FIRST(&operations->list) : NULL;

	while (operation) {
		struct operation *next = LIST_NEXT(operation, entry);
		size_t i = find(operation, worker);

		if (i < operation->count) {
			operation->awaited[i] =
				operation->awaited[--operation->count];
			if (operation->count == 0 && operation->settled)
				operation_end(operation, OPERATION_DONE, NULL);
		}
		operation = next;
	}
}

void operation_forget(struct instance *instance, uint64_t id)
{
	struct operation *operation;

	LIST_FOREACH (operation, &instance->operations->list, entry)
		if (operation->id == id)
			operation->done = NULL;
}
