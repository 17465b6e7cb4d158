#include "config.h"

#include "tui/dashboard.h"

#include <stdio.h>
#include <stdlib.h>

/* The help: all keys and states, made from their tables, in as many columns as
 * fit; what does not fit is on the next page. */

enum { COLUMN_CELLS = 40, KEYS_CELLS = 15, LINE_MAXIMUM = 128 };

struct line {
	const char *heading; /* the first line of a group; else NULL */
	char keys[32];
	const char *help;
	bool states; /* shows two states, not a key */
	enum worker_state first_state;
	size_t column; /* where it stands */
	size_t row;
};

static void add_heading(struct line *lines, size_t *count, const char *heading)
{
	lines[(*count)++] = (struct line){.heading = heading};
}

static struct line *add(struct line *lines, size_t *count, const char *help)
{
	lines[*count] = (struct line){.help = help};
	return &lines[(*count)++];
}

static void add_group(struct line *lines, size_t *count, enum key_group group)
{
	add_heading(lines, count, keys_group_heading(group));
	for (int i = ACTION_NONE + 1; i < ACTION_COUNT; i++) {
		const struct binding *binding = keys_binding((enum action)i);
		struct line *line;

		if (binding->group != group)
			continue;
		line = add(lines, count, binding->help);
		keys_label((enum action)i, line->keys, sizeof(line->keys));
	}
	for (int i = 0; group == GROUP_ACT && i < ACT_COUNT; i++) {
		struct line *line = add(lines, count, act_words((enum act)i));

		snprintf(line->keys, sizeof(line->keys), "x %c",
			 act_letter((enum act)i));
	}
}

/* Two states a line, each behind its mark. */
static void add_states(struct line *lines, size_t *count)
{
	add_heading(lines, count, "STATES");
	for (int i = 0; i < WORKER_STATE_COUNT; i += 2) {
		lines[*count] = (struct line){.states = true};
		lines[*count].first_state = (enum worker_state)i;
		(*count)++;
	}
}

static size_t make_lines(struct line lines[LINE_MAXIMUM])
{
	size_t count = 0;

	for (int group = 0; group < KEY_GROUP_COUNT; group++)
		add_group(lines, &count, (enum key_group)group);
	add_states(lines, &count);
	return count;
}

static void draw_states(struct pen *pen, enum worker_state first, int second)
{
	for (int i = (int)first; i < (int)first + 2 && i < WORKER_STATE_COUNT;
	     i++) {
		struct mark mark = mark_of((enum worker_state)i);

		pen_print(pen, mark.role, " %c", mark.character);
		pen_print(pen, ROLE_PLAIN, " %s",
			  worker_state_name((enum worker_state)i));
		pen_move(pen, ROLE_PLAIN, second);
	}
}

static void draw_line(const struct line *line, struct canvas *canvas, int row,
		      int column)
{
	struct pen pen = pen_at(canvas, row);

	pen.column = column + 1;
	pen.end = column + COLUMN_CELLS;
	if (line->heading) {
		pen_print(&pen, ROLE_HEADER, "%s", line->heading);
	} else if (line->states) {
		draw_states(&pen, line->first_state, column + KEYS_CELLS);
	} else {
		pen_print(&pen, ROLE_KEY, " %s", line->keys);
		pen_move(&pen, ROLE_PLAIN, column + KEYS_CELLS);
		pen_print(&pen, ROLE_PLAIN, " %s", line->help);
	}
}

/* Lines of the group that begins at `lines`. */
static size_t group_size(const struct line *lines, size_t count)
{
	size_t size = 1;

	while (size < count && !lines[size].heading)
		size++;
	return size;
}

/* Places the lines in columns of `rows` rows, each group whole, with `gap`
 * empty rows between two. Returns how many columns that takes. */
static size_t place(struct line *lines, size_t count, size_t rows, size_t gap)
{
	size_t column = 0;
	size_t row = 0;

	for (size_t i = 0; i < count; i++) {
		size_t size = lines[i].heading
				      ? gap + group_size(&lines[i], count - i)
				      : 0;

		/* one that is larger than a column is broken */
		if (row > 0 &&
		    (row == rows || (row + size > rows && size <= rows))) {
			column++;
			row = 0;
		}
		if (lines[i].heading && row > 0)
			row += gap;
		lines[i].column = column;
		lines[i].row = row++;
	}
	return column + 1;
}

/* The same in at most `rows` rows, as evenly as can be, and with gaps where
 * `columns` columns are then enough. */
static size_t place_all(struct line *lines, size_t count, size_t rows,
			size_t columns)
{
	for (size_t gap = 2; gap-- > 0;)
		for (size_t least = 1; least <= rows; least++)
			if (place(lines, count, least, gap) <= columns)
				return columns;
	return place(lines, count, rows, 1);
}

/* Which page is shown, of how many as last drawn. */
struct help {
	size_t page;
	size_t pages;
	char crumb[64];
};

static void draw(struct view *view, struct canvas *canvas, int top, int bottom)
{
	struct help *help = view->state;
	struct line lines[LINE_MAXIMUM];
	size_t count = make_lines(lines);
	size_t room = (size_t)(bottom - top);
	size_t columns = (size_t)(canvas->columns / COLUMN_CELLS);
	size_t used = place_all(lines, count, room, columns);
	size_t first;

	help->pages = (used + columns - 1) / columns;
	help->page %= help->pages;
	first = help->page * columns;
	for (size_t i = 0; i < count; i++)
		if (lines[i].column >= first &&
		    lines[i].column < first + columns)
			draw_line(&lines[i], canvas, top + (int)lines[i].row,
				  (int)(lines[i].column - first) *
					  COLUMN_CELLS);
}

static enum redo handle(struct view *view, enum action action)
{
	struct help *help = view->state;
	size_t pages = help->pages ? help->pages : 1;

	if (action == ACTION_PAGE_DOWN || action == ACTION_DOWN)
		help->page = (help->page + 1) % pages;
	else if (action == ACTION_PAGE_UP || action == ACTION_UP)
		help->page = (help->page + pages - 1) % pages;
	else
		return REDO_NOTHING;
	return REDO_DRAW;
}

/* "help, page 1 of 3" */
static const char *crumb(const struct view *view)
{
	struct help *help = view->state;

	if (help->pages < 2)
		return "help";
	snprintf(help->crumb, sizeof(help->crumb), "help, page %zu of %zu",
		 help->page + 1, help->pages);
	return help->crumb;
}

static const char *hint(enum action action)
{
	return action == ACTION_PAGE_DOWN ? "Next page" : NULL;
}

static const enum action hints[] = {
	ACTION_BACK,
	ACTION_PAGE_DOWN,
	ACTION_QUIT,
	ACTION_NONE,
};

const struct screen screen_help = {
	.name = "help",
	.crumb = crumb,
	.state_size = sizeof(struct help),
	.opens = ACTION_HELP,
	.keys = KEY_GROUP_COUNT,
	.draw = draw,
	.handle = handle,
	.hints = hints,
	.hint = hint,
};
