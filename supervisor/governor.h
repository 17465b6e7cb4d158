#ifndef SUPERVISOR_GOVERNOR_H
#define SUPERVISOR_GOVERNOR_H

#include "supervisor/configuration.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * The governor of a pool: when so many of its runs crash that something is
 * wrong with all of them (a bad release, a database that is down), its workers
 * start one at a time, with a delay between them that grows with each further
 * crash, instead of all together again and again.
 *
 * The limit is that of one worker, restart.limit, and one more crash for each
 * worker: a pool that is killed as a whole is no storm, and what one worker
 * does its own limit deals with. Crashes are a leaky bucket, emptied in
 * restart.limit's window; the storm is over when the bucket is half empty.
 * Pure: time is given.
 */
struct governor {
	double level; /* crashes in the bucket */
	int64_t level_at_ns; /* CLOCK_MONOTONIC */
	bool storm;
	int64_t delay_ns; /* between two starts */
	int64_t next_start_ns; /* no start before; in a storm */
};

/* Counts a crash of a pool of `workers` workers. Returns whether a storm
 * begins with it. */
bool governor_crash(struct governor *governor,
		    const struct restart_config *config, uint32_t workers,
		    int64_t now_ns);

/* How long a worker has to wait before it may start; 0: it may start now. */
int64_t governor_wait_ns(struct governor *governor,
			 const struct restart_config *config, uint32_t workers,
			 int64_t now_ns);

/* A worker starts: the next one waits for its turn. */
void governor_start(struct governor *governor, int64_t now_ns);

/* Forgets all crashes: somebody starts workers by hand. */
void governor_reset(struct governor *governor);

#endif
