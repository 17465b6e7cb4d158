#ifndef TUI_COLUMNS_H
#define TUI_COLUMNS_H

#include "tui/canvas.h"
#include "tui/keys.h"
#include "tui/model.h"

#include <stdbool.h>
#include <stddef.h>

/* One column of a list: a `const` class. */
struct column {
	const char *title;
	int least; /* cells that it needs */
	int most; /* cells that it can use */
	int rank; /* 0: always shown; the highest goes first */
	bool right; /* the title stands right */
	bool descending; /* the largest first, unless reversed */
	enum action sort; /* the key that sorts by it, or ACTION_NONE */
	/* as qsort(3) wants it, of rows; NULL: nobody sorts by it */
	int (*compare)(const void *left, const void *right);
	/* writes the cell of `row`; the pen spans the column */
	void (*draw)(struct pen *pen, const struct model *model,
		     const void *row);
};

/* Makes a `compare` of rows that are a `type`, by a member that is a number. */
#define COLUMN_COMPARE(type, name, member)                                 \
	static int name(const void *left, const void *right)               \
	{                                                                  \
		const type *a = left;                                      \
		const type *b = right;                                     \
                                                                           \
		return a->member < b->member ? -1 : a->member > b->member; \
	}

enum { COLUMN_MAXIMUM = 16 };

/* Where a column that is shown stands. */
struct column_place {
	const struct column *column;
	int start;
	int width;
};

/*
 * Chooses which of `columns` are shown in `width` cells, one cell apart, and
 * how wide each is: those of the highest rank go until the rest fits, then
 * all grow evenly; where those of rank 0 do not fit, the last ones go. `places`
 * has room for `count`. Returns how many are shown.
 */
size_t columns_fit(const struct column *columns, size_t count, int width,
		   struct column_place *places);

#endif
