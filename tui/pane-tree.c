#include "config.h"

#include "tui/pane.h"

#include <stdio.h>
#include <unistd.h>

#include "base/size.h"
#include "tui/format.h"
#include "tui/ticker.h"
#include "tui/tree.h"

/* The processes of the run, each below its parent. */

struct tree {
	struct tree_process processes[TREE_MAXIMUM];
	size_t count;
	size_t first; /* that is shown */
};

static void update(void *state, struct view *view)
{
	struct tree *tree = state;
	const struct model_worker *worker =
		model_find_worker(&view->dashboard->model, view->subject);

	tree->count =
		worker ? tree_read((pid_t)worker->life->pid, tree->processes)
		       : 0;
	if (tree->first >= tree->count)
		tree->first = 0;
}

static void draw_process(const struct tree_process *process,
			 struct canvas *canvas, int row)
{
	struct pen pen = pen_at(canvas, row);
	long ticks = sysconf(_SC_CLK_TCK);
	char memory[SIZE_TEXT_SIZE];
	char spent[AGE_TEXT_SIZE];

	size_format_short(process->rss_pages * sysconf(_SC_PAGESIZE), memory);
	format_age((int64_t)process->cpu_ticks * 1000000 / ticks, spent);
	pen_print(&pen, ROLE_PLAIN, " %7ld ", (long)process->pid);
	pen_print(&pen, process->state == 'Z' ? ROLE_WARN : ROLE_DIM, "%c",
		  process->state);
	pen_print(&pen, ROLE_PLAIN, " %6s %6s %4ld  %*s", spent, memory,
		  process->threads, 2 * process->depth, "");
	pen_print(&pen, process->state == 'Z' ? ROLE_WARN : ROLE_PLAIN, "%s",
		  process->command);
}

static void draw(void *state, struct view *view, struct canvas *canvas, int top,
		 int bottom)
{
	struct tree *tree = state;
	struct pen pen = pen_at(canvas, top + 1);
	char title[64];

	(void)view;
	snprintf(title, sizeof(title), "PROCESSES, %zu", tree->count);
	ticker_rule(canvas, top, title, "");
	pen_print(&pen, ROLE_HEADER, " %7s S %6s %6s %4s  COMMAND", "PID",
		  "CPU", "MEM", "THR");
	for (size_t i = tree->first; i < tree->count; i++) {
		int row = top + 2 + (int)(i - tree->first);

		if (row < bottom)
			draw_process(&tree->processes[i], canvas, row);
	}
	if (tree->count == 0) {
		pen = pen_at(canvas, top + 2);
		pen_print(&pen, ROLE_DIM, " there is no process");
	}
}

static enum redo handle(void *state, struct view *view, enum action action)
{
	struct tree *tree = state;

	(void)view;
	if (action == ACTION_DOWN && tree->first + 1 < tree->count)
		tree->first++;
	else if (action == ACTION_UP && tree->first > 0)
		tree->first--;
	else
		return REDO_NOTHING;
	return REDO_DRAW;
}

const struct pane pane_tree = {
	.title = "PROCESSES",
	.state_size = sizeof(struct tree),
	.update = update,
	.draw = draw,
	.handle = handle,
	.key = ACTION_TREE,
};
