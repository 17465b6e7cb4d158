#include "config.h"

#include "base/programs.h"
#include "supervisor/configuration.h"
#include "supervisor/instance.h"
#include "supervisor/loading.h"
#include "supervisor/mini-init.h"
#include "supervisor/spawn.h"

#include <event2/event.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <linux/magic.h>
#include <sys/prctl.h>
#include <sys/vfs.h>
#include <unistd.h>

/*
 * reeve-supervisor FILE: what `reeve run FILE` becomes.
 */

enum { REQUESTS_AT_ONCE = 8 };

struct start {
	struct event_base *base;
	struct configuration *configuration;
};

static void on_loaded(struct configuration *configuration, const char *messages,
		      void *context)
{
	struct start *start = context;

	start->configuration = configuration;
	if (!configuration)
		fputs(messages, stderr);
	event_base_loopbreak(start->base);
}

static struct event_base *make_base(struct error *error)
{
	struct event_config *config = event_config_new();
	struct event_base *base = NULL;

	if (config) {
		event_config_set_flag(config, EVENT_BASE_FLAG_NOLOCK);
		/* However many probes and messages come in at a time, deaths
		 * are looked for after some of them. */
		event_config_set_max_dispatch_interval(
			config, NULL, REQUESTS_AT_ONCE, PRIORITY_REQUEST);
		base = event_base_new_with_config(config);
		event_config_free(config);
	}
	if (!base || event_base_priority_init(base, PRIORITY_COUNT) < 0) {
		error_set(error, "cannot begin the event loop: out of memory "
				 "or descriptors");
		if (base)
			event_base_free(base);
		return NULL;
	}
	return base;
}

static struct configuration *load(struct event_base *base, const char *file,
				  struct error *error)
{
	struct start start = {.base = base};
	char loader[PROGRAM_PATH_SIZE];

	if (programs_find(loader, "reeve-loader", error) < 0)
		return NULL;
	error_set(error, "cannot run %s: the config has mistakes", file);
	if (loading_begin(base, loader, file, on_loaded, &start, error))
		event_base_dispatch(base);
	return start.configuration;
}

/* On a disk, making FIFOs and journal segments may wait for it. */
static bool is_on_tmpfs(const char *folder)
{
	struct statfs status;

	return statfs(folder, &status) < 0 || status.f_type == TMPFS_MAGIC ||
	       status.f_type == RAMFS_MAGIC;
}

static void greet(const struct instance *instance)
{
	const struct configuration *configuration = instance->configuration;
	int64_t workers = 0;

	for (size_t i = 0; i < configuration->pool_count; i++)
		workers += configuration->pools[i].workers;
	fprintf(stderr,
		"reeve: %s: pid %d, %zu pool%s, %" PRId64 " worker%s; "
		"runtime %s, state %s\n",
		configuration->instance, (int)getpid(),
		configuration->pool_count,
		configuration->pool_count == 1 ? "" : "s", workers,
		workers == 1 ? "" : "s", instance->folders.runtime,
		instance->folders.state);
	if (!is_on_tmpfs(instance->folders.runtime))
		fprintf(stderr,
			"reeve: warning: %s is on no tmpfs; a slow disk can "
			"delay a restart\n",
			instance->folders.runtime);
	if (!instance->use_cgroups)
		fprintf(stderr, "reeve: no cgroups: %s\n",
			instance->no_cgroups.text);
}

/* Returns 0 and what the process shall exit with, or -1 and the reason. */
static int supervise(struct event_base *base, const char *file, int *exit_code,
		     struct error *error)
{
	struct configuration *configuration = load(base, file, error);
	struct instance instance;
	int status;

	if (!configuration)
		return -1;
	status = instance_open(&instance, base, configuration, error);
	if (status == 0) {
		greet(&instance);
		instance_start(&instance);
		event_base_dispatch(base);
		*exit_code = mini_init_exit_code(&instance);
		fprintf(stderr, "reeve: %s: stopped\n", instance.name);
		if (instance.failed) {
			*error = instance.failure;
			status = -1;
		}
	}
	instance_close(&instance);
	return status;
}

int main(int argc, char **argv)
{
	struct event_base *base = NULL;
	struct error error;
	int status = -1, exit_code = EXIT_SUCCESS;

	if (argc != 2) {
		fputs("reeve: usage: reeve run FILE\n", stderr);
		return 2;
	}
	prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	if (spawn_init(&error) == 0)
		base = make_base(&error);
	if (base) {
		status = supervise(base, argv[1], &exit_code, &error);
		event_base_free(base);
	}
	if (status < 0)
		fprintf(stderr, "reeve: %s\n", error.text);
	libevent_global_shutdown();
	return status < 0 ? EXIT_FAILURE : exit_code;
}
