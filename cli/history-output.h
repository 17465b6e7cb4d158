#ifndef CLI_HISTORY_OUTPUT_H
#define CLI_HISTORY_OUTPUT_H

#include "cli/table.h"
#include "store/query.h"

/* The rows of `reeve history`: events, in the three forms of a table. */

/* Begins to write on standard output. */
struct table *history_output_new(enum table_form form);

/* Adds one event; the oldest comes first. */
void history_output_add(struct table *table, enum table_form form,
			const struct past_event *event);

#endif
