#include "config.h"

#include "supervisor/helper-link.h"

#include "supervisor/health.h"
#include "supervisor/instance.h"
#include "supervisor/killed.h"
#include "supervisor/message.h"
#include "supervisor/output.h"
#include "supervisor/placing.h"
#include "supervisor/publish.h"
#include "supervisor/scaler.h"
#include "supervisor/task.h"
#include "supervisor/watch.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static struct worker *find_worker(const struct instance *instance,
				  const struct message *message)
{
	struct pool *pool = instance_find_pool(instance, message->pool);

	return pool && message->index < pool->count
		       ? pool->workers[message->index]
		       : NULL;
}

/* The same for helpers too. */
static struct worker *find_any(const struct instance *instance,
			       const struct message *message)
{
	for (int role = 0; role < HELPER_COUNT; role++)
		if (!strcmp(instance->pools[role]->config->name, message->pool))
			return instance->pools[role]->workers[0];
	return find_worker(instance, message);
}

static void receive_logger(struct helper_link *link,
			   const struct message *message)
{
	struct worker *worker = find_worker(link->instance, message);

	if (!worker)
		return;
	if (message->kind == MESSAGE_LOG_SILENT)
		health_silent(worker, message->run, message->silence_ns > 0);
	else if (message->kind == MESSAGE_LOG_MATCHED)
		health_log_matched(worker, message->run);
	if (message->kind != MESSAGE_LOG_DRAINED)
		return;
	worker->lost_bytes += message->count;
	for (unsigned pair = 0; pair < OUTPUT_PAIRS; pair++) {
		struct output *output = &worker->outputs[pair];

		if (output->run != message->run || !output->end_sent)
			continue;
		output_close(worker, pair);
		worker_input(worker, INPUT_CLEARED, CAUSE_NONE);
		instance_worker_changed(worker);
		return;
	}
}

static void receive_swept(struct worker *worker, const struct message *message)
{
	if (worker->sweep_run != message->run)
		return;
	worker->sweep_run = 0;
	killed_report(worker, message);
	worker_input(worker, INPUT_CLEARED, CAUSE_NONE);
	instance_worker_changed(worker);
}

static void receive_clean(struct helper_link *link,
			  const struct message *message)
{
	struct helpers *helpers = link->instance->helpers;
	void (*done)(struct instance *) = helpers->cleaned;

	if (!done)
		return;
	if (message->count > 0)
		publish_warning(link->instance,
				"killed what a former supervisor left: %s",
				message->text);
	helpers->cleaned = NULL;
	done(link->instance);
}

static void receive_sweeper(struct helper_link *link,
			    const struct message *message)
{
	struct worker *worker = find_any(link->instance, message);

	if (message->kind == MESSAGE_SWEPT && message->run == 0)
		receive_clean(link, message);
	else if (message->kind == MESSAGE_SWEPT &&
		 message->run & TASK_NUMBER_BIT)
		tasks_swept(link->instance, message->run);
	else if (worker && message->kind == MESSAGE_SWEPT)
		receive_swept(worker, message);
	else if (worker && message->kind == MESSAGE_EVIDENCED &&
		 worker->run.number == message->run) {
		killed_note_main(worker, message);
		worker_input(worker, INPUT_EVIDENCE, CAUSE_NONE);
	} else if (worker && message->kind == MESSAGE_PLACED) {
		placing_moved(worker, message);
	}
}

static void receive_sampler(struct helper_link *link,
			    const struct message *message)
{
	struct worker *worker = find_worker(link->instance, message);

	if (worker && message->kind == MESSAGE_WATCH)
		watch_told(worker, message);
	else if (worker && message->kind == MESSAGE_STUCK)
		health_stuck(worker, message->run,
			     *message->text ? message->text : NULL);
	else if (worker && message->kind == MESSAGE_IDLE)
		scaler_idle(worker, message);
	else if (worker && message->kind == MESSAGE_CPUS_CHOSEN)
		placing_chosen(worker, message);
	else if (message->kind == MESSAGE_CPUS_CHANGED)
		placing_look(link->instance);
}

bool helper_link_receive(struct helper_link *link)
{
	for (int i = 0; i < HELPER_LINK_AT_ONCE; i++) {
		struct message message;
		int result = message_receive(link->socket, &message);

		if (result < 0 && errno == EBADMSG)
			continue;
		if (result < 0 && errno == EAGAIN)
			return false;
		if (result <= 0) {
			/* Its end is closed: its pidfd tells the rest. */
			event_del(link->readable);
			return false;
		}
		if (link->role == HELPER_LOGGER)
			receive_logger(link, &message);
		else if (link->role == HELPER_SWEEPER)
			receive_sweeper(link, &message);
		else if (link->role == HELPER_SAMPLER)
			receive_sampler(link, &message);
	}
	return true;
}

void helper_link_on_readable(evutil_socket_t fd, short what, void *context)
{
	(void)fd;
	(void)what;
	helper_link_receive(context);
}
