#ifndef SUPERVISOR_LIMITS_STATE_H
#define SUPERVISOR_LIMITS_STATE_H

#include "supervisor/controller.h"
#include "supervisor/limits.h"

/*
 * What limits.c (where the controllers are, and what a run is put under) and
 * limits-facts.c (what came of it: the OOM killer, forks that were refused;
 * limits_ended()) share.
 */

struct event;

/* Where a controller is. */
struct limits_place {
	bool found;
	struct controller_place where;
	struct cgroups groups; /* version 1; folder -1: not made yet */
};

struct limits {
	struct instance *instance;
	struct limits_place places[CONTROLLER_COUNT];
	bool is_protected;
	int notices; /* eventfd: the OOM killer is about to act, version 1 */
	int changes; /* inotify: of memory.events, version 2 */
	struct event *on_notice;
	struct event *on_change;
	struct event *look; /* a moment later */
};

/* What the present run of a worker is limited by. */
struct run_limits *limits_of(const struct worker *worker);

/* Opens the cgroup of a worker that has a controller. Returns a descriptor,
 * which the caller closes, or -1. */
int limits_open_group(const struct worker *worker, int controller);

/* ---- limits-facts.c ---- */

/* Begins to hear of the OOM killer. Returns 0, or -1 and the reason; either
 * way limits_facts_close() undoes it. */
int limits_facts_open(struct limits *limits, struct error *error);
void limits_facts_close(struct limits *limits);

/* A run begins under a controller, with this cgroup: notes what was counted
 * before it. */
void limits_facts_begin(struct worker *worker, int controller, int group);

#endif
