#ifndef SUPERVISOR_LIMITS_H
#define SUPERVISOR_LIMITS_H

#include "base/error.h"
#include "supervisor/controller.h"
#include "supervisor/spawn.h"

#include <stdbool.h>
#include <stdint.h>

struct configuration;
struct instance;
struct worker;

/*
 * What workers are limited to by cgroups: memory, processes, CPU. Where the
 * controller is one of cgroup2, the limit is written to the cgroup that the
 * worker has anyway. Where it is one of version 1, there is a cgroup more,
 * which the child enters by itself (spawn_request.attach).
 *
 * When the OOM killer has taken a process of a worker, the kernel says so by
 * one descriptor for all workers; how often it did stands in the cgroup.
 */
struct limits;

/* What one run is limited by; a worker's kernel keeps it (process.h). */
struct run_limits {
	unsigned set; /* bit N: by controller N */
	int64_t values[CONTROLLER_COUNT]; /* of those, as configuration.h */
	unsigned written; /* bit N: stands in the worker's cgroup2 */
	bool watched; /* the version 1 cgroup tells of the OOM killer */
	uint64_t oom_kills; /* that are known of */
	int64_t oom_seen_ns; /* when the last one was, CLOCK_MONOTONIC; or 0 */
	uint64_t refused; /* forks, before this run */
	int attach[SPAWN_ATTACH_MAX];
	size_t attach_count;
};

/* Finds the controllers that the config needs. NULL and the reason where one
 * cannot be used. The cgroups of the instance must be open. */
struct limits *limits_open(struct instance *instance, struct error *error);

/* Finds the controllers that another config needs too. Returns 0, or -1 and the
 * reason. May take some milliseconds (controller_enable()). */
int limits_find(struct limits *limits,
		const struct configuration *configuration, struct error *error);

/* Removes the cgroups of version 1; all workers are down. NULL is fine. */
void limits_close(struct limits *limits);

/* Whether reeve is protected from the OOM killer, as workers must not be. */
bool limits_is_protected(const struct limits *limits);

/*
 * A run is about to start in the cgroup2 folder `request->cgroup` (or -1):
 * writes its limits, and opens what the child has to enter, which goes into the
 * request. Returns 0, or -1 and what failed.
 */
int limits_prepare(struct worker *worker, struct spawn_request *request,
		   struct spawn_failure *failure);

/* The run has started, or could not be: closes what was opened for it. */
void limits_prepared(struct worker *worker);

/* The main process has ended: completes run.end. */
void limits_ended(struct worker *worker);

/* The worker goes for good: its cgroups of version 1 are removed. */
void limits_forget(struct worker *worker);

#endif
