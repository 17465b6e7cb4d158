#ifndef CLI_TABLE_H
#define CLI_TABLE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/*
 * Rows of anything in three forms: a table for people that fits the terminal,
 * JSON with one object a line, CSV (RFC 4180) with a header.
 *
 * The columns of people and those of programs need not be the same. Whoever
 * makes a row gives its object with table_add(), which does nothing for people,
 * and its cells with table_cell(), which does nothing for programs. All of it
 * dies when memory is short.
 */

struct table_column {
	const char *name; /* member of the object; NULL: not in the CSV */
	const char *title; /* on the screen; NULL: not there */
	bool right; /* aligned */
	bool cut; /* may be cut where the terminal is too narrow */
	bool below; /* the last one, on a line of its own under the row */
};

enum table_form { TABLE_SCREEN, TABLE_JSON, TABLE_CSV };

struct table;

/* Begins to write on `out`. `width` is that of the terminal, 0 where nothing is
 * to be cut. The columns must outlive it. */
struct table *table_new(const struct table_column *columns, size_t count,
			enum table_form form, FILE *out, int width);

/* Lets rows that do not fit the terminal, even when cut, be written as blocks
 * with a line for each cell. */
void table_allow_records(struct table *table);

/* Whether it wants cells, not objects. */
bool table_is_screen(const struct table *table);

/* Adds a row for programs; takes `object` over. */
void table_add(struct table *table, json_t *object);

/* Adds the next cell for people. What is no line of plain text becomes one. */
void table_cell(struct table *table, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Writes the rows that there are, under the titles if they are the first. */
void table_flush(struct table *table);

/* Frees it, and what people have not seen yet is not shown. */
void table_discard(struct table *table);

/* Writes what is left, and frees it. Titles of no rows are written, too. */
void table_end(struct table *table);

#endif
