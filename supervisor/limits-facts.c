#include "config.h"

#include "supervisor/limits-state.h"

#include "base/clock.h"
#include "base/size.h"
#include "supervisor/helpers.h"
#include "supervisor/instance.h"
#include "supervisor/process.h"

#include <event2/event.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <unistd.h>

/* So long after the OOM killer took the main process its end may come. */
static const int64_t oom_age_max_ns = INT64_C(10) * 1000000000;

/* ---- the OOM killer ---- */

static uint64_t count_kills(const struct worker *worker, int group)
{
	const struct limits_place *place =
		&worker->pool->instance->limits->places[CONTROLLER_MEMORY];

	return controller_read(group,
			       place->where.version == 2 ? "memory.events"
							 : "memory.oom_control",
			       "oom_kill");
}

static struct oom_facts read_memory(const struct worker *worker, int group,
				    uint64_t kills)
{
	const struct limits_place *place =
		&worker->pool->instance->limits->places[CONTROLLER_MEMORY];
	const char *file = place->where.version == 2
				   ? "memory.peak"
				   : "memory.max_usage_in_bytes";

	return (struct oom_facts){
		.limit_bytes =
			(uint64_t)limits_of(worker)->values[CONTROLLER_MEMORY],
		.peak_bytes = controller_read(group, file, NULL),
		.kills = kills,
	};
}

/* Writes limit, peak, and how often the limit was reached. */
static void describe_memory(const struct worker *worker, int group,
			    const struct oom_facts *facts, char *text,
			    size_t size)
{
	const struct limits_place *place =
		&worker->pool->instance->limits->places[CONTROLLER_MEMORY];
	const bool second = place->where.version == 2;
	char limit[SIZE_TEXT_SIZE], peak[SIZE_TEXT_SIZE];

	size_format_short((int64_t)facts->limit_bytes, limit);
	size_format_short((int64_t)facts->peak_bytes, peak);
	snprintf(text, size,
		 "the OOM killer took %" PRIu64 " %s: memory limit %s, peak "
		 "%s, limit reached %" PRIu64 " times",
		 facts->kills, facts->kills == 1 ? "process" : "processes",
		 limit, peak,
		 second ? controller_read(group, "memory.events", "max")
			: controller_read(group, "memory.failcnt", NULL));
}

/* Tells when the OOM killer took a process of a run that goes on. */
static void look_at(struct worker *worker)
{
	struct run_limits *limits = limits_of(worker);
	struct event_record event = {.kind = EVENT_OOM_KILL};
	struct oom_facts facts;
	char text[160];
	uint64_t kills;
	int group;

	if (worker->run.pid <= 0 || !(limits->set & 1 << CONTROLLER_MEMORY))
		return;
	group = limits_open_group(worker, CONTROLLER_MEMORY);
	if (group < 0)
		return;
	kills = count_kills(worker, group);
	if (kills > limits->oom_kills) {
		event.count = kills - limits->oom_kills;
		facts = read_memory(worker, group, event.count);
		describe_memory(worker, group, &facts, text, sizeof(text));
		event.memory_limit_bytes = facts.limit_bytes;
		event.memory_peak_bytes = facts.peak_bytes;
		event.oom_kills = facts.kills;
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

void limits_facts_begin(struct worker *worker, int controller, int group)
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

static void end_memory(struct worker *worker, struct run_end *end)
{
	const struct run_limits *own = limits_of(worker);
	int group = limits_open_group(worker, CONTROLLER_MEMORY);
	uint64_t kills;

	if (group < 0)
		return;
	kills = count_kills(worker, group) - own->oom_kills;
	end->oom = end->signal == SIGKILL &&
		   (kills > 0 ||
		    (own->oom_seen_ns > 0 &&
		     clock_monotonic_ns() - own->oom_seen_ns < oom_age_max_ns));
	if (kills > 0 || end->oom) {
		end->oom_facts =
			read_memory(worker, group, kills > 0 ? kills : 1);
		describe_memory(worker, group, &end->oom_facts, end->facts,
				sizeof(end->facts));
	}
	close(group);
}

static void end_processes(struct worker *worker, struct run_end *end)
{
	const struct run_limits *own = limits_of(worker);
	int group = limits_open_group(worker, CONTROLLER_PROCESSES);
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
			 own->values[CONTROLLER_PROCESSES]);
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

/* ---- open and close ---- */

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

int limits_facts_open(struct limits *limits, struct error *error)
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

void limits_facts_close(struct limits *limits)
{
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
}
