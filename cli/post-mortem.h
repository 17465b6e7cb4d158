#ifndef CLI_POST_MORTEM_H
#define CLI_POST_MORTEM_H

#include "store/query-crashes.h"
#include "store/query.h"

#include <jansson.h>
#include <stdio.h>

/* What `reeve why` says of a run that is over (or is not). */
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

/* Prints it for people, on one screen: the last output is cut to its last
 * lines, evidence and backtrace to their first. */
void post_mortem_print(FILE *out, const struct post_mortem *post_mortem);

/* The same as a new JSON object, with all of the last output. */
json_t *post_mortem_to_json(const struct post_mortem *post_mortem);

#endif
