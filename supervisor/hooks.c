#include "config.h"

#include "supervisor/hooks.h"

#include "base/duration.h"
#include "base/list.h"
#include "base/signals.h"
#include "supervisor/environment.h"
#include "supervisor/instance.h"
#include "supervisor/loop.h"
#include "supervisor/publish.h"
#include "supervisor/task.h"

#include <assert.h>
#include <event2/event.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	/* In all, and of one pool: a storm of its crashes keeps no other pool
	 * from being heard. */
	RUNNING_MAX = 8,
	RUNNING_OF_POOL = 4,
	WAITING_MAX = 64,
	WAITING_OF_POOL = 16,
	EXIT_NOT_STARTED = 127, /* as shells have it */
	/* Variables with the facts, and the longest. */
	FACT_COUNT = 9,
	FACT_SIZE = 256,
};

static const char *const names[HOOK_COUNT] = {
	[HOOK_CRASH] = "crash",
	[HOOK_FAILED] = "failed",
	[HOOK_READY] = "ready",
	[HOOK_UNHEALTHY] = "unhealthy",
};

/* A hook that waits or runs: what happened, as it was then. */
struct job {
	struct list_link link;
	struct instance *instance;
	struct worker *worker; /* only while it waits */
	char pool[NAME_SIZE];
	uint32_t index;
	enum hook hook;
	int64_t timeout_ns;
	struct event_record facts; /* its texts are not those of the event */
	char text[FACT_SIZE - 16];
	uint64_t merged; /* further ones that it stands for */
};

struct hooks {
	struct event *step;
	struct list_link waiting;
	struct list_link running;
	unsigned waiting_count;
	unsigned running_count;
	uint64_t lost; /* for which no other one could stand */
};

/* ---- running ---- */

static void job_free(struct job *job)
{
	list_remove(&job->link);
	free(job);
}

static void report(const struct job *job, const struct task_result *result)
{
	char text[TASK_OUTPUT_MAX + 512], timeout[DURATION_TEXT_SIZE];
	struct event_record event = {
		.kind = EVENT_HOOK,
		.worker = (uint64_t)job->index + 1,
		.run = job->facts.run,
		.exit_code = (uint64_t)(result->started ? result->code
							: EXIT_NOT_STARTED),
		.exit_signal = (uint64_t)(result->timed_out ? SIGKILL
							    : result->signal),
		.uptime_us = (uint64_t)(result->duration_ns / 1000),
		.count = job->merged,
	};

	duration_format(job->timeout_ns, timeout);
	if (!result->started)
		snprintf(text, sizeof(text), "%s", result->failure);
	else if (result->timed_out)
		snprintf(text, sizeof(text), "not done in %s: killed%s%s",
			 timeout, result->output_size ? "; it said: " : "",
			 result->output);
	else
		snprintf(text, sizeof(text), "%s%s", result->output,
			 result->output_cut ? "…" : "");
	snprintf(event.pool, sizeof(event.pool), "%s", job->pool);
	snprintf(event.by, sizeof(event.by), "%s", names[job->hook]);
	event.text = (struct bytes){text, strlen(text)};
	publish_event(job->instance, &event);
}

static void on_done(const struct task_result *result, void *context)
{
	struct job *job = context;
	struct hooks *hooks = job->instance->hooks;

	report(job, result);
	hooks->running_count--;
	job_free(job);
	if (hooks->waiting_count > 0)
		loop_soon(hooks->step);
}

/* Writes "NAME=value" for each fact. */
static void write_facts(const struct job *job, char facts[][FACT_SIZE])
{
	const struct event_record *event = &job->facts;
	char code[24] = "", signal[SIGNAL_TEXT_SIZE] = "";

	if (event->exit_signal)
		signal_format((int)event->exit_signal, signal);
	else if (event->kind == EVENT_ENDED &&
		 event->cause != CAUSE_NOT_STARTED)
		snprintf(code, sizeof(code), "%" PRIu64, event->exit_code);
	snprintf(facts[0], FACT_SIZE, "REEVE_EVENT=%s", names[job->hook]);
	snprintf(facts[1], FACT_SIZE, "REEVE_PID=%" PRIu64, event->pid);
	snprintf(facts[2], FACT_SIZE, "REEVE_CAUSE=%s",
		 end_cause_name((enum end_cause)event->cause));
	snprintf(facts[3], FACT_SIZE, "REEVE_EXIT_CODE=%s", code);
	snprintf(facts[4], FACT_SIZE, "REEVE_SIGNAL=%s", signal);
	snprintf(facts[5], FACT_SIZE, "REEVE_STATE=%s",
		 worker_state_name((enum worker_state)event->state));
	snprintf(facts[6], FACT_SIZE, "REEVE_RESTARTS=%" PRIu64,
		 event->restarts);
	snprintf(facts[7], FACT_SIZE, "REEVE_TEXT=%s", job->text);
	snprintf(facts[8], FACT_SIZE, "REEVE_MERGED=%" PRIu64, job->merged);
}

static struct task *start_task(struct job *job)
{
	struct worker *worker = job->worker;
	const struct pool_config *config = worker->pool->config;
	const struct text_list *command = &config->hooks.commands[job->hook];
	struct run_arguments arguments = environment_make_command(
		job->instance->environment, worker, command, job->facts.run);
	char facts[FACT_COUNT][FACT_SIZE];
	struct task_request request = {
		.argv = arguments.argv,
		.directory = config->directory,
		.timeout_ns = job->timeout_ns,
		.done = on_done,
		.context = job,
	};
	struct task *task;
	size_t count = 0;
	char **variables;

	while (arguments.envp[count])
		count++;
	variables = calloc(count + FACT_COUNT + 1, sizeof(*variables));
	if (!variables)
		return NULL;
	write_facts(job, facts);
	memcpy(variables, arguments.envp, count * sizeof(*variables));
	for (size_t i = 0; i < FACT_COUNT; i++)
		variables[count + i] = facts[i];
	request.envp = variables;
	task = task_start(job->instance, &request);
	free(variables);
	return task;
}

static unsigned count_of_pool(const struct list_link *list, const char *pool)
{
	unsigned count = 0;

	for (struct list_link *link = list->next; link != list;
	     link = link->next)
		count +=
			!strcmp(list_entry(link, struct job, link)->pool, pool);
	return count;
}

/* NOLINTBEGIN(clang-analyzer-unix.Malloc)
 * The analyzer does not see that list_remove() takes a job out of the list. */

/* The first that waits of a pool that may run one more; or NULL. */
static struct job *find_next(const struct hooks *hooks)
{
	for (struct list_link *link = hooks->waiting.next;
	     link != &hooks->waiting; link = link->next) {
		struct job *job = list_entry(link, struct job, link);

		if (count_of_pool(&hooks->running, job->pool) < RUNNING_OF_POOL)
			return job;
	}
	return NULL;
}

static void start(struct hooks *hooks, struct job *job)
{
	const struct hooks_config *config;

	assert(job->worker);
	config = &job->worker->pool->config->hooks;
	list_remove(&job->link);
	hooks->waiting_count--;
	job->timeout_ns = config->timeout_ns;
	/* A reload may have taken it away meanwhile. */
	if (config->commands[job->hook].count == 0) {
		free(job);
		return;
	}
	if (!start_task(job)) {
		hooks->lost++;
		free(job);
		return;
	}
	job->worker = NULL;
	list_append(&hooks->running, &job->link);
	hooks->running_count++;
}

/* NOLINTEND(clang-analyzer-unix.Malloc) */

static void on_step(evutil_socket_t fd, short what, void *context)
{
	struct instance *instance = context;
	struct hooks *hooks = instance->hooks;
	struct job *next;

	(void)fd;
	(void)what;
	while (hooks->running_count < RUNNING_MAX && (next = find_next(hooks)))
		start(hooks, next);
	if (hooks->waiting_count > 0 || hooks->lost == 0)
		return;
	publish_warning(instance,
			"%" PRIu64 " hooks were not run: too many "
			"waited",
			hooks->lost);
	hooks->lost = 0;
}

/* ---- what happened ---- */

static void describe(struct job *job, const struct event_record *event)
{
	size_t size = event->text.size < sizeof(job->text) - 1
			      ? event->text.size
			      : sizeof(job->text) - 1;

	job->facts = *event;
	job->facts.text = (struct bytes){NULL, 0};
	job->facts.samples = (struct bytes){NULL, 0};
	job->text[0] = '\0';
	if (event->kind == EVENT_ENDED && event->cause == CAUSE_NOT_STARTED)
		snprintf(job->text, sizeof(job->text), "%s: %.100s: %.60s",
			 event->step, event->object,
			 strerror((int)event->error_number));
	else if (size > 0)
		snprintf(job->text, sizeof(job->text), "%.*s", (int)size,
			 (const char *)event->text.data);
}

/* The one that waits and can stand for a further one. */
static struct job *find_stand_in(const struct hooks *hooks,
				 const struct worker *worker, enum hook hook)
{
	struct job *of_pool = NULL;

	for (struct list_link *link = hooks->waiting.next;
	     link != &hooks->waiting; link = link->next) {
		struct job *job = list_entry(link, struct job, link);

		if (job->hook != hook || job->worker->pool != worker->pool)
			continue;
		if (job->worker == worker)
			return job;
		of_pool = job;
	}
	if (hooks->waiting_count < WAITING_MAX &&
	    count_of_pool(&hooks->waiting, worker->pool->config->name) <
		    WAITING_OF_POOL)
		return NULL;
	return of_pool;
}

static void call(struct worker *worker, enum hook hook,
		 const struct event_record *event)
{
	struct instance *instance = worker->pool->instance;
	struct hooks *hooks = instance->hooks;
	struct job *job = find_stand_in(hooks, worker, hook);

	if (job) {
		job->merged++;
		if (job->worker == worker)
			describe(job, event);
		return;
	}
	if (hooks->waiting_count < WAITING_MAX)
		job = calloc(1, sizeof(*job));
	if (!job) {
		hooks->lost++;
		return;
	}
	job->instance = instance;
	job->worker = worker;
	job->index = worker->index;
	job->hook = hook;
	snprintf(job->pool, sizeof(job->pool), "%s",
		 worker->pool->config->name);
	describe(job, event);
	list_append(&hooks->waiting, &job->link);
	hooks->waiting_count++;
	loop_soon(hooks->step);
}

void hooks_worker_event(struct worker *worker, const struct event_record *event)
{
	const struct text_list *commands = worker->pool->config->hooks.commands;
	const bool happened[HOOK_COUNT] = {
		[HOOK_CRASH] = event->kind == EVENT_ENDED &&
			       end_cause_is_crash((enum end_cause)event->cause),
		[HOOK_FAILED] = event->state == WORKER_FAILED &&
				event->state_before != WORKER_FAILED,
		[HOOK_READY] = event->kind == EVENT_READY,
		[HOOK_UNHEALTHY] = event->kind == EVENT_HEALTH &&
				   event->cause == CAUSE_UNHEALTHY,
	};

	for (int hook = 0; hook < HOOK_COUNT; hook++)
		if (commands[hook].count > 0 && happened[hook])
			call(worker, (enum hook)hook, event);
}

void hooks_forget(const struct worker *worker)
{
	struct hooks *hooks = worker->pool->instance->hooks;
	struct list_link *link = hooks->waiting.next;

	while (link != &hooks->waiting) {
		struct job *job = list_entry(link, struct job, link);

		link = link->next;
		if (job->worker != worker)
			continue;
		hooks->waiting_count--;
		hooks->lost++;
		job_free(job);
	}
}

bool hooks_are_waiting(const struct instance *instance)
{
	return instance->hooks->waiting_count > 0;
}

/* ---- open and close ---- */

struct hooks *hooks_open(struct instance *instance, struct error *error)
{
	struct hooks *hooks = calloc(1, sizeof(*hooks));

	if (hooks)
		hooks->step =
			event_new(instance->base, -1, 0, on_step, instance);
	if (!hooks || !hooks->step) {
		free(hooks);
		error_set(error, "cannot prepare hooks: out of memory");
		return NULL;
	}
	event_priority_set(hooks->step, PRIORITY_REQUEST);
	list_init(&hooks->waiting);
	list_init(&hooks->running);
	return hooks;
}

void hooks_close(struct hooks *hooks)
{
	if (!hooks)
		return;
	while (!list_is_empty(&hooks->waiting))
		/* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): as above */
		job_free(list_entry(hooks->waiting.next, struct job, link));
	while (!list_is_empty(&hooks->running))
		/* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): as above */
		job_free(list_entry(hooks->running.next, struct job, link));
	event_free(hooks->step);
	free(hooks);
}
