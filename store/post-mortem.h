#ifndef STORE_POST_MORTEM_H
#define STORE_POST_MORTEM_H

#include "store/query-crashes.h"
#include "store/query.h"

#include <stdbool.h>
#include <stdio.h>

/* All that is known of one run that is over (or is not), for `reeve why` and
 * the dashboard. */
struct post_mortem {
	struct past_run run;
	bool has_next;
	struct past_run next; /* the worker's next run */
	struct past_evidence *evidence;
	ssize_t evidence_count;
	char *killed; /* what had to be killed, by name; NULL: nothing */
	bool has_group;
	struct crash_group group; /* the crashes that were like it */
};

/*
 * Finds the run that `text` means: its number, or a worker or a pool, whose
 * last crash it is. Where the name is known and nothing of it has ever crashed
 * it is its last run, and `*no_crash` is set. Returns 1, 0 when there is none,
 * or -1 and the reason; unless 1, there is nothing to release.
 */
int post_mortem_find(struct query *query, const char *text,
		     struct post_mortem *post_mortem, bool *no_crash,
		     struct error *error);

/* The same for a run that was found already; `run` is taken over, also where
 * it fails. Returns 0, or -1 and the reason. */
int post_mortem_complete(struct query *query, struct post_mortem *post_mortem,
			 struct error *error);

/* Frees what it holds. */
void post_mortem_release(struct post_mortem *post_mortem);

/*
 * The story in lines, safe for a terminal: the head is one sentence; all other
 * lines begin with a label, padded to POST_MORTEM_LABEL_WIDTH columns.
 */
enum { POST_MORTEM_LABEL_WIDTH = 14 };

void post_mortem_label(FILE *out, const char *label);
void post_mortem_tell_head(FILE *out, const struct post_mortem *post_mortem);

/* What it was, what it did and what became of it. */
void post_mortem_tell_run(FILE *out, const struct post_mortem *post_mortem);

/* What was decided, what came next, and whether it happened before. */
void post_mortem_tell_sequel(FILE *out, const struct post_mortem *post_mortem);

#endif
