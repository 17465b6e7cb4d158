#include "config.h"

#include "supervisor/helpers.h"

#include "base/clock.h"
#include "base/programs.h"
#include "supervisor/cgroup.h"
#include "supervisor/instance.h"
#include "supervisor/message.h"
#include "supervisor/output.h"
#include "supervisor/publish.h"

#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

static const char *const names[HELPER_COUNT] = {
	[HELPER_RECORDER] = "reeve-recorder",
	[HELPER_LOGGER] = "reeve-logger",
	[HELPER_SWEEPER] = "reeve-sweeper",
	[HELPER_SAMPLER] = "reeve-sampler",
};

/* How many messages go out or come in before other events have their turn. */
enum { AT_ONCE = 64 };

/* From so many workers on, making cgroups ahead is worth a message. */
enum { LARGE_POOL = 32 };

/* The way to one helper. */
struct link {
	struct instance *instance;
	enum helper_role role;
	int socket; /* ours; -1 while it does not run */
	int theirs; /* its end, only while it is being started */
	struct event *readable;
	struct event *writable; /* added while the socket is full */
	bool full;
	bool finishing; /* it shall finish and not come back */
	bool finish_sent; /* to the one that runs now */
	int64_t finish_until_ns; /* CLOCK_MONOTONIC; then it is given up */
	struct pool_config config;
	char path[PROGRAM_PATH_SIZE];
	char *argv[5];
};

struct helpers {
	struct link links[HELPER_COUNT];
	int wake_fd;
	void (*cleaned)(struct instance *); /* NULL: no cleaning goes on */
	bool clean_sent;
	struct list_link untold; /* workers of which the logger lacks news */
	struct event *tell; /* made active when there are any */
};

static void receive_logger(struct link *link, const struct message *message);
static void receive_sweeper(struct link *link, const struct message *message);
static void on_tell(evutil_socket_t fd, short what, void *context);

static struct link *link_of(const struct worker *worker)
{
	struct helpers *helpers = worker->pool->instance->helpers;

	for (size_t i = 0; i < HELPER_COUNT; i++)
		if (&helpers->links[i].config == worker->pool->config)
			return &helpers->links[i];
	return NULL;
}

/* ---- open and close ---- */

static int describe(struct link *link, struct instance *instance,
		    enum helper_role role, struct error *error)
{
	struct pool_config *config = &link->config;

	link->instance = instance;
	link->role = role;
	link->theirs = -1;
	if (programs_find(link->path, names[role], error) < 0)
		return -1;
	link->argv[0] = link->path;
	link->argv[1] = instance->name;
	link->argv[2] = instance->folders.runtime;
	link->argv[3] = instance->folders.state;
	*config = (struct pool_config){
		.command = {link->argv, 4},
		.workers = 1,
		.restart = {.delay_min_ns = 100000000,
			    .delay_max_ns = 1000000000,
			    .factor = 2,
			    .jitter = 0.1,
			    .reset_ns = 1000000000},
		/* It is told to finish; no signal says so. */
		.stop = {0, INT64_C(30000000000)},
		.leftovers = LEFTOVERS_KEEP,
	};
	snprintf(config->name, sizeof(config->name), "%s", names[role]);
	return 0;
}

static void disconnect(struct link *link)
{
	if (link->readable)
		event_free(link->readable);
	if (link->writable)
		event_free(link->writable);
	link->readable = NULL;
	link->writable = NULL;
	if (link->socket >= 0)
		close(link->socket);
	link->socket = -1;
	link->full = false;
}

void helpers_close(struct helpers *helpers)
{
	if (!helpers)
		return;
	for (size_t i = 0; i < HELPER_COUNT; i++)
		disconnect(&helpers->links[i]);
	if (helpers->tell)
		event_free(helpers->tell);
	if (helpers->wake_fd >= 0)
		close(helpers->wake_fd);
	free(helpers);
}

struct helpers *helpers_open(struct instance *instance, struct error *error)
{
	struct helpers *helpers = calloc(1, sizeof(*helpers));
	int status = 0;

	if (!helpers) {
		error_set(error, "cannot start helpers: out of memory");
		return NULL;
	}
	list_init(&helpers->untold);
	helpers->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	helpers->tell = event_new(instance->base, -1, 0, on_tell, helpers);
	if (helpers->wake_fd < 0 || !helpers->tell)
		status = error_set_errno(error, "cannot start helpers");
	for (size_t i = 0; i < HELPER_COUNT; i++) {
		helpers->links[i].socket = -1;
		if (status == 0)
			status = describe(&helpers->links[i], instance, i,
					  error);
	}
	if (status < 0) {
		helpers_close(helpers);
		return NULL;
	}
	event_priority_set(helpers->tell, PRIORITY_REQUEST);
	return helpers;
}

int helpers_wake_fd(const struct helpers *helpers)
{
	return helpers->wake_fd;
}

const struct pool_config *helpers_config(const struct helpers *helpers,
					 enum helper_role role)
{
	return &helpers->links[role].config;
}

/* ---- sending ---- */

/* Returns whether the message went out; else it is sent again when the socket
 * has room, or the helper has come back. */
static bool send_to(struct link *link, const struct message *message)
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

static void send_output(struct link *link, struct worker *worker, unsigned pair)
{
	struct output *output = &worker->outputs[pair];
	const struct log_config *log = &worker->pool->config->log;
	struct message message = {
		.kind = MESSAGE_LOG_START,
		.run = output->run,
		.pair = pair,
		.max_size = (uint64_t)log->max_size,
		.keep = (uint64_t)log->keep,
		.tail = (uint64_t)log->tail,
	};

	if (output->run == 0)
		return;
	name_worker(worker, &message);
	if (!output->start_sent)
		output->start_sent = send_to(link, &message);
	message.kind = MESSAGE_LOG_END;
	if (output->start_sent && output->ended && !output->end_sent)
		output->end_sent = send_to(link, &message);
}

static void send_outputs(struct worker *worker)
{
	struct link *link =
		&worker->pool->instance->helpers->links[HELPER_LOGGER];
	unsigned older =
		worker->outputs[0].run < worker->outputs[1].run ? 0 : 1;

	send_output(link, worker, older);
	send_output(link, worker, older ^ 1);
}

static void on_tell(evutil_socket_t fd, short what, void *context)
{
	struct helpers *helpers = context;
	const struct timeval now = {0, 0};

	(void)fd;
	(void)what;
	for (int i = 0; i < AT_ONCE && !list_is_empty(&helpers->untold); i++) {
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
	event_active(helpers->tell, EV_TIMEOUT, 0);
}

void helpers_forget(struct worker *worker)
{
	list_remove(&worker->untold);
}

void helpers_send_sweep(struct worker *worker)
{
	struct instance *instance = worker->pool->instance;
	struct link *link = &instance->helpers->links[HELPER_SWEEPER];
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

void helpers_prepare(struct instance *instance)
{
	struct link *link = &instance->helpers->links[HELPER_SWEEPER];
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

static void send_clean(struct link *link)
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

static void send_finish(struct link *link)
{
	struct message message = {.kind = MESSAGE_FINISH};

	if (link->finishing && !link->finish_sent)
		link->finish_sent = send_to(link, &message);
}

/* Sends all that this helper has not been told. */
static void flush(struct link *link)
{
	struct instance *instance = link->instance;

	for (size_t i = 0; i < instance->pool_count && !link->full; i++) {
		struct pool *pool = instance->pools[i];

		if (pool->hidden)
			continue;
		for (uint32_t j = 0; j < pool->count; j++) {
			if (link->role == HELPER_LOGGER)
				send_outputs(pool->workers[j]);
			else if (link->role == HELPER_SWEEPER)
				helpers_send_sweep(pool->workers[j]);
		}
	}
	if (link->role == HELPER_SWEEPER)
		send_clean(link);
	send_finish(link);
}

/* ---- receiving ---- */

static void on_readable(evutil_socket_t fd, short what, void *context)
{
	struct link *link = context;
	struct message message;
	int result;

	(void)what;
	for (int i = 0; i < AT_ONCE; i++) {
		result = message_receive(fd, &message);
		if (result == 0 ||
		    (result < 0 && errno != EAGAIN && errno != EBADMSG)) {
			/* Its end is closed: its pidfd tells the rest. */
			event_del(link->readable);
			return;
		}
		if (result < 0 && errno == EAGAIN)
			return;
		if (result < 0)
			continue;
		if (link->role == HELPER_LOGGER)
			receive_logger(link, &message);
		else if (link->role == HELPER_SWEEPER)
			receive_sweeper(link, &message);
	}
}

static void on_writable(evutil_socket_t fd, short what, void *context)
{
	struct link *link = context;

	(void)fd;
	(void)what;
	link->full = false;
	flush(link);
}

static struct worker *find_worker(const struct instance *instance,
				  const struct message *message)
{
	struct pool *pool = instance_find_pool(instance, message->pool);

	return pool && message->index < pool->count
		       ? pool->workers[message->index]
		       : NULL;
}

static void receive_logger(struct link *link, const struct message *message)
{
	struct worker *worker = find_worker(link->instance, message);

	if (!worker || message->kind != MESSAGE_LOG_DRAINED)
		return;
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

static void report_swept(struct worker *worker, const struct message *message)
{
	struct event_record event = {
		.kind = EVENT_SWEPT,
		.run = message->run,
		.count = message->count,
		.text = {message->text, strlen(message->text)},
	};

	snprintf(event.pool, sizeof(event.pool), "%s",
		 worker->pool->config->name);
	event.worker = (uint64_t)worker->index + 1;
	publish_event(worker->pool->instance, &event);
}

static void receive_clean(struct link *link, const struct message *message)
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

static void receive_sweeper(struct link *link, const struct message *message)
{
	struct worker *worker;

	if (message->kind != MESSAGE_SWEPT)
		return;
	if (message->run == 0) {
		receive_clean(link, message);
		return;
	}
	worker = find_worker(link->instance, message);
	if (!worker || worker->sweep_run != message->run)
		return;
	worker->sweep_run = 0;
	if (message->count > 0)
		report_swept(worker, message);
	worker_input(worker, INPUT_CLEARED, CAUSE_NONE);
	instance_worker_changed(worker);
}

/* ---- coming and going ---- */

int helpers_connect(struct worker *worker, int fds[2])
{
	struct link *link = link_of(worker);
	struct helpers *helpers = worker->pool->instance->helpers;
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK,
		       0, pair) < 0)
		return -1;
	link->socket = pair[0];
	link->theirs = pair[1];
	fds[0] = pair[1];
	fds[1] = helpers->wake_fd;
	return 0;
}

/* Nobody knows what a helper that died had done: tell the next one all. */
static void forget_sent(struct link *link)
{
	struct instance *instance = link->instance;

	for (size_t i = 0; i < instance->pool_count; i++) {
		struct pool *pool = instance->pools[i];

		for (uint32_t j = 0; j < pool->count; j++) {
			struct worker *worker = pool->workers[j];

			if (link->role == HELPER_SWEEPER)
				worker->sweep_sent = false;
			for (unsigned pair = 0;
			     pair < OUTPUT_PAIRS && link->role == HELPER_LOGGER;
			     pair++) {
				worker->outputs[pair].start_sent = false;
				worker->outputs[pair].end_sent = false;
			}
		}
	}
	if (link->role == HELPER_SWEEPER)
		instance->helpers->clean_sent = false;
	link->finish_sent = false;
}

void helpers_connected(struct worker *worker, bool started)
{
	struct link *link = link_of(worker);
	struct event_base *base = link->instance->base;

	close(link->theirs);
	link->theirs = -1;
	if (started) {
		link->readable =
			event_new(base, link->socket, EV_READ | EV_PERSIST,
				  on_readable, link);
		link->writable = event_new(base, link->socket, EV_WRITE,
					   on_writable, link);
	}
	if (!link->readable || !link->writable) {
		/* Without a socket it ends by itself and is tried again. */
		disconnect(link);
		return;
	}
	event_priority_set(link->readable, PRIORITY_REQUEST);
	event_priority_set(link->writable, PRIORITY_REQUEST);
	event_add(link->readable, NULL);
	forget_sent(link);
	flush(link);
}

/* Whether it had its time to finish. */
static bool is_late(const struct link *link)
{
	return clock_monotonic_ns() >= link->finish_until_ns;
}

void helpers_disconnect(struct worker *worker)
{
	struct link *link = link_of(worker);
	const struct run_end *end = &worker->run.end;

	/* Answers that it still gave are worth having. */
	if (link->readable)
		on_readable(link->socket, EV_READ, link);
	disconnect(link);
	/* Somebody killed it before it had finished: another one has to. */
	if (link->finishing && end->signal > 0 && !is_late(link))
		worker->wanted = true;
}

static struct worker *worker_of(const struct instance *instance,
				enum helper_role role)
{
	return instance->pools[role]->workers[0];
}

void helpers_changed(struct worker *worker)
{
	struct link *link = link_of(worker);

	if (!link->finishing)
		return;
	send_finish(link);
	if (worker->state == WORKER_READY ||
	    (worker->state == WORKER_BACKOFF && is_late(link)))
		worker_input(worker, INPUT_STOP, CAUSE_STOPPED);
}

void helpers_finish(struct instance *instance, enum helper_role role)
{
	struct link *link = &instance->helpers->links[role];

	if (link->finishing)
		return;
	link->finishing = true;
	link->finish_until_ns =
		clock_monotonic_ns() + link->config.stop.timeout_ns;
	helpers_changed(worker_of(instance, role));
}

void helpers_kill(struct instance *instance)
{
	for (int role = 0; role < HELPER_COUNT; role++) {
		struct link *link = &instance->helpers->links[role];

		if (!link->finishing)
			continue;
		link->finish_until_ns = clock_monotonic_ns();
		worker_input(worker_of(instance, role), INPUT_TIMER,
			     CAUSE_NONE);
	}
}

bool helpers_is_gone(const struct instance *instance, enum helper_role role)
{
	return worker_of(instance, role)->state == WORKER_STOPPED;
}
