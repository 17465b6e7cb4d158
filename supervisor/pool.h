#ifndef SUPERVISOR_POOL_H
#define SUPERVISOR_POOL_H

#include "base/words.h"
#include "supervisor/configuration.h"
#include "supervisor/governor.h"
#include "supervisor/placement.h"
#include "supervisor/rolling.h"
#include "supervisor/worker.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct instance;
struct scaler;
struct sockets;

/*
 * A pool: the workers that share one section of the config. The pool owns its
 * workers; the configuration owns the section. Workers lie at stable
 * addresses and are freed from the loop, never inside a callback that may
 * still hold them.
 */
struct pool {
	struct instance *instance;
	const struct pool_config *config;
	bool hidden; /* a helper of reeve itself */
	bool gone; /* no longer in the config: dropped when down */
	uint32_t number; /* in the live table */
	struct worker **workers; /* by index, no holes */
	uint32_t count;
	struct governor governor;
	struct placement placement; /* of its workers, see placing.h */
	struct rolling rolling;
	/* The config that its section is of, where that is not the one in
	 * force; else 0. */
	uint64_t config_number;
	/* The first config that has its section but for what is applied live:
	 * runs of former ones are by another section. */
	uint64_t since;
	/* Reeve's own environment with that of the config, ended by NULL; the
	 * strings belong to the instance and to the configuration. */
	char **environment;
	struct scaler *scaler; /* NULL: it does not scale by itself */
	struct sockets *sockets; /* NULL: not opened yet, or a helper's */
};

/* A pool without workers; NULL when memory is short. */
struct pool *pool_new(struct instance *instance,
		      const struct pool_config *config, bool hidden);

/* Frees the pool and its workers, of which none may have a process. */
void pool_free(struct pool *pool);

/*
 * Puts `config` in force, of which `environment` is the environment
 * (environment_of_pool()); both must outlive the pool, which takes over the
 * array. Where it is `changed`, runs are placed anew from the next start on and
 * former crashes are forgotten. Cannot fail.
 */
void pool_configure(struct pool *pool, const struct pool_config *config,
		    char **environment, bool changed);

/* Has its runs from now on be handed these sockets, which it takes over, and
 * closes the former ones. */
void pool_set_sockets(struct pool *pool, struct sockets *sockets);

/*
 * Makes it `count` workers. New ones are stopped; ones too many are marked
 * gone and stopped, with `cause`, by the wish of `asker` (NULL: nobody), from
 * the highest index down, and dropped when they are down. Returns 0, or -1 when
 * memory is short (then nothing changed).
 */
int pool_resize(struct pool *pool, uint32_t count, enum end_cause cause,
		const struct asker *asker);

/* The number of the config that its section is of. */
uint64_t pool_config_number(const struct pool *pool);

/* How many workers there shall be: those that are not gone. */
uint32_t pool_size(const struct pool *pool);

/* How many of them are not parked (scaler.h). */
uint32_t pool_wanted(const struct pool *pool);

/* Shows its new size, and has what follows from that done. */
void pool_resized(struct pool *pool);

/* Drops workers that are gone and down. Returns whether there were any. Called
 * from the loop. */
bool pool_drop_gone(struct pool *pool);

/* Whether all workers that should be up are ready or done. */
bool pool_is_up(const struct pool *pool);

#endif
