#include "config.h"

#include "tui/dashboard.h"

/* Which columns the list below has; Space turns one over. */

struct choice {
	size_t cursor;
};

/* The list that the columns are of: that of the view below. */
static struct list *list_of(const struct view *view)
{
	const struct view *below = view - 1;

	return view->dashboard->depth > 1 ? view_list(below) : NULL;
}

static void draw(struct view *view, struct canvas *canvas, int top, int bottom)
{
	const struct choice *choice = view->state;
	const struct list *list = list_of(view);
	struct pen pen = pen_at(canvas, top);
	size_t page = bottom > top + 2 ? (size_t)(bottom - top - 1) : 1;
	size_t first = choice->cursor < page ? 0 : choice->cursor - page + 1;

	if (!list)
		return;
	pen_print(&pen, ROLE_PLAIN,
		  " Space shows a column or hides it; some need a wider "
		  "terminal.");
	for (size_t i = first; i < list->class->column_count; i++) {
		int row = top + 1 + (int)(i - first);

		if (row >= bottom)
			break;
		pen = pen_at(canvas, row);
		pen_print(&pen, ROLE_STRONG, "%s ",
			  i == choice->cursor ? ">" : " ");
		pen_print(&pen, ROLE_PLAIN, "[%s] %s",
			  list_has_column(list, i) ? "x" : " ",
			  list->class->columns[i].title);
		if (i == choice->cursor)
			canvas_select_row(canvas, row);
	}
}

static enum redo handle(struct view *view, enum action action)
{
	struct choice *choice = view->state;
	struct list *list = list_of(view);

	if (!list)
		return REDO_NOTHING;
	if (action == ACTION_DOWN &&
	    choice->cursor + 1 < list->class->column_count)
		choice->cursor++;
	else if (action == ACTION_UP && choice->cursor > 0)
		choice->cursor--;
	else if (action == ACTION_TAG || action == ACTION_OPEN)
		list_toggle_column(list, choice->cursor);
	return REDO_DRAW;
}

static const char *hint(enum action action)
{
	return action == ACTION_TAG ? "Show or hide" : NULL;
}

static const enum action hints[] = {ACTION_TAG, ACTION_BACK, ACTION_HELP,
				    ACTION_QUIT, ACTION_NONE};

const struct screen screen_columns = {
	.name = "columns",
	.state_size = sizeof(struct choice),
	.keys = KEY_GROUP_COUNT,
	.draw = draw,
	.handle = handle,
	.hints = hints,
	.hint = hint,
};
