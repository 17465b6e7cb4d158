#include "config.h"

#include "supervisor/instance.h"

#include "supervisor/control.h"
#include "supervisor/environment.h"
#include "supervisor/gate.h"
#include "supervisor/health.h"
#include "supervisor/helpers.h"
#include "supervisor/hooks.h"
#include "supervisor/limits.h"
#include "supervisor/loop.h"
#include "supervisor/mini-init.h"
#include "supervisor/notify-socket.h"
#include "supervisor/numbers.h"
#include "supervisor/operations.h"
#include "supervisor/placing.h"
#include "supervisor/publish.h"
#include "supervisor/reaper.h"
#include "supervisor/reloading.h"
#include "supervisor/runtime-link.h"
#include "supervisor/scaler.h"
#include "supervisor/shutdown.h"
#include "supervisor/sockets.h"
#include "supervisor/spawn.h"
#include "supervisor/task.h"
#include "supervisor/watch.h"

#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

struct pool *instance_find_pool(const struct instance *instance,
				const char *name)
{
	for (size_t i = HELPER_COUNT; i < instance->pool_count; i++) {
		struct pool *pool = instance->pools[i];

		if (strcmp(pool->config->name, name) == 0)
			return pool;
	}
	return NULL;
}

/* ---- folders and the lock ---- */

static int make_folder(const char *path, mode_t mode, struct error *error)
{
	char part[600];

	for (const char *at = path + 1;; at++) {
		size_t length = strcspn(at, "/");

		at += length;
		snprintf(part, sizeof(part), "%.*s", (int)(at - path), path);
		if (mkdir(part, *at ? 0755 : mode) < 0 && errno != EEXIST)
			return error_set_errno(error, "cannot make folder %s",
					       part);
		if (*at == '\0')
			return 0;
	}
}

static int make_folders(const struct folders *folders, struct error *error)
{
	char path[600];

	if (make_folder(folders->runtime, 0751, error) < 0 ||
	    make_folder(folders->state, 0750, error) < 0)
		return -1;
	snprintf(path, sizeof(path), "%s/log", folders->state);
	if (make_folder(path, 0750, error) < 0)
		return -1;
	/* Workers open their own FIFOs by /dev/stdout, and their notify
	 * socket by its path: they may pass. */
	snprintf(path, sizeof(path), "%s/fifo", folders->runtime);
	if (make_folder(path, 0751, error) < 0)
		return -1;
	snprintf(path, sizeof(path), "%s/notify", folders->runtime);
	return make_folder(path, 0751, error);
}

static int refuse_second(struct instance *instance, int fd, struct error *error)
{
	char pid[24] = "";
	ssize_t size = pread(fd, pid, sizeof(pid) - 1, 0);

	pid[size > 0 ? size : 0] = '\0';
	pid[strcspn(pid, "\n")] = '\0';
	return error_set(error,
			 "cannot run %s: instance %s is already running with "
			 "pid %s",
			 instance->configuration->file, instance->name, pid);
}

static int take_lock(struct instance *instance, struct error *error)
{
	char path[600], pid[24];
	int length = snprintf(pid, sizeof(pid), "%d\n", (int)getpid());
	int fd;

	snprintf(path, sizeof(path), "%s/lock", instance->folders.runtime);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0640);
	if (fd < 0)
		return error_set_errno(error, "cannot open %s", path);
	if (flock(fd, LOCK_EX | LOCK_NB) < 0) {
		if (errno == EWOULDBLOCK)
			refuse_second(instance, fd, error);
		else
			error_set_errno(error, "cannot lock %s", path);
		close(fd);
		return -1;
	}
	instance->lock_fd = fd;
	if (ftruncate(fd, 0) < 0 || pwrite(fd, pid, (size_t)length, 0) < 0)
		return error_set_errno(error, "cannot write %s", path);
	return 0;
}

/* Raises the soft limit of open files to the hard one, keeping the former for
 * the workers. The loader has seen to it that the workers fit. */
static int raise_limit(struct instance *instance, struct error *error)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return error_set_errno(error, "cannot read RLIMIT_NOFILE");
	instance->nofile = limit;
	limit.rlim_cur = limit.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &limit) < 0)
		return error_set_errno(error, "cannot raise RLIMIT_NOFILE");
	return 0;
}

/* ---- pools ---- */

static int add_pool(struct instance *instance, const struct pool_config *config,
		    bool hidden)
{
	struct pool *pool = pool_new(instance, config, hidden);

	if (!pool)
		return -1;
	instance->pools[instance->pool_count++] = pool;
	if (pool_resize(pool, scaler_size(pool), CAUSE_NONE, NULL) < 0)
		return -1;
	for (uint32_t i = 0; i < pool->count; i++)
		scaler_want(pool->workers[i]);
	return 0;
}

static int make_pools(struct instance *instance, struct error *error)
{
	const struct configuration *configuration = instance->configuration;

	instance->pools = calloc(configuration->pool_count + HELPER_COUNT,
				 sizeof(struct pool *));
	if (!instance->pools)
		return error_set(error, "cannot make pools: out of memory");
	for (int role = 0; role < HELPER_COUNT; role++)
		if (add_pool(instance, helpers_config(instance->helpers, role),
			     true) < 0)
			return error_set(error, "cannot make pools: "
						"out of memory");
	for (size_t i = 0; i < configuration->pool_count; i++)
		if (add_pool(instance, &configuration->pools[i], false) < 0)
			return error_set(error, "cannot make pools: "
						"out of memory");
	return 0;
}

static int open_sockets(struct instance *instance, struct error *error)
{
	for (size_t i = HELPER_COUNT; i < instance->pool_count; i++) {
		struct pool *pool = instance->pools[i];
		struct sockets *sockets;

		if (pool->sockets)
			continue;
		sockets = sockets_open(&instance->sockets, pool->config, error);
		if (!sockets)
			return -1;
		pool_set_sockets(pool, sockets);
	}
	return 0;
}

/* ---- open ---- */

static int open_folders(struct instance *instance, struct error *error)
{
	const struct configuration *configuration = instance->configuration;

	if (folders_find(&instance->folders, instance->name,
			 configuration->runtime_dir, configuration->state_dir,
			 error) < 0)
		return -1;
	runtime_link_clear(instance);
	if (make_folders(&instance->folders, error) < 0 ||
	    take_lock(instance, error) < 0)
		return -1;
	instance->null_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	if (instance->null_fd < 0)
		return error_set_errno(error, "cannot open /dev/null");
	instance->numbers = numbers_open(instance->folders.state, error);
	if (!instance->numbers)
		return -1;
	instance->config_number = numbers_next_config(instance->numbers);
	return 0;
}

static int open_cgroups(struct instance *instance)
{
	if (spawn_method() != SPAWN_CLONE3)
		return error_set(&instance->no_cgroups,
				 "clone3 does not work here");
	return cgroups_open(&instance->cgroups, instance->name,
			    instance->folders.runtime, &instance->no_cgroups);
}

static int open_parts(struct instance *instance, struct error *error)
{
	instance->use_cgroups = open_cgroups(instance) == 0;
	instance->limits = limits_open(instance, error);
	if (!instance->limits)
		return -1;
	instance->environment =
		environment_open(instance->name, instance->folders.runtime);
	instance->operations = operations_open();
	instance->reloading = reloading_open(instance, error);
	if (!instance->reloading)
		return -1;
	instance->tasks = tasks_open(instance, error);
	if (!instance->tasks)
		return -1;
	instance->hooks = hooks_open(instance, error);
	if (!instance->hooks)
		return -1;
	if (!instance->environment || !instance->operations)
		return error_set(error, "cannot start: out of memory");
	instance->helpers = helpers_open(instance, error);
	if (!instance->helpers)
		return -1;
	instance->gate = gate_open(instance, error);
	if (!instance->gate)
		return -1;
	instance->publish = publish_open(
		instance, helpers_wake_fd(instance->helpers), error);
	return instance->publish ? 0 : -1;
}

static int open_control(struct instance *instance, struct error *error)
{
	char path[600];

	snprintf(path, sizeof(path), "%s/control.sock",
		 instance->folders.runtime);
	instance->control = control_open(instance, instance->base,
					 PRIORITY_REQUEST, path, error);
	return instance->control ? 0 : -1;
}

int instance_open(struct instance *instance, struct event_base *base,
		  struct configuration *configuration, struct error *error)
{
	*instance = (struct instance){
		.base = base,
		.configuration = configuration,
		.lock_fd = -1,
		.null_fd = -1,
		.cgroups = {.folder = -1},
	};
	snprintf(instance->name, sizeof(instance->name), "%s",
		 configuration->instance);
	list_init(&instance->sockets);
	sched_getaffinity(0, sizeof(instance->cpus), &instance->cpus);
	if (raise_limit(instance, error) < 0 ||
	    open_folders(instance, error) < 0 ||
	    open_parts(instance, error) < 0 || make_pools(instance, error) < 0)
		return -1;
	runtime_link_make(instance);
	placing_update(instance);
	instance->unclean = publish_was_unclean(instance->publish);
	/* Workers that a killed supervisor left may still have them. */
	if (open_sockets(instance, error) < 0 && !instance->unclean)
		return -1;
	if (publish_rebuild(instance, error) < 0)
		return -1;
	instance->loop = loop_open(instance, error);
	if (!instance->loop)
		return -1;
	instance->shutdown = shutdown_open(instance, error);
	if (!instance->shutdown)
		return -1;
	return open_control(instance, error);
}

void instance_close(struct instance *instance)
{
	control_close(instance->control);
	reloading_close(instance->reloading);
	operations_close(instance->operations);
	instance->operations = NULL;
	publish_close(instance->publish);
	instance->publish = NULL;
	for (size_t i = 0; i < instance->pool_count; i++)
		pool_free(instance->pools[i]);
	free(instance->pools);
	tasks_close(instance->tasks);
	hooks_close(instance->hooks);
	helpers_close(instance->helpers);
	environment_close(instance->environment);
	gate_close(instance->gate);
	loop_close(instance->loop);
	shutdown_close(instance->shutdown);
	numbers_close(instance->numbers);
	limits_close(instance->limits);
	/* Also when they were given up meanwhile. */
	if (instance->cgroups.folder >= 0)
		cgroups_close(&instance->cgroups);
	if (instance->null_fd >= 0)
		close(instance->null_fd);
	if (instance->lock_fd >= 0)
		close(instance->lock_fd);
	while (instance->configuration) {
		struct configuration *former = instance->configuration->former;

		configuration_free(instance->configuration);
		instance->configuration = former;
	}
}

/* ---- start ---- */

static void begin_running(struct instance *instance)
{
	if (instance->phase != PHASE_CLEANING)
		return;
	instance->phase = PHASE_RUNNING;
	if (open_sockets(instance, &instance->failure) < 0) {
		instance->failed = true;
		shutdown_begin(instance, NULL);
		return;
	}
	helpers_prepare(instance);
	loop_start_workers(instance);
}

void instance_start(struct instance *instance)
{
	struct event_record started = {.kind = EVENT_INSTANCE_STARTED,
				       .pid = (uint64_t)getpid(),
				       .config = instance->config_number};

	/* The loader ended before anybody listened to deaths. */
	reaper_reap_all(instance);
	publish_event(instance, &started);
	instance_report_config(instance, NULL);
	for (int role = 0; role < HELPER_COUNT; role++)
		worker_input(instance->pools[role]->workers[0], INPUT_START,
			     CAUSE_NONE);
	if (instance->unclean)
		helpers_clean(instance, begin_running);
	else
		begin_running(instance);
}

/* ---- what follows from a change ---- */

void instance_worker_changed(struct worker *worker)
{
	struct instance *instance = worker->pool->instance;

	publish_worker(worker);
	gate_follow(worker);
	scaler_follow(worker);
	watch_follow(worker);
	mini_init_follow(worker);
	health_follow(worker);
	notify_follow(worker);
	rolling_follow(worker);
	if (worker->pool->hidden)
		helpers_changed(worker);
	else
		operations_worker_changed(worker);
	if (instance->phase >= PHASE_STOPPING ||
	    shutdown_is_under_way(instance))
		shutdown_go_on(instance);
	if (instance->phase >= PHASE_STOPPING)
		return;
	if (worker->gone)
		loop_collect(instance);
	if (!worker->pool->hidden && worker_is_up(worker))
		loop_worker_up(instance);
}
