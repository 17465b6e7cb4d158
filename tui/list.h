#ifndef TUI_LIST_H
#define TUI_LIST_H

#include "tui/columns.h"
#include "tui/entry.h"
#include "tui/filter.h"
#include "tui/settings.h"

/* What the rows of a list are: a `const` class. */
struct list_class {
	const char *key; /* "workers": names its settings */
	const struct column *columns;
	size_t column_count; /* at most COLUMN_MAXIMUM */
	size_t first_sort; /* the column that sorts until the user chooses */
	const char *(*name)(const void *row); /* unlike all others */
	/* where `/` looks; NULL: in the name */
	const char *(*text)(const void *row);
	struct mark (*mark)(const struct model *model, const void *row);
	/* what a filter asks; NULL: the list takes none */
	void (*facts)(const void *row, struct facts *facts);
	bool tags; /* rows can be tagged */
};

/* Where rows stood when the user last moved: see list.c. */
struct list_place {
	uint64_t id; /* a hash of the name */
	size_t place;
};

/*
 * Rows in an order that the user chooses, one of them selected. The selection
 * stays with its row when the order changes, and with its place when the row
 * goes. For some seconds after the user has moved, rows stay where they are.
 */
struct list {
	const struct list_class *class;
	struct settings *settings; /* the user's choices; NULL: none are kept */
	const void **rows; /* those that are shown; owned */
	size_t count;
	size_t all_count; /* with those that the filter leaves out */
	const void *source; /* as list_set() was told … */
	size_t source_size;
	struct column columns[COLUMN_MAXIMUM]; /* those that are chosen */
	size_t column_count;
	size_t sort; /* number of the column in the class */
	bool reversed;
	size_t cursor; /* place of the selected row */
	size_t top; /* place of the first row that is shown … */
	size_t page; /* … and how many there is room for, and … */
	int first_row; /* … where on the canvas: as last drawn */
	char selected[WORKER_NAME_SIZE]; /* "": none chosen yet */
	struct list_place *frozen; /* sorted by id; owned */
	size_t frozen_count;
	int64_t frozen_until_us;
	char find[ENTRY_SIZE]; /* what `/` was asked for */
	char filter_text[ENTRY_SIZE];
	struct filter filter;
	bool problems; /* only rows that are not as they should be */
	char (*tags)[WORKER_NAME_SIZE]; /* names of tagged rows; owned */
	size_t tag_count;
};

/* An empty list, with the order and columns that `settings`, which may be NULL,
 * has for its class, else the first ones. */
void list_init(struct list *list, const struct list_class *class,
	       struct settings *settings);

void list_release(struct list *list);

/* Sets new rows: `count` of `size` bytes each, in their natural order. They
 * must stay until the next ones are set. */
void list_set(struct list *list, const void *rows, size_t count, size_t size);

/* The selected row, or NULL when there is none. */
const void *list_selected(const struct list *list);

/* Selects the row of that name, where it is shown. */
void list_select(struct list *list, const char *name);

/* Moves, sorts, tags or filters as `action` says. Returns false when the action
 * is nothing for a list. */
bool list_handle(struct list *list, enum action action);

/* Takes a text for `/` or `f`, as struct screen: typed does, and tells what it
 * is. NULL: the list takes no such text. */
void list_typed(struct list *list, enum action action, const char *text,
		char answer[64]);
const char *list_text(const struct list *list, enum action action);

/* Selects the row that was clicked; returns whether it was selected before. */
bool list_click(struct list *list, int row);

bool list_is_tagged(const struct list *list, const char *name);

/* Draws headings and rows from row `top` of the canvas down to and without
 * `bottom`; scrolls so that the selected row is seen. */
void list_draw(struct list *list, const struct model *model,
	       struct canvas *canvas, int top, int bottom);

/* Says in a row which rows a filter leaves; false where it leaves all. */
bool list_draw_note(const struct list *list, struct canvas *canvas, int row);

/* Chooses the columns that the settings say, or all of the class; says whether
 * column number `column` of the class is chosen; turns that over, but for the
 * first, which names the row. */
void list_choose_columns(struct list *list);
bool list_has_column(const struct list *list, size_t column);
void list_toggle_column(struct list *list, size_t column);

#endif
