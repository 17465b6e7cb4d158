#ifndef TUI_LIST_H
#define TUI_LIST_H

#include "tui/columns.h"

/* What the rows of a list are: a `const` class. */
struct list_class {
	const struct column *columns;
	size_t column_count; /* at most COLUMN_MAXIMUM */
	size_t first_sort; /* the column that sorts until the user chooses */
	const char *(*name)(const void *row); /* unlike all others */
	struct mark (*mark)(const struct model *model, const void *row);
};

/*
 * Rows in an order that the user chooses, one of them selected. The selection
 * stays with its row when the order changes, and with its place when the row
 * goes.
 */
struct list {
	const struct list_class *class;
	const void **rows; /* owned; each points into the model */
	size_t count;
	size_t sort; /* number of the column */
	bool reversed;
	size_t cursor; /* place of the selected row */
	size_t top; /* place of the first row that is shown … */
	size_t page; /* … and how many there is room for: as last drawn */
	char selected[WORKER_NAME_SIZE]; /* "": none chosen yet */
};

/* An empty list, in the first order of its class. */
void list_init(struct list *list, const struct list_class *class);

void list_release(struct list *list);

/* Sets new rows: `count` of `size` bytes each, in their natural order. */
void list_set(struct list *list, const void *rows, size_t count, size_t size);

/* Selects the first row again: other rows are to come. */
void list_forget(struct list *list);

/* The selected row, or NULL when there is none. */
const void *list_selected(const struct list *list);

/* Moves or sorts as `action` says. Returns false when the action is nothing
 * for a list. */
bool list_handle(struct list *list, enum action action);

/* Draws headings and rows from row `top` of the canvas down to and without
 * `bottom`; scrolls so that the selected row is seen. */
void list_draw(struct list *list, const struct model *model,
	       struct canvas *canvas, int top, int bottom);

#endif
