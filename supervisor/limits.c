#include "config.h"

#include "supervisor/limits.h"

#include "base/clock.h"
#include "base/size.h"
#include "supervisor/controller.h"
#include "supervisor/helpers.h"
#include "supervisor/instance.h"
#include "supervisor/process.h"

#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

/* So long after the OOM killer took the main process its end may come. */
static const int64_t oom_age_max_ns = INT64_C(10) * 1000000000;

/* Where a controller is. */
struct place {
	bool found;
	struct controller_place where;
	struct cgroups groups; /* version 1; folder -1: not made yet */
};

struct limits {
	struct instance *instance;
	struct place places[CONTROLLER_COUNT];
	bool is_protected;
	int notices; /* eventfd: the OOM killer is about to act, version 1 */
	int changes; /* inotify: of memory.events, version 2 */
	struct event *on_notice;
	struct event *on_change;
	struct event *look; /* a moment later */
};

static const struct optional_number *wish_of(const struct pool_config *config,
					     int controller)
{
	return controller == CONTROLLER_MEMORY	    ? &config->limits.memory
	       : controller == CONTROLLER_PROCESSES ? &config->limits.processes
						    : &config->limits.cpu;
}

static struct run_limits *limits_of(const struct worker *worker)
{
	struct process *process = worker->process;

	return &process->limits;
}

/* ---- finding controllers ---- */

static int find_place(struct limits *limits, int controller,
		      struct error *error)
{
	struct instance *instance = limits->instance;
	struct place *place = &limits->places[controller];

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

/* ---- the OOM killer ---- */

/* Opens the cgroup of a worker that has a controller, or returns -1. */
static int open_group(const struct worker *worker, int controller)
{
	struct instance *instance = worker->pool->instance;
	const struct place *place = &instance->limits->places[controller];
	struct error error;

	if (place->where.version == 2 && !instance->use_cgroups)
		return -1;
	return cgroup_open(place->where.version == 2 ? &instance->cgroups
						     : &place->groups,
			   worker->pool->config->name, worker->index, &error);
}

static uint64_t count_kills(const struct worker *worker, int group)
{
	const struct place *place =
		&worker->pool->instance->limits->places[CONTROLLER_MEMORY];

	return controller_read(group,
			       place->where.version == 2 ? "memory.events"
							 : "memory.oom_control",
			       "oom_kill");
}

/* Writes limit, peak, and how often the limit was reached. */
static void describe_memory(const struct worker *worker, int group,
			    uint64_t kills, char *text, size_t size)
{
	const struct place *place =
		&worker->pool->instance->limits->places[CONTROLLER_MEMORY];
	const bool second = place->where.version == 2;
	char limit[SIZE_TEXT_SIZE], peak[SIZE_TEXT_SIZE];

	size_format_short(worker->pool->config->limits.memory.value, limit);
	size_format_short(
		(int64_t)controller_read(group,
					 second ? "memory.peak"
						: "memory.max_usage_in_bytes",
					 NULL),
		peak);
	snprintf(text, size,
		 "the OOM killer took %" PRIu64 " %s: memory limit %s, peak "
		 "%s, limit reached %" PRIu64 " times",
		 kills, kills == 1 ? "process" : "processes", limit, peak,
		 second ? controller_read(group, "memory.events", "max")
			: controller_read(group, "memory.failcnt", NULL));
}

/* Tells when the OOM killer took a process of a run that goes on. */
static void look_at(struct worker *worker)
{
	struct run_limits *limits = limits_of(worker);
	struct event_record event = {.kind = EVENT_OOM_KILL};
	char text[160];
	uint64_t kills;
	int group;

	if (worker->run.pid <= 0 || !(limits->set & 1 << CONTROLLER_MEMORY))
		return;
	group = open_group(worker, CONTROLLER_MEMORY);
	if (group < 0)
		return;
	kills = count_kills(worker, group);
	if (kills > limits->oom_kills) {
		event.count = kills - limits->oom_kills;
		describe_memory(worker, group, event.count, text, sizeof(text));
		event.text = (struct bytes){text, strlen(text)};
		limits->oom_kills = kills;
		limits->oom_seen_ns = clock_monotonic_ns();
		worker->kernel->report(worker, &event);
	}
	close(group);
}

static void on_look(evutil_socket_t fd, short what, void *context)
{
	const struct limits *limits = context;
	const struct instance *instance = limits->instance;

	(void)fd;
	(void)what;
	for (size_t i = HELPER_COUNT; i < instance->pool_count; i++)
		for (uint32_t j = 0; j < instance->pools[i]->count; j++)
			look_at(instance->pools[i]->workers[j]);
}

/* The notice comes before the kill: what it came to is seen a little later. */
static void on_notice(evutil_socket_t fd, short what, void *context)
{
	static const struct timeval delay = {.tv_usec = 100000};
	struct limits *limits = context;
	char buffer[4096];

	(void)what;
	while (read(fd, buffer, sizeof(buffer)) > 0)
		;
	if (!event_pending(limits->look, EV_TIMEOUT, NULL))
		event_add(limits->look, &delay);
}

/* Has the cgroup tell of the OOM killer. Where that fails, it is only seen when
 * the run has ended. */
static void watch(struct worker *worker, int group)
{
	const struct instance *instance = worker->pool->instance;
	const struct limits *limits = instance->limits;
	struct run_limits *own = limits_of(worker);
	char folder[CGROUP_PATH_SIZE], text[CGROUP_PATH_SIZE + 16];
	int file, control, length;

	if (limits->places[CONTROLLER_MEMORY].where.version == 2) {
		cgroup_path(&instance->cgroups, worker->pool->config->name,
			    worker->index, folder);
		snprintf(text, sizeof(text), "%s/memory.events", folder);
		inotify_add_watch(limits->changes, text, IN_MODIFY);
		return;
	}
	if (own->watched)
		return;
	file = openat(group, "memory.oom_control", O_RDONLY | O_CLOEXEC);
	control = openat(group, "cgroup.event_control", O_WRONLY | O_CLOEXEC);
	length = snprintf(text, sizeof(text), "%d %d", limits->notices, file);
	own->watched = file >= 0 && control >= 0 &&
		       write(control, text, (size_t)length) == length;
	if (file >= 0)
		close(file);
	if (control >= 0)
		close(control);
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
static int open_place(struct place *place)
{
	if (place->groups.folder >= 0)
		return 0;
	if (mkdir(place->groups.path, 0755) < 0 && errno != EEXIST)
		return -1;
	place->groups.folder =
		open(place->groups.path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return place->groups.folder < 0 ? -1 : 0;
}

/* Notes what was counted before this run. */
static void begin_counting(struct worker *worker, int controller, int group)
{
	struct run_limits *own = limits_of(worker);

	if (controller == CONTROLLER_PROCESSES)
		own->refused = controller_read(group, "pids.events", "max");
	if (controller != CONTROLLER_MEMORY)
		return;
	own->oom_kills = count_kills(worker, group);
	own->oom_seen_ns = 0;
	watch(worker, group);
}

/* Limits a run by a controller of version 1. */
static int enter_first(struct worker *worker, int controller, int64_t limit,
		       struct spawn_failure *failure)
{
	struct place *place =
		&worker->pool->instance->limits->places[controller];
	struct run_limits *own = limits_of(worker);
	int group, fd = -1;

	if (open_place(place) < 0)
		return fail(failure, place->groups.path);
	group = open_group(worker, controller);
	if (group < 0)
		return fail(failure, place->groups.path);
	if (controller == CONTROLLER_MEMORY)
		controller_reset_memory(group);
	begin_counting(worker, controller, group);
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
		begin_counting(worker, controller, group);
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
	if (wish->set)
		own->set |= 1u << controller;
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

static void end_memory(struct worker *worker, struct run_end *end)
{
	const struct run_limits *own = limits_of(worker);
	int group = open_group(worker, CONTROLLER_MEMORY);
	uint64_t kills;

	if (group < 0)
		return;
	kills = count_kills(worker, group) - own->oom_kills;
	end->oom = end->signal == SIGKILL &&
		   (kills > 0 ||
		    (own->oom_seen_ns > 0 &&
		     clock_monotonic_ns() - own->oom_seen_ns < oom_age_max_ns));
	if (kills > 0 || end->oom)
		describe_memory(worker, group, kills > 0 ? kills : 1,
				end->facts, sizeof(end->facts));
	close(group);
}

static void end_processes(struct worker *worker, struct run_end *end)
{
	const struct run_limits *own = limits_of(worker);
	int group = open_group(worker, CONTROLLER_PROCESSES);
	size_t used = strlen(end->facts);
	uint64_t refused;

	if (group < 0)
		return;
	refused = controller_read(group, "pids.events", "max") - own->refused;
	if (refused > 0)
		snprintf(end->facts + used, sizeof(end->facts) - used,
			 "%s%" PRIu64 " times no process could be started: "
			 "limit of %" PRId64 " processes",
			 used > 0 ? "; " : "", refused,
			 worker->pool->config->limits.processes.value);
	close(group);
}

void limits_ended(struct worker *worker)
{
	const struct run_limits *own = limits_of(worker);

	if (own->set & 1u << CONTROLLER_MEMORY)
		end_memory(worker, &worker->run.end);
	if (own->set & 1u << CONTROLLER_PROCESSES)
		end_processes(worker, &worker->run.end);
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

static struct event *add(struct limits *limits, int fd)
{
	struct event *event =
		event_new(limits->instance->base, fd, EV_READ | EV_PERSIST,
			  on_notice, limits);

	if (event == NULL)
		return NULL;
	event_priority_set(event, PRIORITY_REQUEST);
	event_add(event, NULL);
	return event;
}

static int open_notices(struct limits *limits, struct error *error)
{
	limits->notices = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	limits->changes = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	if (limits->notices < 0 || limits->changes < 0)
		return error_set_errno(error, "cannot watch cgroups");
	limits->on_notice = add(limits, limits->notices);
	limits->on_change = add(limits, limits->changes);
	limits->look =
		event_new(limits->instance->base, -1, 0, on_look, limits);
	if (!limits->on_notice || !limits->on_change || !limits->look)
		return error_set(error, "cannot watch cgroups: out of memory");
	event_priority_set(limits->look, PRIORITY_REQUEST);
	return 0;
}

struct limits *limits_open(struct instance *instance, struct error *error)
{
	const struct configuration *configuration = instance->configuration;
	struct limits *limits = calloc(1, sizeof(*limits));
	int status;

	if (!limits) {
		error_set(error, "cannot watch cgroups: out of memory");
		return NULL;
	}
	limits->instance = instance;
	limits->notices = limits->changes = -1;
	limits->is_protected = read_protection();
	for (int i = 0; i < CONTROLLER_COUNT; i++)
		limits->places[i].groups.folder = -1;
	status = open_notices(limits, error);
	for (size_t i = 0; i < configuration->pool_count && status == 0; i++)
		status = find_for_pool(limits, &configuration->pools[i], error);
	if (status == 0)
		return limits;
	limits_close(limits);
	return NULL;
}

void limits_close(struct limits *limits)
{
	if (!limits)
		return;
	for (int i = 0; i < CONTROLLER_COUNT; i++) {
		struct place *place = &limits->places[i];

		if (place->groups.folder >= 0)
			cgroups_close(&place->groups);
		if (place->found && place->where.version == 2)
			controller_disable(&place->where,
					   &limits->instance->cgroups);
	}
	if (limits->on_notice)
		event_free(limits->on_notice);
	if (limits->on_change)
		event_free(limits->on_change);
	if (limits->look)
		event_free(limits->look);
	if (limits->notices >= 0)
		close(limits->notices);
	if (limits->changes >= 0)
		close(limits->changes);
	free(limits);
}

bool limits_is_protected(const struct limits *limits)
{
	return limits->is_protected;
}
