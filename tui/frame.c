#include "config.h"

#include "tui/frame.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/size.h"
#include "tui/dashboard.h"
#include "tui/format.h"
#include "tui/rate.h"

enum {
	LEAST_ROWS = 6,
	LEAST_COLUMNS = 40,
	SHORT_ROWS = 20,
	NO_PACE = 3,
	NO_COUNT = 4,
	FEWEST_FACTS = NO_COUNT,
};

enum { CRUMBS_SIZE = 600 };

/* "shop > web > web/0", without the first `skip` views. */
static void write_crumbs(const struct dashboard *dashboard, size_t skip,
			 char text[CRUMBS_SIZE])
{
	int used = snprintf(text, CRUMBS_SIZE, " reeve  %.70s%s",
			    dashboard->model.snapshot.instance.name,
			    skip ? " > .." : "");

	for (size_t i = skip; i < dashboard->depth; i++) {
		const struct view *view = &dashboard->views[i];
		const char *crumb = view->screen->crumb
					    ? view->screen->crumb(view)
					    : view->screen->name;

		if (*crumb && used < CRUMBS_SIZE)
			used += snprintf(text + used,
					 CRUMBS_SIZE - (size_t)used, " > %s",
					 crumb);
	}
}

/* Where there is no room, the first views go, then the instance: the last one
 * says what is seen. */
static void draw_crumbs(const struct dashboard *dashboard, struct pen *pen)
{
	char text[CRUMBS_SIZE];
	const char *last;
	size_t skip = 0;

	do
		write_crumbs(dashboard, skip++, text);
	while ((int)strlen(text) > pen->end && skip < dashboard->depth);
	last = (int)strlen(text) > pen->end ? strrchr(text, '>') : NULL;
	pen_print(pen, ROLE_TITLE, "%s", last ? last + 1 : text);
}

/* "LIVE 1s", "PAUSED 12s", "NOT LIVE" */
static void write_pace(const struct dashboard *dashboard, char *text,
		       size_t size)
{
	char span[32];

	if (dashboard->paused_at_us) {
		format_age(clock_real_us() - dashboard->paused_at_us, span);
		snprintf(text, size, "PAUSED %s  ", span);
	} else if (!dashboard->alive) {
		snprintf(text, size, "NOT LIVE  ");
	} else {
		rate_format(dashboard->interval_ms, span);
		snprintf(text, size, "LIVE %s  ", span);
	}
}

/* Writes the facts of the instance, the fewer the larger `level` is. */
static void write_facts(const struct dashboard *dashboard, int level,
			char *text, size_t size)
{
	const struct model *model = &dashboard->model;
	char now[TIME_TEXT_SIZE];
	char up[AGE_TEXT_SIZE];
	char pid[32] = "";
	char since[32] = "";
	char pace[64] = "";
	char count[48] = "";

	format_time(clock_real_us(), now);
	format_age(clock_real_us() - model->snapshot.instance.started_at_us,
		   up);
	if (level < 1)
		snprintf(since, sizeof(since), "up %s  ", up);
	if (level < 2)
		snprintf(pid, sizeof(pid), "pid %lld  ",
			 (long long)model->snapshot.instance.pid);
	if (level < NO_PACE || dashboard->paused_at_us || !dashboard->alive)
		write_pace(dashboard, pace, sizeof(pace));
	if (level < NO_COUNT)
		snprintf(count, sizeof(count), "%u/%u ready  ",
			 model->sum.ready, model->sum.wanted);
	snprintf(text, size, "  %s%s%s%s%s ", pace, dashboard->alive ? pid : "",
		 dashboard->alive ? since : "", count, now);
}

/* "!2 unseen crashes: press !", shorter where there is less room; stays until
 * each was looked at. */
static void draw_unseen(const struct dashboard *dashboard, struct pen *pen,
			int room)
{
	size_t count = dashboard->unseen.count;
	char text[64];

	if (count == 0)
		return;
	snprintf(text, sizeof(text), " !%zu unseen crash%s: press ! ", count,
		 count == 1 ? "" : "es");
	if ((int)strlen(text) + 1 > room)
		snprintf(text, sizeof(text), " !%zu unseen ", count);
	if ((int)strlen(text) + 1 > room)
		return;
	pen_print(pen, ROLE_TITLE, " ");
	pen_print(pen, ROLE_FRESH, "%s", text);
}

static void draw_title(const struct dashboard *dashboard, struct canvas *canvas)
{
	enum { UNSEEN_CELLS = 14 };
	struct pen pen = pen_at(canvas, 0);
	bool unseen = dashboard->unseen.count > 0;
	char facts[128];
	int level = 0;
	int wanted;
	int room;

	write_facts(dashboard, FEWEST_FACTS, facts, sizeof(facts));
	pen.end = canvas->columns - (int)strlen(facts) -
		  (unseen ? UNSEEN_CELLS : 0);
	draw_crumbs(dashboard, &pen);
	do {
		write_facts(dashboard, level, facts, sizeof(facts));
		room = canvas->columns - pen.column - (int)strlen(facts);
		/* the count goes last, when not even a short word fits */
		wanted = level < NO_PACE ? 2 * UNSEEN_CELLS : UNSEEN_CELLS;
	} while (room < (unseen ? wanted : 0) && level++ < FEWEST_FACTS);
	pen.end = canvas->columns;
	draw_unseen(dashboard, &pen, room);
	pen_print_right(&pen, ROLE_TITLE, "%s", facts);
}

/* "x Act" for each hint, as many as fit. */
static void draw_keys(const struct screen *screen, struct canvas *canvas,
		      int row)
{
	struct pen pen = pen_at(canvas, row);

	for (const enum action *hint = screen->hints; *hint; hint++) {
		const struct binding *binding = keys_binding(*hint);
		const char *own = screen->hint ? screen->hint(*hint) : NULL;
		const char *word = own ? own : binding->hint;
		char key[KEY_NAME_SIZE];
		int start = pen.column + (pen.column > 0 ? 2 : 1);
		size_t size;

		keys_name(binding->keys[0], key);
		size = strlen(key) + 1 + strlen(word);
		if (start + (int)size > canvas->columns)
			break;
		pen_move(&pen, ROLE_PLAIN, start);
		pen_print(&pen, ROLE_KEY, "%s ", key);
		pen_print(&pen, ROLE_PLAIN, "%s", word);
	}
}

/* The line above the key bar; returns whether there is one. */
static bool draw_notice(const struct dashboard *dashboard,
			struct canvas *canvas, int row)
{
	const struct model *model = &dashboard->model;
	struct pen pen = pen_at(canvas, row);
	char taken[TIME_TEXT_SIZE];

	if (dashboard->notice[0]) {
		pen_print(&pen, dashboard->notice_role, " %s",
			  dashboard->notice);
		return true;
	}
	if (dashboard->alive)
		return false;
	format_time(model_time_us(model), taken);
	if (live_table_is_stopped(model->table))
		pen_print(&pen, ROLE_WARN, " %s has stopped; ",
			  model->snapshot.instance.name);
	else
		pen_print(&pen, ROLE_BAD,
			  " the supervisor (pid %lld) is gone; ",
			  (long long)model->snapshot.instance.pid);
	pen_print(&pen, ROLE_PLAIN, "showing the last state of %s", taken);
	return true;
}

/* How many workers are in each state; marks alone, or with their words. */
static void draw_counts(struct pen *pen, const struct model_sum *sum,
			bool words)
{
	pen_print(pen, ROLE_STRONG, " %u worker%s", sum->workers,
		  sum->workers == 1 ? "" : "s");
	for (int i = 0; i < WORKER_STATE_COUNT; i++) {
		enum worker_state state = (enum worker_state)i;
		struct mark mark = mark_of(state);

		if (sum->counts[i] == 0)
			continue;
		pen_print(pen, mark.role, "  %c", mark.character);
		pen_print(pen, ROLE_PLAIN, " %u", sum->counts[i]);
		if (words)
			pen_print(pen, ROLE_PLAIN, " %s",
				  worker_state_name(state));
	}
}

/* Cells that the counts take with their words. */
static int counts_width(const struct model_sum *sum)
{
	int width = snprintf(NULL, 0, " %u workers", sum->workers);

	for (int i = 0; i < WORKER_STATE_COUNT; i++)
		if (sum->counts[i] > 0)
			width += snprintf(
				NULL, 0, "  + %u %s", sum->counts[i],
				worker_state_name((enum worker_state)i));
	return width;
}

bool frame_is_short(const struct canvas *canvas)
{
	return canvas->rows < SHORT_ROWS;
}

int frame_sum(struct canvas *canvas, int row, const struct model_sum *sum)
{
	struct pen pen = pen_at(canvas, row);
	bool is_short = frame_is_short(canvas);
	char cpu[PERCENT_TEXT_SIZE];
	char memory[SIZE_TEXT_SIZE];

	draw_counts(&pen, sum,
		    !is_short && counts_width(sum) <= canvas->columns);
	format_percent(sum->cpu_permille, cpu);
	size_format_short((int64_t)sum->rss_bytes, memory);
	if (is_short) {
		pen_print(&pen, ROLE_PLAIN, "  CPU %s%%", cpu);
		return row + 1;
	}
	pen = pen_at(canvas, row + 1);
	pen_print(&pen, ROLE_PLAIN, " CPU %s%%  memory %s  restarts %" PRIu64,
		  cpu, memory, sum->restarts);
	return row + 2;
}

/* What can be said in a terminal that is too small for more. */
static void draw_tiny(const struct dashboard *dashboard, struct canvas *canvas)
{
	struct pen pen = pen_at(canvas, 0);

	pen_print(&pen, ROLE_PLAIN, "%dx%d is too small: need %dx%d",
		  canvas->columns, canvas->rows, LEAST_COLUMNS, LEAST_ROWS);
	pen = pen_at(canvas, 1);
	pen_print(&pen, ROLE_PLAIN, "%u/%u ready", dashboard->model.sum.ready,
		  dashboard->model.sum.wanted);
	if (dashboard->unseen.count > 0)
		pen_print(&pen, ROLE_FRESH, " !%zu unseen",
			  dashboard->unseen.count);
}

/* Takes away what a screen has drawn below its part. */
static void clear_below(struct canvas *canvas, int bottom)
{
	for (int row = bottom; row < canvas->rows; row++) {
		struct pen pen = pen_at(canvas, row);

		pen_move(&pen, ROLE_PLAIN, canvas->columns);
		for (int i = 0; i < canvas->columns; i++)
			canvas_cell(canvas, row, i)->selected = false;
	}
	if (canvas->cursor_row >= bottom)
		canvas->cursor_row = canvas->rows - 1;
}

/* Rows that the line above the key bar takes: 0 or 1; draws it. */
static int draw_note(const struct dashboard *dashboard, const struct view *view,
		     struct canvas *canvas, int row)
{
	const struct list *list = view_list(view);

	return draw_notice(dashboard, canvas, row) ||
	       (list && dashboard->prompt.stage != PROMPT_TEXT &&
		list_draw_note(list, canvas, row));
}

char *frame_text(struct dashboard *dashboard, bool selected)
{
	enum { BYTES_A_CELL = 8, GUTTER = 4 };
	/* Where the terminal is too small for it, as on the smallest one. */
	int rows = dashboard->rows < LEAST_ROWS ? LEAST_ROWS : dashboard->rows;
	int columns = dashboard->columns < LEAST_COLUMNS ? LEAST_COLUMNS
							 : dashboard->columns;
	size_t size = (size_t)columns * BYTES_A_CELL + 1;
	struct view *view = dashboard_top(dashboard);
	char *row_text = malloc(size);
	struct canvas canvas;
	char *text = NULL;
	size_t length;
	FILE *out = open_memstream(&text, &length);

	assert(row_text && out);
	canvas_init(&canvas, rows, columns, glyphs_choose());
	view->screen->draw(view, &canvas, 1, canvas.rows - 1);
	for (int row = 1; row < canvas.rows - 1; row++) {
		if (selected && row != canvas.cursor_row)
			continue;
		canvas_text(&canvas, row, row_text, size);
		if (!selected)
			fprintf(out, "%s\n", row_text);
		else if (strlen(row_text) > GUTTER)
			fputs(row_text + GUTTER, out);
	}
	fclose(out);
	canvas_release(&canvas);
	free(row_text);
	return text;
}

void dashboard_draw(struct dashboard *dashboard, struct canvas *canvas)
{
	struct view *view = dashboard_top(dashboard);
	int last = canvas->rows - 1;
	int bottom = last;

	dashboard->rows = canvas->rows;
	dashboard->columns = canvas->columns;
	if (canvas->rows < LEAST_ROWS || canvas->columns < LEAST_COLUMNS) {
		draw_tiny(dashboard, canvas);
		return;
	}
	draw_title(dashboard, canvas);
	if (dashboard->prompt.stage != PROMPT_CLOSED)
		bottom = canvas->rows -
			 prompt_rows(&dashboard->prompt, canvas->columns);
	bottom -= draw_note(dashboard, view, canvas, bottom - 1);
	view->screen->draw(view, canvas, 1, bottom);
	clear_below(canvas, bottom);
	draw_note(dashboard, view, canvas, bottom);
	if (dashboard->prompt.stage == PROMPT_CLOSED)
		draw_keys(view->screen, canvas, last);
	else
		prompt_draw(&dashboard->prompt, canvas, last);
}
