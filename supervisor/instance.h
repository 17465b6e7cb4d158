#ifndef SUPERVISOR_INSTANCE_H
#define SUPERVISOR_INSTANCE_H

#include "base/error.h"
#include "base/folders.h"
#include "base/list.h"
#include "base/words.h"
#include "supervisor/cgroup.h"
#include "supervisor/configuration.h"
#include "supervisor/operation.h"
#include "supervisor/pool.h"

#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/resource.h>

/*
 * An instance: one running supervisor. This struct is the context that main()
 * owns and every part of the supervisor is given; each part keeps its own
 * state behind a pointer of its own type and is documented in its own header.
 * There is one thread and one event loop; nothing here waits.
 */

/* Priorities of the event loop, the first is served first. */
enum {
	PRIORITY_EXIT, /* deaths, timers, signals */
	PRIORITY_START, /* starts that take their turn */
	PRIORITY_REQUEST, /* helpers, control socket */
	PRIORITY_IDLE, /* what is prepared while nothing is going on */
	PRIORITY_COUNT
};

enum instance_phase {
	PHASE_CLEANING, /* what a killed supervisor left is removed */
	PHASE_RUNNING,
	PHASE_STOPPING, /* workers end, in reverse order of `after` */
	PHASE_LEAVING, /* helpers finish their work */
};

struct instance {
	struct event_base *base;
	struct folders folders;
	char name[NAME_SIZE]; /* outlives any one configuration */
	struct configuration *configuration;
	uint64_t config_number;
	enum instance_phase phase;
	bool unclean; /* the supervisor before this one was killed */
	bool announced; /* the service manager knows that all is up */
	int lock_fd;
	int null_fd; /* /dev/null: standard input of the workers */
	struct rlimit nofile; /* as reeve was given it: for the workers */
	cpu_set_t cpus; /* that reeve may use */
	struct cgroups cgroups;
	uint64_t kept_events; /* cgroup.events that remains.c keeps open */
	bool use_cgroups; /* else workers have none … */
	struct error no_cgroups; /* … and why */
	/* The helpers' hidden pools first, in the order of enum helper_role,
	 * then those of the config, in an order that respects `after`, then
	 * those that are gone from it until they are down. */
	struct pool **pools;
	size_t pool_count;
	struct list_link sockets; /* that are open, see sockets.h */
	struct environment *environment;
	struct numbers *numbers;
	struct helpers *helpers;
	struct publish *publish;
	struct tasks *tasks;
	struct hooks *hooks;
	struct operations *operations;
	struct reloading *reloading;
	struct limits *limits;
	struct loop *loop;
	struct gate *gate;
	struct shutdown *shutdown;
	struct control *control;
	bool failed; /* it could not begin, and ends … */
	struct error failure; /* … for this reason */
};

/*
 * Sets up everything that can fail at the start: folders, lock, numbers,
 * journal, pools, live table, control socket. Takes over `configuration`;
 * `base` and signals are the caller's. Returns 0, or -1 and the reason; then
 * instance_close() undoes what was done.
 */
int instance_open(struct instance *instance, struct event_base *base,
		  struct configuration *configuration, struct error *error);

/* Starts the helpers and then the workers. To be followed by the loop, which
 * ends when the instance has stopped. */
void instance_start(struct instance *instance);

/* Closes what instance_open() opened. */
void instance_close(struct instance *instance);

/* The pool called `name`, or NULL. Helpers are not found; a pool that is gone
 * is, until it is down. */
struct pool *instance_find_pool(const struct instance *instance,
				const char *name);

/* A worker has changed: whatever depends on it goes on. Called by the kernel
 * of workers after each input. */
void instance_worker_changed(struct worker *worker);

/* Stores the config in force in the history, and who had it loaded (NULL:
 * nobody). */
void instance_report_config(struct instance *instance,
			    const struct asker *asker);

#endif
