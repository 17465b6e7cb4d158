#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

#include "live/table.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Shows on a terminal how far a command has got that takes longer than a
 * second, in one line on standard error that is written anew: "stopping web: 3
 * of 4 workers". Elsewhere it shows nothing. It looks into the live table; the
 * supervisor is not asked.
 */

struct found_instance;

/* Whether a worker has got to where the command wants it. `since_run` is the
 * highest run there was when the command began. */
typedef bool progress_there_fn(const struct live_worker *worker,
			       uint64_t since_run);

struct progress {
	const char *doing; /* "stopping" */
	char *const *names; /* pools and workers; "all" */
	size_t name_count;
	progress_there_fn *there;
	char path[600]; /* of the live table */
	struct live_table *table; /* NULL: nothing is shown */
	uint64_t since_run;
	int64_t show_at_ns; /* not before */
	bool shown;
};

/* Begins; with `there` NULL nothing is shown. `names` must live until
 * progress_end(). Call it before the command is sent. */
void progress_begin(struct progress *progress,
		    const struct found_instance *found, const char *doing,
		    char *const *names, size_t name_count,
		    progress_there_fn *there);

/* A client_tick_fn: shows how far it is; `context` is the struct progress. */
void progress_tick(void *context);

/* Wipes the line away, so that something else can be printed. */
void progress_wipe(struct progress *progress);

/* Wipes the line away and releases what progress_begin() took. */
void progress_end(struct progress *progress);

#endif
