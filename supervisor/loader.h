#ifndef SUPERVISOR_LOADER_H
#define SUPERVISOR_LOADER_H

#include <jansson.h>
#include <sched.h>
#include <stdbool.h>

#include "base/error.h"
#include "supervisor/configuration.h"
#include "supervisor/loader-arena.h"
#include "supervisor/loader-mistakes.h"
#include "supervisor/loader-source.h"
#include "supervisor/loader-yaml.h"
#include "supervisor/options.h"

/*
 * One load of a config, from YAML to the canonical JSON that the supervisor
 * decodes. Whatever is wrong with the config becomes a mistake with its place
 * (loader-mistakes.h); loading goes on behind it, so that all are found.
 */
struct loader {
	struct arena arena;
	struct mistakes mistakes;
	struct source *sources; /* in the order of reading */
	struct source **sources_end;
	size_t source_size; /* of all, in bytes */
	unsigned source_count;
	struct node *root; /* the keys of all files */
	bool incomplete; /* an included file could not be read */
	bool no_yaml; /* a file is no YAML, or no map */
	cpu_set_t present; /* CPUs of this machine */
	cpu_set_t usable; /* those that this process may use */
	struct topology *topology; /* once a pool asked for it */
	struct pool_draft *pools; /* in the order of the files */
	size_t pool_count;
};

/* Makes a loader; the caller releases it. */
void loader_init(struct loader *loader);
void loader_release(struct loader *loader);

/*
 * Loads the config at `path`. Returns its canonical JSON, which the caller
 * owns, or NULL: then `loader->mistakes` says what is wrong with it, or, when
 * that is empty, `error` says why it could not be read.
 */
json_t *loader_load(struct loader *loader, const char *path,
		    struct error *error);

/*
 * The steps of a load, each in a file of its own.
 */

/* loader-files.c: reads the file and all it includes into `loader->root`.
 * Returns 0, or -1 when the file cannot be read (`error`) or one of them is no
 * YAML (a mistake). */
int loader_read_files(struct loader *loader, const char *path,
		      struct error *error);

/* `path` from the current folder on, made absolute. */
const char *loader_absolute(struct loader *loader, const char *path);

/* loader-keys.c: says which keys below `map` the options of `scope` do not
 * know. */
void loader_check_keys(struct loader *loader, const struct node *map,
		       enum option_scope scope);

/* loader-text.c: the text of a node with the environment filled in for
 * `${NAME}`; NULL after a mistake. */
const char *loader_expand(struct loader *loader, const struct node *node,
			  const char *text);

/* loader-values.c: the canonical JSON of an option's value, which is also
 * stored in `object` (the struct of its scope). NULL after a mistake. The word
 * `cpus` for workers is handed back as it is and not stored. */
json_t *loader_value(struct loader *loader, const struct option *option,
		     const struct node *node, void *object);

/* The canonical JSON of a section with the keys of `scope`, in a map of the
 * config, with all defaults; what it says is stored in `object` (the struct of
 * that scope). NULL after a mistake. */
json_t *loader_section(struct loader *loader, enum option_scope scope,
		       const struct node *map, void *object);

/* The defaults of all options of `scope` that `map` does not set. */
json_t *loader_defaults(enum option_scope scope, const struct node *map);

/* loader-sockets.c: the canonical JSON of `sockets`: a list of addresses and
 * sections, or one alone. NULL after a mistake. */
json_t *loader_sockets(struct loader *loader, const struct node *node);

/* The text of an address with a number for its host; NULL after a mistake. What
 * is no address is handed back as it is. */
const char *loader_resolve(struct loader *loader, const struct node *node,
			   const char *text);

/* Says which addresses are listened to twice. */
void loader_check_sockets(struct loader *loader);

/* loader-user.c: the canonical JSON of a user's name or number, null where
 * reeve is that user and may not become any; NULL after a mistake. */
json_t *loader_user(struct loader *loader, const struct node *node,
		    const char *name);

/* loader-target.c: the canonical JSON of what a check connects to, with the
 * host looked up; NULL after a mistake. */
json_t *loader_target(struct loader *loader, const struct option *option,
		      const struct node *node, const char *text);

/* loader-user.c: the number of a group by its name or number, null where reeve
 * is in that group, may not change to any, and `may_be_own`; NULL after a
 * mistake. */
json_t *loader_group(struct loader *loader, const struct node *node,
		     const char *name, bool may_be_own);

/* loader-user.c: the capabilities that reeve has (bit N: capability N). */
uint64_t loader_capabilities(void);

/* loader-pools.c: reads all pools into `loader->pools`. */
void loader_read_pools(struct loader *loader);

/* loader-order.c: sorts the pools by `after`, and says where that names no
 * pool or leads in a circle. */
void loader_sort_pools(struct loader *loader);

/* Checks that `exit_with` names a pool. */
void loader_check_exit_with(struct loader *loader);

/* loader-cpus.c: what the machine has. */
void loader_find_cpus(struct loader *loader);

/* Asks for the cores of the machine, once; a machine made up by
 * HWLOC_SYNTHETIC takes the place of the real one. Returns 0, or -1. */
int loader_find_topology(struct loader *loader, struct error *error);
void loader_free_topology(struct loader *loader);

/* All CPUs of the machine with their cores and nodes, in the canonical form of
 * struct machine. The topology must have been found. */
json_t *loader_machine(const struct loader *loader);

/* loader-place.c: checks where the workers of all pools go, fills in `workers:
 * cpus`, and puts what the supervisor needs to know of the machine into
 * `json`. */
void loader_place_pools(struct loader *loader, json_t *json);

/*
 * A pool while it is checked.
 */
struct pool_draft {
	const char *name;
	const struct node *key; /* its name in the file */
	const struct node *own; /* its section */
	const struct node *defaults; /* what stands for all pools, or NULL */
	struct pool_config config; /* what could be read */
	json_t *json; /* its canonical form */
	bool unplaced; /* its affinity could not be read */
	/* of the search for circles: how far it is, and the pool that it came
	 * from */
	int mark;
	const struct pool_draft *from;
};

/* The node that sets an option of a pool: its own, else that of the defaults,
 * else NULL. */
const struct node *pool_draft_find(const struct pool_draft *pool,
				   const char *path);

/* The place of that node, else that of the pool's name. */
struct place pool_draft_place(const struct pool_draft *pool, const char *path);

/* loader-check.c: what can only be seen when the values of a pool, or all
 * pools, are known. */
void loader_check_restart(struct loader *loader, struct pool_draft *pool);
void loader_check_watch(struct loader *loader, struct pool_draft *pool);
void loader_check_ready(struct loader *loader, struct pool_draft *pool);
void loader_check_alive(struct loader *loader, struct pool_draft *pool);
void loader_check_scaling(struct loader *loader);
void loader_check_files(struct loader *loader);

/* loader-notify.c: whether runs can be reached by their notify sockets, in the
 * folders that `file` leads to, and be handed all that is stored. */
void loader_check_notify(struct loader *loader,
			 const struct configuration *file);

/* loader-limits.c: what reeve may not do for the workers of a pool: its
 * limits, scheduling and capabilities. Completes `no_new_privileges`. */
void loader_check_limits(struct loader *loader, struct pool_draft *pool);

#endif
