#ifndef STORE_LOG_LIST_H
#define STORE_LOG_LIST_H

#include "base/error.h"
#include "base/words.h"

#include <stdbool.h>
#include <stddef.h>

/* The workers of an instance that have a log, or will have one: those in the
 * log folder, whether or not a supervisor runs, and those in the live table. */

struct log_worker {
	char pool[NAME_SIZE];
	unsigned index;
	char name[WORKER_NAME_SIZE]; /* "web/0" */
	char path[600]; /* of its log */
};

struct log_list {
	char folder[520]; /* the log folder */
	const char *const *names; /* which ones are wanted; the caller's */
	size_t name_count;
	struct log_worker *workers; /* by pool, then by index */
	size_t count;
};

/* Where the logs of an instance are. */
struct log_place {
	const char *instance; /* its name */
	const char *state_dir;
	const char *live_path; /* of its live table, if there is one */
};

/*
 * Finds the workers that `names` mean ("web/0", "web", "all"). Returns 0; or
 * -1 and the reason: no worker has such a name (errno is ENOENT then), or
 * memory is short.
 */
int log_list_find(struct log_list *list, const struct log_place *place,
		  const char *const *names, size_t name_count,
		  struct error *error);

/* Frees the list. */
void log_list_release(struct log_list *list);

/*
 * Reads "POOL.INDEX.log", the name of a log in the folder of `list`, into
 * `worker`. False: it is none (an older part, say), or not one of a worker
 * that is wanted.
 */
bool log_list_parse(const struct log_list *list, const char *file,
		    struct log_worker *worker);

#endif
