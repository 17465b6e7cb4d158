#include "config.h"

#include "supervisor/helpers.h"

#include "base/clock.h"
#include "supervisor/helper-link.h"
#include "supervisor/instance.h"

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

static struct helper_link *link_of(const struct worker *worker)
{
	struct helpers *helpers = worker->pool->instance->helpers;

	for (size_t i = 0; i < HELPER_COUNT; i++)
		if (&helpers->links[i].config == worker->pool->config)
			return &helpers->links[i];
	return NULL;
}

/* ---- open and close ---- */

static int describe(struct helper_link *link, struct instance *instance,
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

static void disconnect(struct helper_link *link)
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
	helpers->tell =
		event_new(instance->base, -1, 0, helper_link_on_tell, helpers);
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

/* ---- coming and going ---- */

int helpers_connect(struct worker *worker, int fds[2])
{
	struct helper_link *link = link_of(worker);
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

void helpers_connected(struct worker *worker, bool started)
{
	struct helper_link *link = link_of(worker);
	struct event_base *base = link->instance->base;

	close(link->theirs);
	link->theirs = -1;
	if (started) {
		link->readable =
			event_new(base, link->socket, EV_READ | EV_PERSIST,
				  helper_link_on_readable, link);
		link->writable = event_new(base, link->socket, EV_WRITE,
					   helper_link_on_writable, link);
	}
	if (!link->readable || !link->writable) {
		/* Without a socket it ends by itself and is tried again. */
		disconnect(link);
		return;
	}
	event_priority_set(link->readable, PRIORITY_REQUEST);
	event_priority_set(link->writable, PRIORITY_REQUEST);
	event_add(link->readable, NULL);
	helper_link_forget(link);
	helper_link_flush(link);
}

/* Whether it had its time to finish. */
static bool is_late(const struct helper_link *link)
{
	return clock_monotonic_ns() >= link->finish_until_ns;
}

void helpers_disconnect(struct worker *worker)
{
	struct helper_link *link = link_of(worker);
	const struct run_end *end = &worker->run.end;

	/* Answers that it still gave are worth having. */
	while (link->readable && helper_link_receive(link))
		;
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
	struct helper_link *link = link_of(worker);

	if (!link->finishing)
		return;
	helper_link_finish(link);
	if (worker->state == WORKER_READY ||
	    (worker->state == WORKER_BACKOFF && is_late(link)))
		worker_input(worker, INPUT_STOP, CAUSE_STOPPED);
}

void helpers_finish(struct instance *instance, enum helper_role role)
{
	struct helper_link *link = &instance->helpers->links[role];

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
		struct helper_link *link = &instance->helpers->links[role];

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
