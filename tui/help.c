#include "config.h"

#include "tui/dashboard.h"

#include <stdio.h>
#include <stdlib.h>

/* The help: all keys and states, made from their tables, in as many columns as
 * fit; what does not fit is on the next page. */

enum { COLUMN_CELLS = 40, KEYS_CELLS = 15, LINE_MAXIMUM = 96 };

struct line {
	const char *heading; /* or NULL */
	char keys[32];
	enum role role; /* of the keys */
	const char *help;
	bool begins; /* the first of a group, which is kept together */
};

static void add_heading(struct line *lines, size_t *count, const char *heading)
{
	lines[(*count)++] = (struct line){.heading = heading, .begins = true};
}

static struct line *add(struct line *lines, size_t *count, const char *help)
{
	lines[*count] = (struct line){.role = ROLE_KEY, .help = help};
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
		struct line *line = add(lines, count, act_help((enum act)i));

		snprintf(line->keys, sizeof(line->keys), "x %c",
			 act_letter((enum act)i));
	}
}

static size_t make_lines(struct line lines[LINE_MAXIMUM])
{
	size_t count = 0;

	for (int group = 0; group < KEY_GROUP_COUNT; group++)
		add_group(lines, &count, (enum key_group)group);
	add_heading(lines, &count, "STATES");
	for (int i = 0; i < WORKER_STATE_COUNT; i++) {
		struct mark mark = mark_of((enum worker_state)i);
		struct line *line = add(
			lines, &count, worker_state_name((enum worker_state)i));

		line->role = mark.role;
		snprintf(line->keys, sizeof(line->keys), "%c", mark.character);
	}
	return count;
}

static void draw_line(const struct line *line, struct canvas *canvas, int row,
		      int column)
{
	struct pen pen = pen_at(canvas, row);

	pen.column = column + 1;
	pen.end = column + COLUMN_CELLS;
	if (line->heading) {
		pen_print(&pen, ROLE_HEADER, "%s", line->heading);
		return;
	}
	pen_print(&pen, line->role, " %s", line->keys);
	pen_move(&pen, ROLE_PLAIN, column + KEYS_CELLS);
	pen_print(&pen, ROLE_PLAIN, " %s", line->help);
}

/* Lines of the group that begins at `lines`. */
static size_t group_size(const struct line *lines, size_t count)
{
	size_t size = 1;

	while (size < count && !lines[size].begins)
		size++;
	return size;
}

static void draw(struct dashboard *dashboard, struct canvas *canvas, int top,
		 int bottom)
{
	struct line lines[LINE_MAXIMUM];
	size_t count = make_lines(lines);
	size_t rows = (size_t)(bottom - top);
	size_t columns = (size_t)(canvas->columns / COLUMN_CELLS);
	size_t column = 0;
	size_t row = 0;

	for (size_t i = 0; i < count; i++) {
		size_t first = dashboard->help_page * columns;

		if (lines[i].begins && row > 0 &&
		    row + group_size(&lines[i], count - i) > rows) {
			column++;
			row = 0;
		}
		if (column >= first && column < first + columns)
			draw_line(&lines[i], canvas, top + (int)row,
				  (int)(column - first) * COLUMN_CELLS);
		row++;
	}
	dashboard->help_pages = column / columns + 1;
}

static enum redo handle(struct dashboard *dashboard, enum action action)
{
	if (action == ACTION_PAGE_DOWN || action == ACTION_DOWN)
		dashboard->help_page =
			(dashboard->help_page + 1) % dashboard->help_pages;
	else if (action == ACTION_PAGE_UP || action == ACTION_UP)
		dashboard->help_page =
			(dashboard->help_page + dashboard->help_pages - 1) %
			dashboard->help_pages;
	else
		return REDO_NOTHING;
	return REDO_DRAW;
}

static const char *crumb(const struct dashboard *dashboard)
{
	(void)dashboard;
	return "help";
}

static void update(struct dashboard *dashboard)
{
	if (dashboard->help_page >= dashboard->help_pages)
		dashboard->help_page = 0;
}

static const enum action hints[] = {
	ACTION_BACK,
	ACTION_PAGE_DOWN,
	ACTION_QUIT,
	ACTION_NONE,
};

const struct screen screen_help = {
	.crumb = crumb,
	.update = update,
	.draw = draw,
	.handle = handle,
	.hints = hints,
};
