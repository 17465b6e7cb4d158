#include "config.h"

#include "tui/list.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Cells before the columns: the cursor and the mark of the state. */
enum { GUTTER = 4 };

void list_init(struct list *list, const struct list_class *class)
{
	*list = (struct list){.class = class, .sort = class->first_sort};
}

void list_release(struct list *list)
{
	free(list->rows);
	list->rows = NULL;
}

static int compare_rows(const void *left, const void *right, void *context)
{
	const struct list *list = context;
	const struct column *column = &list->class->columns[list->sort];
	const void *a = *(const void *const *)left;
	const void *b = *(const void *const *)right;
	int order = column->compare(a, b);

	if (column->descending != list->reversed)
		order = -order;
	if (order)
		return order;
	/* the natural order, which is that of the addresses */
	return (uintptr_t)a < (uintptr_t)b ? -1 : (uintptr_t)a > (uintptr_t)b;
}

static void select_place(struct list *list, size_t place)
{
	list->cursor = place;
	if (place < list->count)
		snprintf(list->selected, sizeof(list->selected), "%s",
			 list->class->name(list->rows[place]));
}

/* Sorts, and finds the selected row again. */
static void sort_rows(struct list *list)
{
	qsort_r(list->rows, list->count, sizeof(*list->rows), compare_rows,
		list);
	for (size_t i = 0; i < list->count; i++) {
		if (strcmp(list->class->name(list->rows[i]), list->selected) ==
		    0) {
			list->cursor = i;
			return;
		}
	}
	if (list->cursor >= list->count)
		list->cursor = list->count ? list->count - 1 : 0;
	if (list->selected[0])
		select_place(list, list->cursor);
}

void list_set(struct list *list, const void *rows, size_t count, size_t size)
{
	list->rows = reallocarray(list->rows, count ? count : 1,
				  sizeof(*list->rows));
	assert(list->rows);
	list->count = count;
	for (size_t i = 0; i < count; i++)
		list->rows[i] = (const char *)rows + i * size;
	sort_rows(list);
}

void list_forget(struct list *list)
{
	list->selected[0] = '\0';
	list->cursor = 0;
	list->top = 0;
}

const void *list_selected(const struct list *list)
{
	return list->count ? list->rows[list->cursor] : NULL;
}

/* Sorts by the next column to the left or right that can be sorted by. */
static void sort_beside(struct list *list, bool right)
{
	size_t count = list->class->column_count;

	do
		list->sort = (list->sort + (right ? 1 : count - 1)) % count;
	while (!list->class->columns[list->sort].compare);
	list->reversed = false;
}

static bool sort_by(struct list *list, enum action action)
{
	for (size_t i = 0; i < list->class->column_count; i++) {
		if (list->class->columns[i].sort != action)
			continue;
		list->sort = i;
		list->reversed = false;
		return true;
	}
	return false;
}

static bool handle_sort(struct list *list, enum action action)
{
	if (action == ACTION_SORT_LEFT || action == ACTION_SORT_RIGHT)
		sort_beside(list, action == ACTION_SORT_RIGHT);
	else if (action == ACTION_REVERSE)
		list->reversed = !list->reversed;
	else if (!sort_by(list, action))
		return false;
	sort_rows(list);
	return true;
}

/* How many rows `action` moves down; 0 when it does not move. */
static long distance(const struct list *list, enum action action, long page)
{
	const struct {
		enum action action;
		long rows;
	} moves[] = {
		{ACTION_UP, -1},
		{ACTION_DOWN, 1},
		{ACTION_PAGE_UP, -page},
		{ACTION_PAGE_DOWN, page},
		{ACTION_HALF_UP, -page / 2},
		{ACTION_HALF_DOWN, page / 2},
		{ACTION_FIRST, -(long)list->count},
		{ACTION_LAST, (long)list->count},
	};

	for (size_t i = 0; i < sizeof(moves) / sizeof(moves[0]); i++)
		if (moves[i].action == action)
			return moves[i].rows;
	return 0;
}

bool list_handle(struct list *list, enum action action)
{
	long rows =
		distance(list, action, list->page > 1 ? (long)list->page : 2);
	long place = (long)list->cursor + rows;

	if (rows == 0)
		return handle_sort(list, action);
	if (place >= (long)list->count)
		place = (long)list->count - 1;
	select_place(list, place > 0 ? (size_t)place : 0);
	return true;
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
	const struct column *sorted = &list->class->columns[list->sort];
	bool down = sorted->descending != list->reversed;

	for (size_t i = 0; i < count; i++) {
		const struct column *column = places[i].column;
		struct pen pen = cell_pen(canvas, row, &places[i]);
		enum role role = column == sorted ? ROLE_SORTED : ROLE_HEADER;

		if (column->right)
			pen_print_right(&pen, role, "%s", column->title);
		else
			pen_print(&pen, role, "%s", column->title);
		pen.end++; /* the sign may stand in the gap */
		if (column == sorted)
			pen_print(&pen, role, "%s", down ? "v" : "^");
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

	pen_print(&pen, ROLE_STRONG, "%s ", selected ? ">" : " ");
	pen_print(&pen, mark.role, "%c", mark.character);
	for (size_t i = 0; i < count; i++) {
		struct pen cell = cell_pen(canvas, row, &places[i]);

		places[i].column->draw(&cell, model, item);
	}
	if (selected)
		canvas_select_row(canvas, row);
}

void list_draw(struct list *list, const struct model *model,
	       struct canvas *canvas, int top, int bottom)
{
	struct column_place places[COLUMN_MAXIMUM];
	size_t shown =
		columns_fit(list->class->columns, list->class->column_count,
			    canvas->columns - GUTTER, places);

	list->page = bottom > top + 1 ? (size_t)(bottom - top - 1) : 1;
	scroll(list);
	draw_headings(list, canvas, top, places, shown);
	for (size_t i = 0; i < list->page && list->top + i < list->count; i++)
		draw_row(list, model, canvas, top + 1 + (int)i, list->top + i,
			 places, shown);
}
