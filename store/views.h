#ifndef STORE_VIEWS_H
#define STORE_VIEWS_H

/*
 * The views of history.db, which are a contract with whoever reads the file by
 * SQL, and what their columns mean: for `reeve sql --schema` and the manual. A
 * unit test sees that they are those of the schema.
 */

struct view_column {
	const char *name; /* NULL behind the last */
	const char *type; /* INTEGER, REAL or TEXT */
	const char *meaning; /* no full stop */
};

struct view {
	const char *name; /* NULL behind the last */
	const char *meaning;
	const struct view_column *columns;
};

extern const struct view views[];

#endif
