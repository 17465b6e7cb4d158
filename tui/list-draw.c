#include "config.h"

#include "tui/list.h"

#include <stdio.h>
#include <string.h>

/* How a list is drawn, and which of its columns. */

/* Cells before the columns: the cursor, the tag and the mark of the state. */
enum { GUTTER = 4 };

/* Whether `title` is in "[A, B]". */
static bool is_named(const char *value, const char *title)
{
	size_t length = strlen(title);

	for (const char *at = value; (at = strstr(at, title)); at += length)
		if (at > value && strchr("[ ,", at[-1]) &&
		    strchr("], ", at[length]))
			return true;
	return false;
}

void list_choose_columns(struct list *list)
{
	char name[32];
	const char *value;

	snprintf(name, sizeof(name), "%.20s.columns", list->class->key);
	value = list->settings ? settings_get(list->settings, name) : NULL;
	list->column_count = 0;
	for (size_t i = 0; i < list->class->column_count; i++)
		if (i == 0 || !value ||
		    is_named(value, list->class->columns[i].title))
			list->columns[list->column_count++] =
				list->class->columns[i];
}

bool list_has_column(const struct list *list, size_t column)
{
	for (size_t i = 0; i < list->column_count; i++)
		if (list->columns[i].title ==
		    list->class->columns[column].title)
			return true;
	return false;
}

void list_toggle_column(struct list *list, size_t column)
{
	char name[32];
	char value[SETTINGS_VALUE_SIZE] = "[";
	size_t used = 1;

	if (column == 0 || !list->settings)
		return;
	for (size_t i = 0; i < list->class->column_count; i++)
		if (list_has_column(list, i) != (i == column))
			used += (size_t)snprintf(value + used,
						 sizeof(value) - used, "%s%s",
						 used > 1 ? ", " : "",
						 list->class->columns[i].title);
	snprintf(value + used, sizeof(value) - used, "]");
	snprintf(name, sizeof(name), "%.20s.columns", list->class->key);
	settings_set(list->settings, name, value);
	list_choose_columns(list);
}

/* Scrolls no further than needed. */
static void scroll(struct list *list)
{
	if (list->cursor < list->top)
		list->top = list->cursor;
	if (list->cursor >= list->top + list->page)
		list->top = list->cursor - list->page + 1;
	if (list->top + list->page > list->count)
		list->top =
			list->count > list->page ? list->count - list->page : 0;
}

static struct pen cell_pen(struct canvas *canvas, int row,
			   const struct column_place *place)
{
	return (struct pen){
		.canvas = canvas,
		.row = row,
		.column = GUTTER + place->start,
		.end = GUTTER + place->start + place->width,
	};
}

static void draw_headings(const struct list *list, struct canvas *canvas,
			  int row, const struct column_place *places,
			  size_t count)
{
	const struct column *sorting = &list->class->columns[list->sort];
	bool down = sorting->descending != list->reversed;

	for (size_t i = 0; i < count; i++) {
		const struct column *column = places[i].column;
		struct pen pen = cell_pen(canvas, row, &places[i]);
		/* columns are copies of those of the class */
		bool sorted = column->title == sorting->title;
		enum role role = sorted ? ROLE_SORTED : ROLE_HEADER;
		const char *sign = !sorted ? "" : down ? "v" : "^";

		/* where there is no room, the sign stands in the gap */
		if (strlen(column->title) + strlen(sign) >
		    (size_t)places[i].width)
			pen.end++;
		if (column->right)
			pen_print_right(&pen, role, "%s%s", column->title,
					sign);
		else
			pen_print(&pen, role, "%s%s", column->title, sign);
	}
}

static void draw_row(const struct list *list, const struct model *model,
		     struct canvas *canvas, int row, size_t place,
		     const struct column_place *places, size_t count)
{
	const void *item = list->rows[place];
	struct mark mark = list->class->mark(model, item);
	struct pen pen = pen_at(canvas, row);
	bool selected = place == list->cursor;
	bool tagged = list->tag_count > 0 &&
		      list_is_tagged(list, list->class->name(item));

	pen_print(&pen, ROLE_STRONG, "%s", selected ? ">" : " ");
	pen_print(&pen, ROLE_WARN, "%s", tagged ? "*" : " ");
	pen_print(&pen, mark.role, "%c", mark.character);
	for (size_t i = 0; i < count; i++) {
		struct pen cell = cell_pen(canvas, row, &places[i]);

		places[i].column->draw(&cell, model, item);
	}
	if (selected)
		canvas_select_row(canvas, row);
}

/* Says why there is no row. */
static void draw_nothing(const struct list *list, struct canvas *canvas,
			 int row)
{
	struct pen pen = pen_at(canvas, row);

	if (list->all_count == 0)
		pen_print(&pen, ROLE_DIM, "    there are none");
	else if (list->problems && list->filter.count > 0)
		pen_print(&pen, ROLE_DIM,
			  "    no problems of %zu fit the filter %s",
			  list->all_count, list->filter_text);
	else if (list->problems)
		pen_print(&pen, ROLE_OK,
			  "    no problems; o shows all %zu again",
			  list->all_count);
	else
		pen_print(&pen, ROLE_DIM, "    none of %zu fits the filter %s",
			  list->all_count, list->filter_text);
}

bool list_draw_note(const struct list *list, struct canvas *canvas, int row)
{
	struct pen pen = pen_at(canvas, row);

	if (list->filter.count == 0 && !list->problems)
		return false;
	pen_print(&pen, ROLE_WARN, " %zu of %zu shown:", list->count,
		  list->all_count);
	if (list->problems)
		pen_print(&pen, ROLE_WARN, " problems (o shows all)");
	if (list->filter.count > 0)
		pen_print(&pen, ROLE_WARN, "%s filter %s (f changes it)",
			  list->problems ? "," : "", list->filter_text);
	return true;
}

/* Cells that the first column can have beside those that are always shown;
 * where those do not fit, half of all. */
static int room_for_names(const struct list *list, int width)
{
	int half = width / 2;

	for (size_t i = 1; i < list->column_count; i++)
		if (list->columns[i].rank == 0)
			width -= list->columns[i].least + 1;
	if (width < list->columns[0].least)
		width = half;
	return width < list->columns[0].most ? width : list->columns[0].most;
}

/* Widens the first column, where it names the row, for the longest name: cut
 * ones look the same. */
static void widen_names(struct list *list, int width)
{
	struct column *column = &list->columns[0];
	int most = room_for_names(list, width);

	if (column->sort != ACTION_SORT_NAME)
		return;
	column->least = list->class->columns[0].least;
	for (size_t i = 0; i < list->count && column->least < most; i++) {
		int length = (int)strlen(list->class->name(list->rows[i]));

		if (length > column->least)
			column->least = length < most ? length : most;
	}
}

void list_draw(struct list *list, const struct model *model,
	       struct canvas *canvas, int top, int bottom)
{
	struct column_place places[COLUMN_MAXIMUM];
	size_t shown;

	widen_names(list, canvas->columns - GUTTER);
	shown = columns_fit(list->columns, list->column_count,
			    canvas->columns - GUTTER, places);
	list->page = bottom > top + 1 ? (size_t)(bottom - top - 1) : 1;
	list->first_row = top + 1;
	scroll(list);
	draw_headings(list, canvas, top, places, shown);
	if (list->count == 0)
		draw_nothing(list, canvas, top + 1);
	for (size_t i = 0; i < list->page && list->top + i < list->count; i++)
		if (top + 1 + (int)i < bottom)
			draw_row(list, model, canvas, top + 1 + (int)i,
				 list->top + i, places, shown);
}
