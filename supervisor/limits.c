#include "config.h"

#include "supervisor/limits-state.h"

#include "supervisor/instance.h"
#include "supervisor/process.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct optional_number *wish_of(const struct pool_config *config,
					     int controller)
{
	return controller == CONTROLLER_MEMORY	    ? &config->limits.memory
	       : controller == CONTROLLER_PROCESSES ? &config->limits.processes
						    : &config->limits.cpu;
}

struct run_limits *limits_of(const struct worker *worker)
{
	struct process *process = worker->process;

	return &process->limits;
}

/* ---- finding controllers ---- */

static int find_place(struct limits *limits, int controller,
		      struct error *error)
{
	struct instance *instance = limits->instance;
	struct limits_place *place = &limits->places[controller];

	if (place->found)
		return 0;
	place->groups.folder = -1;
	if (controller_find(controller, &place->where, error) < 0)
		return -1;
	if (place->where.version == 2 && !instance->use_cgroups)
		return error_set(error, "%s", instance->no_cgroups.text);
	if (place->where.version == 2
		    ? controller_enable(controller, &place->where,
					&instance->cgroups, error) < 0
		    : cgroup_name_instance(place->where.path, instance->name,
					   instance->folders.runtime,
					   place->groups.path, error) < 0)
		return -1;
	place->found = true;
	return 0;
}

static int find_for_pool(struct limits *limits,
			 const struct pool_config *config, struct error *error)
{
	struct error reason;

	for (int i = 0; i < CONTROLLER_COUNT; i++)
		if (wish_of(config, i)->set &&
		    find_place(limits, i, &reason) < 0)
			return error_set(error, "cannot limit %s: %s",
					 config->name, reason.text);
	return 0;
}

int limits_open_group(const struct worker *worker, int controller)
{
	struct instance *instance = worker->pool->instance;
	const struct limits_place *place =
		&instance->limits->places[controller];
	struct error error;

	if (place->where.version == 2 && !instance->use_cgroups)
		return -1;
	return cgroup_open(place->where.version == 2 ? &instance->cgroups
						     : &place->groups,
			   worker->pool->config->name, worker->index, &error);
}

/* ---- a run ---- */

static int fail(struct spawn_failure *failure, const char *object)
{
	failure->step = "cgroup";
	failure->error_number = errno;
	snprintf(failure->object, sizeof(failure->object), "%.255s", object);
	return -1;
}

/* Makes the instance's cgroup of version 1 where it is not there yet. */
static int open_place(struct limits_place *place)
{
	if (place->groups.folder >= 0)
		return 0;
	if (mkdir(place->groups.path, 0755) < 0 && errno != EEXIST)
		return -1;
	place->groups.folder =
		open(place->groups.path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return place->groups.folder < 0 ? -1 : 0;
}

/* Limits a run by a controller of version 1. */
static int enter_first(struct worker *worker, int controller, int64_t limit,
		       struct spawn_failure *failure)
{
	struct limits_place *place =
		&worker->pool->instance->limits->places[controller];
	struct run_limits *own = limits_of(worker);
	int group, fd = -1;

	if (open_place(place) < 0)
		return fail(failure, place->groups.path);
	group = limits_open_group(worker, controller);
	if (group < 0)
		return fail(failure, place->groups.path);
	if (controller == CONTROLLER_MEMORY)
		controller_reset_memory(group);
	limits_facts_begin(worker, controller, group);
	if (controller_write(controller, 1, group, limit) == 0)
		fd = openat(group, "cgroup.procs", O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		fail(failure, place->groups.path);
	close(group);
	if (fd < 0)
		return -1;
	own->attach[own->attach_count++] = fd;
	return 0;
}

/* Limits a run by a controller of cgroup2, or ends that. */
static int write_second(struct worker *worker, int controller, int group,
			const struct optional_number *wish,
			struct spawn_failure *failure)
{
	struct run_limits *own = limits_of(worker);
	const unsigned bit = 1u << controller;

	errno = EOPNOTSUPP;
	if (group < 0 || controller_write(controller, 2, group,
					  wish->set ? wish->value : -1) < 0)
		return fail(failure, worker->pool->instance->cgroups.path);
	own->written = wish->set ? own->written | bit : own->written & ~bit;
	if (wish->set)
		limits_facts_begin(worker, controller, group);
	return 0;
}

static int prepare_one(struct worker *worker, int controller, int group,
		       struct spawn_failure *failure)
{
	struct limits *limits = worker->pool->instance->limits;
	const struct optional_number *wish =
		wish_of(worker->pool->config, controller);
	struct run_limits *own = limits_of(worker);
	struct error error;

	if (!wish->set && !(own->written & 1u << controller))
		return 0;
	errno = EOPNOTSUPP;
	if (find_place(limits, controller, &error) < 0)
		return fail(failure, error.text);
	if (wish->set) {
		own->set |= 1u << controller;
		own->values[controller] = wish->value;
	}
	if (limits->places[controller].where.version == 2)
		return write_second(worker, controller, group, wish, failure);
	return enter_first(worker, controller, wish->value, failure);
}

int limits_prepare(struct worker *worker, struct spawn_request *request,
		   struct spawn_failure *failure)
{
	struct run_limits *own = limits_of(worker);

	own->set = 0;
	own->attach_count = 0;
	if (worker->pool->hidden)
		return 0;
	for (int i = 0; i < CONTROLLER_COUNT; i++) {
		if (prepare_one(worker, i, request->cgroup, failure) == 0)
			continue;
		limits_prepared(worker);
		return -1;
	}
	request->attach = own->attach;
	request->attach_count = own->attach_count;
	return 0;
}

void limits_prepared(struct worker *worker)
{
	struct run_limits *own = limits_of(worker);

	while (own->attach_count > 0)
		close(own->attach[--own->attach_count]);
}

void limits_forget(struct worker *worker)
{
	const struct limits *limits = worker->pool->instance->limits;

	for (int i = 0; i < CONTROLLER_COUNT && limits != NULL; i++)
		if (limits->places[i].found &&
		    limits->places[i].groups.folder >= 0)
			cgroup_remove(&limits->places[i].groups,
				      worker->pool->config->name,
				      worker->index);
}

/* ---- open and close ---- */

static bool read_protection(void)
{
	int fd = open("/proc/self/oom_score_adj", O_RDONLY | O_CLOEXEC);
	char text[16] = "";

	if (fd < 0)
		return false;
	if (read(fd, text, sizeof(text) - 1) < 0)
		text[0] = '\0';
	close(fd);
	return text[0] == '-';
}

int limits_find(struct limits *limits,
		const struct configuration *configuration, struct error *error)
{
	for (size_t i = 0; i < configuration->pool_count; i++)
		if (find_for_pool(limits, &configuration->pools[i], error) < 0)
			return -1;
	return 0;
}

struct limits *limits_open(struct instance *instance, struct error *error)
{
	struct limits *limits = calloc(1, sizeof(*limits));

	if (!limits) {
		error_set(error, "cannot watch cgroups: out of memory");
		return NULL;
	}
	limits->instance = instance;
	limits->is_protected = read_protection();
	for (int i = 0; i < CONTROLLER_COUNT; i++)
		limits->places[i].groups.folder = -1;
	if (limits_facts_open(limits, error) == 0 &&
	    limits_find(limits, instance->configuration, error) == 0)
		return limits;
	limits_close(limits);
	return NULL;
}

void limits_close(struct limits *limits)
{
	if (!limits)
		return;
	for (int i = 0; i < CONTROLLER_COUNT; i++) {
		struct limits_place *place = &limits->places[i];

		if (place->groups.folder >= 0)
			cgroups_close(&place->groups);
		if (place->found && place->where.version == 2)
			controller_disable(&place->where,
					   &limits->instance->cgroups);
	}
	limits_facts_close(limits);
	free(limits);
}

bool limits_is_protected(const struct limits *limits)
{
	return limits->is_protected;
}
