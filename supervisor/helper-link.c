#include "config.h"

#include "supervisor/helper-link.h"

#include "supervisor/cgroup.h"
#include "supervisor/instance.h"
#include "supervisor/loop.h"
#include "supervisor/message.h"
#include "supervisor/placing.h"
#include "supervisor/process.h"
#include "supervisor/task.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* From so many workers on, making cgroups ahead is worth a message. */
enum { LARGE_POOL = 32 };

/* Returns whether the message went out; else it is sent again when the socket
 * has room, or the helper has come back. */
static bool send_to(struct helper_link *link, const struct message *message)
{
	if (link->socket < 0 || link->full)
		return false;
	if (message_send(link->socket, message) == 0)
		return true;
	if (errno == EAGAIN || errno == ENOBUFS) {
		link->full = true;
		event_add(link->writable, NULL);
	}
	return false;
}

static void name_worker(const struct worker *worker, struct message *message)
{
	snprintf(message->pool, sizeof(message->pool), "%s",
		 worker->pool->config->name);
	message->index = worker->index;
}

static void send_output(struct helper_link *link, struct worker *worker,
			unsigned pair)
{
	struct output *output = &worker->outputs[pair];
	const struct log_config *log = &worker->pool->config->log;
	struct message message = {
		.kind = MESSAGE_LOG_START,
		.run = output->run,
		.pair = pair,
		.format = log->format,
		.max_size = (uint64_t)log->max_size,
		.max_age_ns = (uint64_t)log->max_age_ns,
		.keep = (uint64_t)log->keep,
		.compress = log->compress,
		.tail = (uint64_t)log->tail,
		.silence_ns = (uint64_t)worker->pool->config->alive.silence_ns,
	};

	if (output->run == 0)
		return;
	name_worker(worker, &message);
	if (worker->run.number == output->run && worker->run.pid > 0)
		message.pid = (uint64_t)worker->run.pid;
	message.silence_ns = (uint64_t)worker->pool->config->alive.silence_ns;
	if (worker->run.number == output->run && worker->run.ready_ns == 0 &&
	    worker->pool->config->ready.log.text)
		snprintf(message.pattern, sizeof(message.pattern), "%s",
			 worker->pool->config->ready.log.text);
	if (!output->start_sent)
		output->start_sent = send_to(link, &message);
	message.kind = MESSAGE_LOG_END;
	if (output->start_sent && output->ended && !output->end_sent)
		output->end_sent = send_to(link, &message);
}

static void send_outputs(struct worker *worker)
{
	struct helper_link *link =
		&worker->pool->instance->helpers->links[HELPER_LOGGER];
	unsigned older =
		worker->outputs[0].run < worker->outputs[1].run ? 0 : 1;

	send_output(link, worker, older);
	send_output(link, worker, older ^ 1);
}

void helper_link_on_tell(evutil_socket_t fd, short what, void *context)
{
	struct helpers *helpers = context;
	const struct timeval now = {0, 0};

	(void)fd;
	(void)what;
	for (int i = 0;
	     i < HELPER_LINK_AT_ONCE && !list_is_empty(&helpers->untold); i++) {
		struct worker *worker =
			list_entry(helpers->untold.next, struct worker, untold);

		list_remove(&worker->untold);
		send_outputs(worker);
	}
	/* Made active from here it would be the very next one. */
	if (!list_is_empty(&helpers->untold))
		event_add(helpers->tell, &now);
}

void helpers_tell_output(struct worker *worker)
{
	struct helpers *helpers = worker->pool->instance->helpers;

	if (list_contains(&worker->untold))
		return;
	list_append(&helpers->untold, &worker->untold);
	loop_soon(helpers->tell);
}

void helpers_forget(struct worker *worker)
{
	list_remove(&worker->untold);
}

void helpers_send_sweep(struct worker *worker)
{
	struct instance *instance = worker->pool->instance;
	struct helper_link *link = &instance->helpers->links[HELPER_SWEEPER];
	struct message message = {
		.kind = MESSAGE_SWEEP,
		.run = worker->sweep_run,
		.pid = (uint64_t)worker->sweep_pid,
	};

	if (worker->sweep_run == 0 || worker->sweep_sent)
		return;
	name_worker(worker, &message);
	if (instance->use_cgroups)
		cgroup_path(&instance->cgroups, message.pool, worker->index,
			    message.cgroup);
	worker->sweep_sent = send_to(link, &message);
}

void helpers_send_core(struct worker *worker)
{
	const char *folder = worker->pool->config->directory;
	struct message message = {
		.kind = MESSAGE_CORE,
		.run = worker->core.run,
		.pid = (uint64_t)worker->core.pid,
		.value = (uint64_t)worker->core.signal,
		.count = (uint64_t)worker->core.started_us,
	};

	if (worker->core.run == 0)
		return;
	name_worker(worker, &message);
	/* Cut, it would be another folder. */
	if (folder && strlen(folder) >= sizeof(message.text)) {
		worker->core.run = 0;
		return;
	}
	snprintf(message.text, sizeof(message.text), "%s",
		 folder ? folder : "");
	if (send_to(&worker->pool->instance->helpers->links[HELPER_SWEEPER],
		    &message))
		worker->core.run = 0;
}

bool helpers_send_evidence(struct worker *worker)
{
	struct helper_link *link =
		&worker->pool->instance->helpers->links[HELPER_SWEEPER];
	struct message message = {
		.kind = MESSAGE_EVIDENCE,
		.run = worker->run.number,
		.cause = worker->run.asked,
		.pid = (uint64_t)worker->run.pid,
	};

	name_worker(worker, &message);
	return send_to(link, &message);
}

bool helpers_send_place(struct worker *worker, const cpu_set_t *former,
			const cpu_set_t *cpus)
{
	struct instance *instance = worker->pool->instance;
	struct message message = {
		.kind = MESSAGE_PLACE,
		.run = worker->run.number,
		.pid = (uint64_t)worker->run.pid,
	};

	name_worker(worker, &message);
	if (instance->use_cgroups && !worker->pool->hidden)
		cgroup_path(&instance->cgroups, message.pool, worker->index,
			    message.cgroup);
	cpumask_write(former, message.former_mask);
	cpumask_write(cpus, message.mask);
	return send_to(&instance->helpers->links[HELPER_SWEEPER], &message);
}

bool helpers_send_task_sweep(struct instance *instance, uint64_t number,
			     pid_t pid, unsigned slot)
{
	struct message message = {
		.kind = MESSAGE_SWEEP,
		.run = number,
		.pool = TASK_POOL,
		.index = slot,
		.pid = (uint64_t)pid,
	};

	if (instance->use_cgroups)
		cgroup_path(&instance->cgroups, TASK_POOL, slot,
			    message.cgroup);
	return send_to(&instance->helpers->links[HELPER_SWEEPER], &message);
}

void helpers_prepare(struct instance *instance)
{
	struct helper_link *link = &instance->helpers->links[HELPER_SWEEPER];
	struct message message = {.kind = MESSAGE_PREPARE};

	if (!instance->use_cgroups)
		return;
	snprintf(message.cgroup, sizeof(message.cgroup), "%s",
		 instance->cgroups.path);
	for (size_t i = HELPER_COUNT; i < instance->pool_count; i++) {
		struct pool *pool = instance->pools[i];

		message.count = pool->count;
		snprintf(message.pool, sizeof(message.pool), "%s",
			 pool->config->name);
		/* A small one is started before the sweeper has begun; one
		 * that it is not told of costs a little time, no more. */
		if (pool->count >= LARGE_POOL)
			send_to(link, &message);
	}
}

static void send_clean(struct helper_link *link)
{
	struct helpers *helpers = link->instance->helpers;
	struct message message = {.kind = MESSAGE_SWEEP};

	if (!helpers->cleaned || helpers->clean_sent)
		return;
	if (link->instance->use_cgroups)
		snprintf(message.cgroup, sizeof(message.cgroup), "%s",
			 link->instance->cgroups.path);
	helpers->clean_sent = send_to(link, &message);
}

void helpers_clean(struct instance *instance, void (*done)(struct instance *))
{
	struct helpers *helpers = instance->helpers;

	helpers->cleaned = done;
	helpers->clean_sent = false;
	send_clean(&helpers->links[HELPER_SWEEPER]);
}

static void send_retention(struct helper_link *link)
{
	const int64_t second = 1000000000;
	const struct history_config *config =
		&link->instance->configuration->history;
	struct helpers *helpers = link->instance->helpers;
	struct message message = {
		.kind = MESSAGE_RETENTION,
		.retention =
			{
				.events_s = config->events_ns / second,
				.runs_s = config->runs_ns / second,
				.samples_s = config->samples_ns / second,
				.minutes_s = config->minutes_ns / second,
				.hours_s = config->hours_ns / second,
				.max_size_bytes = config->max_size > 0
							  ? config->max_size
							  : 0,
			},
	};

	if (!helpers->retention_sent)
		helpers->retention_sent = send_to(link, &message);
}

void helpers_tell_retention(struct instance *instance)
{
	instance->helpers->retention_sent = false;
	send_retention(&instance->helpers->links[HELPER_RECORDER]);
}

void helper_link_finish(struct helper_link *link)
{
	struct message message = {.kind = MESSAGE_FINISH};

	if (link->finishing && !link->finish_sent)
		link->finish_sent = send_to(link, &message);
}

void helper_link_flush(struct helper_link *link)
{
	struct instance *instance = link->instance;

	for (size_t i = 0; i < instance->pool_count && !link->full; i++) {
		struct pool *pool = instance->pools[i];

		for (uint32_t j = 0; j < pool->count; j++) {
			if (link->role == HELPER_SWEEPER)
				placing_move(pool->workers[j]);
			if (pool->hidden)
				continue;
			if (link->role == HELPER_LOGGER)
				send_outputs(pool->workers[j]);
			if (link->role != HELPER_SWEEPER)
				continue;
			helpers_send_sweep(pool->workers[j]);
			helpers_send_core(pool->workers[j]);
		}
	}
	if (link->role == HELPER_SWEEPER) {
		tasks_send_sweeps(instance, false);
		send_clean(link);
	}
	if (link->role == HELPER_RECORDER)
		send_retention(link);
	helper_link_finish(link);
}

void helper_link_forget(struct helper_link *link)
{
	struct instance *instance = link->instance;

	for (size_t i = 0; i < instance->pool_count; i++) {
		struct pool *pool = instance->pools[i];

		for (uint32_t j = 0; j < pool->count; j++) {
			struct worker *worker = pool->workers[j];
			struct process *process = worker->process;

			if (link->role == HELPER_SWEEPER) {
				worker->sweep_sent = false;
				process->moving = false;
			}
			for (unsigned pair = 0;
			     pair < OUTPUT_PAIRS && link->role == HELPER_LOGGER;
			     pair++) {
				worker->outputs[pair].start_sent = false;
				worker->outputs[pair].end_sent = false;
			}
		}
	}
	if (link->role == HELPER_SWEEPER) {
		instance->helpers->clean_sent = false;
		tasks_send_sweeps(instance, true);
	}
	if (link->role == HELPER_RECORDER)
		instance->helpers->retention_sent = false;
	link->finish_sent = false;
}

void helper_link_on_writable(evutil_socket_t fd, short what, void *context)
{
	struct helper_link *link = context;

	(void)fd;
	(void)what;
	link->full = false;
	helper_link_flush(link);
}
