#ifndef CLI_HISTORY_OUTPUT_H
#define CLI_HISTORY_OUTPUT_H

#include "store/query.h"

#include <stdio.h>

/*
 * The three forms in which `reeve history` shows events: a table for people,
 * JSON with one object a line, CSV.
 */
struct history_output;

enum history_form { HISTORY_TABLE, HISTORY_JSON, HISTORY_CSV };

/* Begins to write on `out`. `columns` is the width of the terminal, 0 where
 * nothing is to be cut. Dies when memory is short. */
struct history_output *history_output_new(enum history_form form, FILE *out,
					  int columns);

/* Adds one event; the oldest comes first. */
void history_output_add(struct history_output *output,
			const struct past_event *event);

/* Writes what is left, and frees it. */
void history_output_end(struct history_output *output);

#endif
