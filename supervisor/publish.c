#include "config.h"

#include "supervisor/publish.h"

#include "base/clock.h"
#include "store/journal.h"
#include "supervisor/instance.h"
#include "supervisor/process.h"

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
	MAX_LISTENERS = 64,
};

struct listener {
	uint64_t id; /* 0: free */
	event_listener_fn *function;
	void *context;
};

struct publish {
	struct live_table *table;
	char table_path[600];
	struct live_instance header;
	struct worker **slots; /* who has which slot of the table */
	uint32_t capacity;
	struct journal *journal;
	struct event *wake; /* made active when the journal has news */
	struct listener listeners[MAX_LISTENERS];
	uint64_t last_listener;
	char buffer[EVENT_TEXT_MAX + 8192];
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

bool publish_was_unclean(const struct publish *publish)
{
	struct error ignored;
	struct live_table *former =
		live_table_open(publish->table_path, &ignored);
	bool unclean = former && !live_table_is_stopped(former);

	live_table_close(former);
	return unclean;
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

/* ---- the live table ---- */

static void describe_pool(const struct pool *pool, struct live_pool *out)
{
	*out = (struct live_pool){
		.kind = "service",
		.wanted = pool->gone ? 0 : pool_size(pool),
		.hidden = pool->hidden,
	};
	snprintf(out->name, sizeof(out->name), "%s", pool->config->name);
}

static uint32_t count_workers(const struct instance *instance)
{
	uint32_t count = 0;

	for (size_t i = 0; i < instance->pool_count; i++)
		count += instance->pools[i]->count;
	return count;
}

bool publish_has_room(const struct instance *instance)
{
	return count_workers(instance) <= instance->publish->capacity;
}

/* For each slot of the former table its slot in the new one. Of the table of
 * a former supervisor nothing is taken over. */
static uint32_t *map_slots(const struct publish *publish)
{
	uint32_t count =
		publish->table ? live_table_capacity(publish->table) : 0;
	uint32_t *map = calloc((size_t)count + 1, sizeof(*map));

	for (uint32_t i = 0; map && i < count; i++)
		map[i] = i < publish->capacity && publish->slots[i]
				 ? i
				 : UINT32_MAX;
	return map;
}

void publish_assign_slots(struct pool *pool)
{
	struct publish *publish = pool->instance->publish;
	uint32_t next = 0;

	for (uint32_t i = 0; i < pool->count; i++) {
		struct worker *worker = pool->workers[i];

		if (worker->slot < publish->capacity &&
		    publish->slots[worker->slot] == worker)
			continue;
		while (next < publish->capacity && publish->slots[next])
			next++;
		if (next == publish->capacity)
			return;
		worker->slot = next;
		publish->slots[next] = worker;
	}
}

static struct live_table *make_table(struct instance *instance,
				     uint32_t capacity, const uint32_t *map,
				     struct error *error)
{
	struct publish *publish = instance->publish;
	struct live_pool *pools = calloc(instance->pool_count, sizeof(*pools));
	struct live_table *table;

	if (!pools) {
		error_set(error, "cannot make the live table: out of memory");
		return NULL;
	}
	for (size_t i = 0; i < instance->pool_count; i++)
		describe_pool(instance->pools[i], &pools[i]);
	publish->header.sample_interval_ns =
		instance->configuration->sample_interval_ns;
	publish->header.config = instance->config_number;
	snprintf(publish->header.config_file,
		 sizeof(publish->header.config_file), "%s",
		 instance->configuration->file);
	table = live_table_prepare(publish->table_path, &publish->header, pools,
				   (uint32_t)instance->pool_count, capacity,
				   publish->table, map, error);
	free(pools);
	return table;
}

static void republish(struct instance *instance)
{
	for (size_t i = 0; i < instance->pool_count; i++) {
		struct pool *pool = instance->pools[i];

		pool->number = (uint32_t)i;
		publish_assign_slots(pool);
		for (uint32_t j = 0; j < pool->count; j++)
			publish_worker(pool->workers[j]);
	}
}

int publish_rebuild(struct instance *instance, struct error *error)
{
	struct publish *publish = instance->publish;
	uint32_t count = count_workers(instance);
	uint32_t capacity = count + count / 8 + 8;
	struct worker **slots;
	struct live_table *former, *table = NULL;
	struct error ignored;
	uint32_t *map;
	int result;

	/* Who still reads the table of a supervisor before this one shall
	 * learn that there is a new one. */
	if (!publish->table)
		publish->table =
			live_table_open_former(publish->table_path, &ignored);
	map = map_slots(publish);

	if (capacity < publish->capacity)
		capacity = publish->capacity;
	slots = calloc(capacity, sizeof(struct worker *));
	if (slots && map)
		table = make_table(instance, capacity, map, error);
	else
		error_set(error, "cannot make the live table: out of memory");
	free(map);
	if (!table) {
		free(slots);
		return -1;
	}
	if (publish->slots)
		memcpy(slots, publish->slots,
		       publish->capacity * sizeof(struct worker *));
	free(publish->slots);
	former = publish->table;
	publish->slots = slots;
	publish->capacity = capacity;
	publish->table = table;
	/* Readers get it with all workers in it. */
	republish(instance);
	result = live_table_install(table, publish->table_path, former, error);
	live_table_close(former);
	return result;
}

void publish_release_slot(struct worker *worker)
{
	struct publish *publish = worker->pool->instance->publish;
	struct live_worker none = {.pool = LIVE_NO_POOL};

	if (!publish || worker->slot >= publish->capacity ||
	    publish->slots[worker->slot] != worker)
		return;
	publish->slots[worker->slot] = NULL;
	live_table_set_worker(publish->table, worker->slot, &none);
}

static uint64_t inode_of(int fd)
{
	struct stat status;

	return fd >= 0 && fstat(fd, &status) == 0 ? status.st_ino : 0;
}

void publish_worker(const struct worker *worker)
{
	struct publish *publish = worker->pool->instance->publish;
	const struct process *process = worker->process;
	struct live_worker live;

	if (!publish->table || worker->slot >= publish->capacity ||
	    publish->slots[worker->slot] != worker)
		return;
	live = (struct live_worker){
		.pool = worker->pool->number,
		.index = worker->index,
		.state = worker->state,
		.wanted = worker->wanted,
		.health_ok = worker->state != WORKER_UNHEALTHY,
		.state_since_us = worker->state_since_us,
		.next_start_at_us = worker->state == WORKER_BACKOFF
					    ? worker->next_start_us
					    : 0,
		.restarts = worker->restarts,
		.last_exit = worker->last_exit,
	};
	if (worker->run.pid > 0) {
		live.pid = worker->run.pid;
		live.run = worker->run.number;
		live.config = worker->run.config;
		live.pidfd_inode = inode_of(worker->run.pidfd);
		live.started_at_us = worker->run.started_us;
		live.started_mono_ns = worker->run.started_ns;
	}
	snprintf(live.cpus, sizeof(live.cpus), "%.47s", process->cpus_text);
	live_table_set_worker(publish->table, worker->slot, &live);
}

void publish_wanted(const struct pool *pool)
{
	struct publish *publish = pool->instance->publish;

	if (publish->table)
		live_table_set_wanted(publish->table, pool->number,
				      pool->gone ? 0 : pool_size(pool));
}

const struct live_table *instance_live_table(const struct instance *instance)
{
	return instance->publish->table;
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
	event_active(publish->wake, EV_TIMEOUT, 0);
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
		event->pid = event->cause == CAUSE_NOT_STARTED
				     ? 0
				     : (uint64_t)run->pid;
	}
	if (event->kind == EVENT_SPAWNED)
		snprintf(event->cpus, sizeof(event->cpus), "%s",
			 process->cpus_text);
	if (event->kind == EVENT_ENDED && end_cause_is_crash(event->cause) &&
	    event->cause != CAUSE_NOT_STARTED)
		add_samples(worker, event, samples);
	publish_event(worker->pool->instance, event);
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
