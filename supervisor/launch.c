#include "config.h"

#include "supervisor/launch.h"

#include "base/clock.h"
#include "supervisor/environment.h"
#include "supervisor/handed.h"
#include "supervisor/helpers.h"
#include "supervisor/instance.h"
#include "supervisor/limits.h"
#include "supervisor/loop.h"
#include "supervisor/mini-init.h"
#include "supervisor/notify-socket.h"
#include "supervisor/numbers.h"
#include "supervisor/output.h"
#include "supervisor/process.h"
#include "supervisor/publish.h"
#include "supervisor/reaper.h"
#include "supervisor/run-request.h"
#include "supervisor/sockets.h"
#include "supervisor/verdict.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int fail(struct spawn_failure *failure, const char *step,
		const char *object)
{
	failure->step = step;
	failure->error_number = errno;
	snprintf(failure->object, sizeof(failure->object), "%s", object);
	return -1;
}

/* ---- what it is handed ---- */

static bool has_run(const struct pool *pool)
{
	for (uint32_t i = 0; i < pool->count; i++)
		if (pool->workers[i]->run.pid > 0)
			return true;
	return false;
}

static void hand_sockets(const struct pool *pool, struct handed *handed)
{
	size_t count = sockets_count(pool->sockets);

	/* What a former run has made of them is not for the next one. */
	if (count > 0 && !has_run(pool))
		sockets_make_blocking(pool->sockets);
	for (size_t i = 0; i < count; i++)
		handed_add(handed, sockets_fd(pool->sockets, i),
			   sockets_name(pool->sockets, i));
}

/* What a run reads from and prints to. */
static int hand_streams(struct worker *worker, struct handed *handed,
			struct spawn_failure *failure)
{
	struct run *run = &worker->run;

	run->pair = (unsigned)worker_free_output(worker);
	handed->fds[0] = worker->pool->instance->null_fd;
	if (worker->pool->config->log.format == LOG_INHERIT) {
		if (mini_init_is_pool(worker->pool))
			handed->fds[0] = 0;
		handed->fds[1] = 1;
		handed->fds[2] = 2;
		return 0;
	}
	if (output_open(worker, run->pair, run->number) < 0)
		return fail(failure, "mkfifo", "output of the worker");
	handed->fds[1] = worker->outputs[run->pair].fds[0];
	handed->fds[2] = worker->outputs[run->pair].fds[1];
	return 0;
}

/* A helper prints to where the supervisor does, and has a socket to it. */
static int hand_to_helper(struct worker *worker, struct handed *handed,
			  struct spawn_failure *failure)
{
	handed->fds[0] = worker->pool->instance->null_fd;
	handed->fds[1] = handed->fds[2] = 2;
	handed->count = 5;
	return helpers_connect(worker, handed->fds + 3) < 0
		       ? fail(failure, "socketpair", "")
		       : 0;
}

/* Says what a run's descriptors are, and offers it those that it learns of. */
static int prepare_fds(struct worker *worker, struct handed *handed,
		       struct run_offer *offer, struct spawn_failure *failure)
{
	handed->count = 3;
	handed->names[0] = '\0';
	offer->listen_names = handed->names;
	if (worker->pool->hidden)
		return hand_to_helper(worker, handed, failure);
	if (hand_streams(worker, handed, failure) < 0)
		return -1;
	hand_sockets(worker->pool, handed);
	notify_hand(worker, handed);
	offer->listen_fds = handed->count - 3;
	return 0;
}

/* ---- its program ---- */

static bool is_about_cgroup(const struct spawn_failure *failure)
{
	static const int numbers[] = {EACCES, EBUSY,  EOPNOTSUPP,
				      ENOENT, ENODEV, EINVAL};

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		if (failure->error_number == numbers[i])
			return strcmp(failure->step, "clone3") == 0;
	return false;
}

static void give_up_cgroups(struct instance *instance, const char *reason)
{
	instance->use_cgroups = false;
	error_set(&instance->no_cgroups, "%s", reason);
	publish_warning(instance, "going on without cgroups: %s", reason);
}

/* Opens the cgroup that the run is to be born in, where there are cgroups.
 * Returns 0, or -1 when only descriptors are short: it shall not run outside.
 */
static int open_cgroup(struct worker *worker, struct spawn_request *request,
		       struct spawn_failure *failure)
{
	struct instance *instance = worker->pool->instance;
	struct error error;

	request->cgroup = -1;
	if (worker->pool->hidden || !instance->use_cgroups)
		return 0;
	request->cgroup =
		cgroup_open(&instance->cgroups, worker->pool->config->name,
			    worker->index, &error);
	if (request->cgroup >= 0)
		return 0;
	if (errno == EMFILE || errno == ENFILE)
		return fail(failure, "open", "cgroup of the worker");
	give_up_cgroups(instance, error.text);
	return 0;
}

static int spawn_once(struct worker *worker, struct spawn_request *request,
		      struct spawn_result *result,
		      struct spawn_failure *failure)
{
	int status = open_cgroup(worker, request, failure);

	if (status < 0)
		return status;
	status = limits_prepare(worker, request, failure);
	if (status == 0)
		status = spawn(request, result, failure);
	limits_prepared(worker);
	if (request->cgroup >= 0)
		close(request->cgroup);
	return status;
}

/* Runs the program, in its cgroup where that can be. */
static int spawn_in_cgroup(struct worker *worker, struct spawn_request *request,
			   struct spawn_result *result,
			   struct spawn_failure *failure)
{
	const struct process *process = worker->process;
	struct instance *instance = worker->pool->instance;
	char reason[128];
	int status = spawn_once(worker, request, result, failure);

	/* Somebody may have removed it just now: it is made anew. */
	if (status < 0 && request->cgroup >= 0 && is_about_cgroup(failure))
		status = spawn_once(worker, request, result, failure);
	/* Where limits depend on it, there is no going on without. */
	if (status == 0 || request->cgroup < 0 || !is_about_cgroup(failure) ||
	    process->limits.set != 0)
		return status;
	snprintf(reason, sizeof(reason), "%s: %s", failure->step,
		 strerror(failure->error_number));
	give_up_cgroups(instance, reason);
	request->cgroup = -1;
	return spawn(request, result, failure);
}

static int run_program(struct worker *worker, const struct handed *handed,
		       const struct run_offer *offer,
		       struct spawn_result *result,
		       struct spawn_failure *failure)
{
	struct run_arguments arguments =
		environment_make(worker->pool->instance->environment, worker,
				 worker->run.number, offer);
	struct spawn_request request = {
		.argv = arguments.argv,
		.envp = arguments.envp,
		.pid_places = arguments.pid_places,
		.pid_place_count = arguments.pid_place_count,
		.fds = handed->fds,
		.fd_count = handed->count,
		.detached = true,
	};
	struct spawn_rlimit rlimits[RLIM_NLIMITS];

	run_request_fill(&request, worker, rlimits);
	return spawn_in_cgroup(worker, &request, result, failure);
}

/* ---- the run ---- */

static void begin(struct worker *worker)
{
	const struct pool *pool = worker->pool;
	const struct instance *instance = pool->instance;
	struct run *run = &worker->run;

	run->number = numbers_next_run(instance->numbers);
	run->config = pool_config_number(pool);
	run->end = (struct run_end){.code = -1};
	run->started_ns = clock_monotonic_ns();
	run->started_us = clock_real_us();
	run->stop_signal = pool->config->stop.signal;
	run->stop_timeout_ns = pool->config->stop.timeout_ns;
}

/* Looks after the process from now on. */
static void follow(struct worker *worker, const struct spawn_result *result)
{
	struct process *process = worker->process;

	worker->run.pid = result->pid;
	worker->run.pidfd = result->pidfd;
	worker->run.launching = result->verdict >= 0;
	process->settled = process->cpus;
	process->moving = false;
	reaper_watch(worker);
	verdict_watch(worker, result->verdict);
}

/* Tells the logger, and has prepared what the next run will want. */
static void follow_output(struct worker *worker, bool started)
{
	struct instance *instance = worker->pool->instance;

	if (!started)
		output_end(worker, worker->run.pair);
	helpers_tell_output(worker);
	if (output_lacks_pair(worker) ||
	    publish_wants_prepare(instance->publish))
		loop_prepare(instance);
}

int launch_run(struct worker *worker, struct spawn_failure *failure)
{
	static const struct spawn_result none = {.pidfd = -1, .verdict = -1};
	struct run_offer offer = {.notify_socket = NULL};
	struct spawn_result result;
	struct handed handed;
	int status;

	begin(worker);
	if (notify_begin_run(worker, &offer) < 0)
		return fail(failure, "notify", "the notify socket");
	if (prepare_fds(worker, &handed, &offer, failure) < 0)
		return -1;
	status = run_program(worker, &handed, &offer, &result, failure);
	follow(worker, status == 0 ? &result : &none);
	if (worker->pool->hidden)
		helpers_connected(worker, status == 0);
	else
		follow_output(worker, status == 0);
	return status;
}
