#include "config.h"

#include "cli/table.h"

#include "base/escape.h"
#include "cli/cut.h"
#include "store/event.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* A column that is cut keeps so much. */
enum { CUT_MIN = 8, BELOW_INDENT = 2 };

struct table {
	const struct table_column *columns;
	size_t count;
	enum table_form form;
	FILE *out;
	int width;
	size_t *shown; /* which columns have a title */
	size_t shown_count;
	bool below; /* the last of them is below the others */
	size_t *widths; /* of those, so far */
	char **cells; /* row by row */
	size_t cell_count;
	size_t capacity;
	size_t gap; /* between columns; 0: nothing is written yet */
	bool begun; /* the titles are written */
	bool records; /* may be shown as blocks */
};

/* The command may die when there is no memory; nothing is lost. */
static void *must(void *memory)
{
	if (!memory)
		abort();
	return memory;
}

static void write_field(FILE *out, const char *text)
{
	if (!strpbrk(text, ",\"\r\n")) {
		fputs(text, out);
		return;
	}
	putc('"', out);
	for (; *text != '\0'; text++) {
		if (*text == '"')
			putc('"', out);
		putc(*text, out);
	}
	putc('"', out);
}

static void write_value(FILE *out, const json_t *value)
{
	char *text = NULL;

	if (json_is_string(value)) {
		write_field(out, json_string_value(value));
	} else if (value && !json_is_null(value)) {
		text = json_dumps(value, JSON_ENCODE_ANY | EVENT_JSON_FLAGS);
		write_field(out, must(text));
		free(text);
	}
}

/* One line of CSV: the names where `object` is NULL. */
static void write_csv(const struct table *table, const json_t *object)
{
	const char *before = "";

	for (size_t i = 0; i < table->count; i++) {
		const char *name = table->columns[i].name;

		if (!name)
			continue;
		fputs(before, table->out);
		before = ",";
		if (object)
			write_value(table->out, json_object_get(object, name));
		else
			write_field(table->out, name);
	}
	fputs("\r\n", table->out);
}

struct table *table_new(const struct table_column *columns, size_t count,
			enum table_form form, FILE *out, int width)
{
	struct table *table = must(calloc(1, sizeof(*table)));

	*table = (struct table){
		.columns = columns,
		.count = count,
		.form = form,
		.out = out,
		.width = width,
		.shown = must(calloc(count + 1, sizeof(*table->shown))),
		.widths = must(calloc(count + 1, sizeof(*table->widths))),
	};
	for (size_t i = 0; i < count; i++) {
		const char *title = columns[i].title;

		if (!title)
			continue;
		table->widths[table->shown_count] =
			cut_width(title, strlen(title));
		table->shown[table->shown_count++] = i;
		table->below = columns[i].below;
	}
	if (form == TABLE_CSV)
		write_csv(table, NULL);
	return table;
}

void table_allow_records(struct table *table)
{
	table->records = true;
}

bool table_is_screen(const struct table *table)
{
	return table->form == TABLE_SCREEN;
}

void table_add(struct table *table, json_t *object)
{
	if (table->form == TABLE_JSON) {
		json_dumpf(must(object), table->out, EVENT_JSON_FLAGS);
		putc('\n', table->out);
	} else if (table->form == TABLE_CSV) {
		write_csv(table, must(object));
	}
	json_decref(object);
}

void table_cell(struct table *table, const char *format, ...)
{
	size_t column = table->cell_count % table->shown_count;
	va_list arguments;
	char *text, *cell;
	size_t width;
	int size;

	if (table->form != TABLE_SCREEN)
		return;
	va_start(arguments, format);
	size = vasprintf(&text, format, arguments);
	va_end(arguments);
	if (size < 0)
		abort();
	cell = must(escape_text((struct bytes){text, (size_t)size}));
	free(text);
	for (char *at = cell; *at != '\0'; at++)
		if (*at == '\n' || *at == '\t')
			*at = ' ';
	if (table->cell_count == table->capacity) {
		table->capacity = table->capacity * 2 + 256;
		table->cells = must(
			realloc(table->cells, table->capacity * sizeof(cell)));
	}
	table->cells[table->cell_count++] = cell;
	width = cut_width(cell, strlen(cell));
	if (width > table->widths[column])
		table->widths[column] = width;
}

/* How many columns stand side by side. */
static size_t abreast(const struct table *table)
{
	return table->shown_count - table->below;
}

static size_t total(const struct table *table, const size_t *widths, size_t gap)
{
	size_t sum = gap * (abreast(table) - 1);

	for (size_t i = 0; i < abreast(table); i++)
		sum += widths[i];
	return sum;
}

/* The widest column that may still be cut; shown_count where there is none. */
static size_t widest(const struct table *table, const size_t *widths)
{
	size_t found = table->shown_count;

	for (size_t i = 0; i < abreast(table); i++) {
		if (!table->columns[table->shown[i]].cut ||
		    widths[i] <= CUT_MIN)
			continue;
		if (found == table->shown_count || widths[i] > widths[found])
			found = i;
	}
	return found;
}

/* The gap between columns, which stays as it is once rows are written: better
 * close together than cut. */
static size_t choose_gap(const struct table *table, const size_t *widths)
{
	size_t room = (size_t)table->width;

	if (table->gap > 0)
		return table->gap;
	return table->width > 0 && total(table, widths, 2) > room &&
			       total(table, widths, 1) <= room
		       ? 1
		       : 2;
}

/* Makes the widths fit, where there is something to cut; returns the gap. On a
 * very narrow terminal lines wrap: a column of nothing would help nobody. */
static size_t fit(const struct table *table, size_t *widths)
{
	size_t gap = choose_gap(table, widths);
	size_t column;

	while (table->width > 0 &&
	       total(table, widths, gap) > (size_t)table->width) {
		column = widest(table, widths);
		if (column == table->shown_count)
			return 1;
		widths[column]--;
	}
	return gap;
}

static void pad(FILE *out, size_t count)
{
	fprintf(out, "%*s", (int)count, "");
}

static void write_row(const struct table *table, const char *const *cells,
		      const size_t *widths, size_t gap)
{
	size_t before = 0;

	for (size_t i = 0; i < abreast(table); i++) {
		const struct table_column *column =
			&table->columns[table->shown[i]];
		const char *cell = cells[i] ? cells[i] : "";
		size_t size = strlen(cell);
		size_t width = cut_width(cell, size);
		size_t room = widths[i] > width ? widths[i] - width : 0;

		/* No blanks at the end of a line. */
		if (size == 0) {
			before += widths[i] + gap;
			continue;
		}
		pad(table->out, before + (column->right ? room : 0));
		cut_print(table->out, cell, size,
			  column->cut ? widths[i] : SIZE_MAX);
		before = gap + (column->right ? 0 : room);
	}
	putc('\n', table->out);
}

/* The cell of the line below a row. */
static void write_below(const struct table *table, const char *cell)
{
	size_t room = table->width > 20 ? (size_t)table->width : SIZE_MAX;

	if (*cell == '\0')
		return;
	pad(table->out, BELOW_INDENT);
	cut_print(table->out, cell, strlen(cell), room - BELOW_INDENT);
	putc('\n', table->out);
}

static void write_titles(struct table *table, const size_t *widths, size_t gap)
{
	const char **titles =
		must(calloc(table->shown_count + 1, sizeof(*titles)));

	for (size_t i = 0; i < table->shown_count; i++)
		titles[i] = table->columns[table->shown[i]].title;
	write_row(table, titles, widths, gap);
	free(titles);
	table->begun = true;
}

static void drop_cells(struct table *table)
{
	for (size_t i = 0; i < table->cell_count; i++)
		free(table->cells[i]);
	table->cell_count = 0;
}

/* Each row as a block, a line for each of its cells. */
static void write_records(struct table *table)
{
	size_t widest_title = 0;

	for (size_t i = 0; i < table->shown_count; i++) {
		const char *title = table->columns[table->shown[i]].title;
		size_t width = cut_width(title, strlen(title));

		if (width > widest_title)
			widest_title = width;
	}
	for (size_t i = 0; i < table->cell_count; i++) {
		size_t column = i % table->shown_count;
		const char *title = table->columns[table->shown[column]].title;
		size_t room = (size_t)table->width > widest_title + 12
				      ? (size_t)table->width - widest_title - 2
				      : SIZE_MAX;

		if (column == 0 && (i > 0 || table->begun))
			putc('\n', table->out);
		fputs(title, table->out);
		pad(table->out,
		    widest_title - cut_width(title, strlen(title)) + 2);
		cut_print(table->out, table->cells[i], strlen(table->cells[i]),
			  room);
		putc('\n', table->out);
	}
	table->begun = true;
}

/* Writes the rows for people that there are. */
static void write_rows(struct table *table)
{
	size_t size = table->shown_count * sizeof(*table->widths);
	size_t *widths = must(malloc(size)), gap;

	memcpy(widths, table->widths, size);
	gap = fit(table, widths);
	if (table->records && table->width > 0 && table->cell_count > 0 &&
	    total(table, widths, gap) > (size_t)table->width) {
		write_records(table);
		free(widths);
		return;
	}
	table->gap = gap;
	if (!table->begun)
		write_titles(table, widths, gap);
	for (size_t i = 0; i < table->cell_count; i += table->shown_count) {
		const char *const *cells =
			(const char *const *)table->cells + i;

		write_row(table, cells, widths, gap);
		if (table->below)
			write_below(table, cells[abreast(table)]);
	}
	free(widths);
}

void table_flush(struct table *table)
{
	if (table->form == TABLE_SCREEN && table->shown_count > 0)
		write_rows(table);
	drop_cells(table);
	fflush(table->out);
}

void table_discard(struct table *table)
{
	drop_cells(table);
	free(table->cells);
	free(table->shown);
	free(table->widths);
	free(table);
}

void table_end(struct table *table)
{
	table_flush(table);
	table_discard(table);
}
