#include "config.h"

#include "supervisor/publish.h"

#include "base/clock.h"
#include "base/cpulist.h"
#include "supervisor/hooks.h"
#include "supervisor/instance.h"
#include "supervisor/loop.h"
#include "supervisor/process.h"
#include "supervisor/publish-state.h"

#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	SEGMENT_SIZE = 1 << 20,
	MAX_SEGMENTS = 64,
};

static void read_boot_id(char text[40])
{
	int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
	ssize_t size = fd < 0 ? -1 : read(fd, text, 36);

	text[size == 36 ? 36 : 0] = '\0';
	if (fd >= 0)
		close(fd);
}

static void on_wake(evutil_socket_t fd, short what, void *context)
{
	struct publish *publish = context;

	(void)fd;
	(void)what;
	journal_wake(publish->journal);
}

struct publish *publish_open(const struct instance *instance, int wake_fd,
			     struct error *error)
{
	struct publish *publish = calloc(1, sizeof(*publish));
	struct live_instance *header;
	char folder[600];
	struct journal_settings settings = {
		.folder = folder,
		.writer = "supervisor",
		.segment_size = SEGMENT_SIZE,
		.max_segments = MAX_SEGMENTS,
		.wake_fd = wake_fd,
	};

	if (!publish) {
		error_set(error, "cannot open the journal: out of memory");
		return NULL;
	}
	header = &publish->header;
	snprintf(folder, sizeof(folder), "%s/journal",
		 instance->folders.runtime);
	snprintf(publish->table_path, sizeof(publish->table_path), "%s/live",
		 instance->folders.runtime);
	snprintf(header->name, sizeof(header->name), "%s", instance->name);
	snprintf(header->version, sizeof(header->version), "%s", VERSION);
	snprintf(header->state_dir, sizeof(header->state_dir), "%s",
		 instance->folders.state);
	header->pid = getpid();
	header->started_at_us = clock_real_us();
	read_boot_id(header->boot_id);
	if (mkdir(folder, 0750) < 0 && errno != EEXIST)
		error_set_errno(error, "cannot make folder %s", folder);
	else
		publish->journal = journal_open(&settings, error);
	publish->wake = event_new(instance->base, -1, 0, on_wake, publish);
	if (!publish->journal || !publish->wake) {
		publish_close(publish);
		return NULL;
	}
	event_priority_set(publish->wake, PRIORITY_REQUEST);
	return publish;
}

void publish_close(struct publish *publish)
{
	if (!publish)
		return;
	if (publish->table)
		live_table_set_stopped(publish->table);
	live_table_close(publish->table);
	journal_close(publish->journal);
	if (publish->wake)
		event_free(publish->wake);
	free(publish->slots);
	free(publish);
}

/* ---- events ---- */

void publish_event(struct instance *instance, struct event_record *event)
{
	struct publish *publish = instance->publish;
	ssize_t size;

	event->at_us = clock_real_us();
	size = event_encode(event, publish->buffer, sizeof(publish->buffer));
	/* A journal that is full counts what it loses. */
	if (size >= 0)
		journal_append(publish->journal, JOURNAL_EVENT, EVENT_VERSION,
			       publish->buffer, (size_t)size);
	loop_soon(publish->wake);
	for (size_t i = 0; i < MAX_LISTENERS; i++)
		if (publish->listeners[i].id)
			publish->listeners[i].function(
				event, publish->listeners[i].context);
}

void publish_warning(struct instance *instance, const char *format, ...)
{
	char text[1024];
	struct event_record event = {.kind = EVENT_WARNING, .text = {text, 0}};
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	event.text.size = strlen(text);
	publish_event(instance, &event);
}

/* The last samples of the run that has just crashed. */
static void add_samples(const struct worker *worker, struct event_record *event,
			struct live_sample samples[LIVE_SAMPLES])
{
	const struct live_table *table = worker->pool->instance->publish->table;
	struct live_usage usage;
	size_t count;

	if (!live_table_get_usage(table, worker->slot, &usage) ||
	    usage.run != worker->run.number)
		return;
	count = usage.run_samples < LIVE_SAMPLES ? usage.run_samples
						 : LIVE_SAMPLES;
	count = live_table_get_samples(table, worker->slot, samples, count);
	event->samples = (struct bytes){samples, count * sizeof(samples[0])};
}

void publish_worker_event(struct worker *worker, struct event_record *event)
{
	const struct process *process = worker->process;
	struct live_sample samples[LIVE_SAMPLES];
	const struct run *run = &worker->run;

	snprintf(event->pool, sizeof(event->pool), "%s",
		 worker->pool->config->name);
	event->worker = (uint64_t)worker->index + 1;
	event->hidden = worker->pool->hidden;
	event->restarts = worker->restarts;
	if (event->kind != EVENT_STATE) {
		event->run = run->number;
		event->config = run->config;
		/* Of a run that has ended the worker knows no pid. */
		if (event->pid == 0)
			event->pid = (uint64_t)run->pid;
	}
	if (event->kind == EVENT_SPAWNED)
		cpulist_format(&process->cpus, event->cpus);
	if (event->kind == EVENT_ENDED && end_cause_is_crash(event->cause) &&
	    event->cause != CAUSE_NOT_STARTED)
		add_samples(worker, event, samples);
	publish_event(worker->pool->instance, event);
	hooks_worker_event(worker, event);
}

uint64_t instance_listen(struct instance *instance, event_listener_fn *listener,
			 void *context)
{
	struct publish *publish = instance->publish;

	for (size_t i = 0; i < MAX_LISTENERS; i++) {
		if (publish->listeners[i].id)
			continue;
		publish->listeners[i] = (struct listener){
			++publish->last_listener, listener, context};
		return publish->last_listener;
	}
	return 0;
}

void instance_unlisten(struct instance *instance, uint64_t id)
{
	struct publish *publish = instance->publish;

	for (size_t i = 0; i < MAX_LISTENERS; i++)
		if (publish->listeners[i].id == id)
			publish->listeners[i].id = 0;
}

bool publish_wants_prepare(const struct publish *publish)
{
	return journal_wants_prepare(publish->journal);
}

void publish_prepare(struct publish *publish)
{
	journal_prepare(publish->journal);
}
