#ifndef TUI_RUN_LIST_H
#define TUI_RUN_LIST_H

#include "tui/list.h"
#include "tui/past.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A list of runs of the history: the latest, and earlier ones as the user goes
 * down to them. */

enum { RUN_LINE_SIZE = 200 };

struct run_row {
	char id[24]; /* the number as text */
	int64_t run;
	char worker[WORKER_NAME_SIZE];
	int64_t started_at_us;
	int64_t ended_at_us; /* 0: it is still up */
	int64_t lived_us; /* -1: it is still up */
	int64_t max_rss_bytes; /* -1: not known */
	bool crash;
	char end[ENDING_TEXT_SIZE];
	char line[RUN_LINE_SIZE]; /* the last that it printed, escaped */
};

struct run_list {
	struct list list; /* of class run_list_class */
	struct run_row *rows; /* the latest first; owned */
	size_t count;
	bool complete; /* there are no earlier ones */
	struct past_reading reading;
};

extern const struct list_class run_list_class;

/* Frees the rows, not the list. */
void run_list_release(struct run_list *runs);

/* Reads what is new, and earlier runs where the last row is near: of a worker
 * or a pool, "" being all, or "#" and the number of a group of crashes. */
void run_list_update(struct run_list *runs, struct past *past,
		     const char *subject);

/* Draws the list from row `top` down to and without `bottom`, with a line above
 * it that says how many there are. */
void run_list_draw(struct run_list *runs, const struct model *model,
		   struct canvas *canvas, int top, int bottom);

#endif
