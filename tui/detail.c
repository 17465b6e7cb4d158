#include "config.h"

#include "tui/dashboard.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/ending.h"
#include "base/size.h"
#include "tui/cells.h"
#include "tui/format.h"
#include "tui/pane.h"
#include "tui/panel.h"

/* The third screen: all that is known of one worker. */

enum { LABEL_CELLS = 12, FACT_ROWS = 9 };

/* A pen behind the label in the next row. */
static struct pen fact(struct canvas *canvas, int *row, const char *label)
{
	struct pen pen = pen_at(canvas, (*row)++);

	pen_print(&pen, ROLE_DIM, " %s", label);
	pen_move(&pen, ROLE_PLAIN, LABEL_CELLS);
	return pen;
}

static void draw_state(const struct model *model,
		       const struct model_worker *worker, struct pen pen)
{
	const struct live_worker *life = worker->life;
	struct mark mark = mark_of(life->state);
	char since[AGE_TEXT_SIZE];
	char wait[AGE_TEXT_SIZE];

	format_age(model_time_us(model) - life->state_since_us, since);
	pen_print(&pen, mark.role, "%c %s", mark.character,
		  worker_state_name(life->state));
	pen_print(&pen, ROLE_PLAIN, " for %s", since);
	if (life->next_start_at_us > 0) {
		format_age(life->next_start_at_us - model_time_us(model), wait);
		pen_print(&pen, ROLE_WARN, ", next start in %s", wait);
	}
	if (!life->wanted)
		pen_print(&pen, ROLE_PLAIN, ", not wanted");
	if (!life->health_ok)
		pen_print(&pen, ROLE_WARN, ", health check fails");
}

static void draw_run(const struct model *model,
		     const struct model_worker *worker, struct pen pen)
{
	const struct live_worker *life = worker->life;
	char started[CLOCK_TEXT_SIZE];
	char age[AGE_TEXT_SIZE];

	if (life->pid <= 0) {
		pen_print(&pen, ROLE_DIM, "none");
		return;
	}
	clock_format_local(life->started_at_us, started);
	format_age(model_time_us(model) - life->started_at_us, age);
	pen_print(&pen, ROLE_PLAIN,
		  "%" PRIu64 ", pid %" PRId64 ", started %.19s, %s ago",
		  life->run, life->pid, started, age);
}

static void draw_process(const struct model_worker *worker, struct pen pen)
{
	const struct live_usage *usage = worker->usage;

	if (usage->run == 0) {
		pen_print(&pen, ROLE_DIM, "not measured yet");
		return;
	}
	pen_print(&pen, ROLE_PLAIN, "%u thread%s, %u open files",
		  usage->threads, usage->threads == 1 ? "" : "s",
		  usage->open_files);
	if (usage->zombies > 0)
		pen_print(&pen, ROLE_WARN, ", %u zombies", usage->zombies);
	if (usage->process_state)
		pen_print(&pen, ROLE_PLAIN, ", state %c", usage->process_state);
}

static void draw_usage(const struct model_worker *worker, struct pen pen)
{
	const struct live_usage *usage = worker->usage;
	char cpu[PERCENT_TEXT_SIZE];
	char memory[SIZE_TEXT_SIZE];
	char spent[AGE_TEXT_SIZE];

	if (usage->run == 0) {
		pen_print(&pen, ROLE_DIM, "not measured yet");
		return;
	}
	format_percent(usage->cpu_permille, cpu);
	format_age((int64_t)(usage->cpu_ns / 1000), spent);
	size_format_short((int64_t)usage->rss_bytes, memory);
	pen_print(&pen, ROLE_PLAIN, "CPU %s%%, %s in all, memory %s", cpu,
		  spent, memory);
}

static void draw_cpus(const struct model_worker *worker, struct pen pen)
{
	const struct live_worker *life = worker->life;

	pen_print(&pen, ROLE_PLAIN, "%s", life->cpus[0] ? life->cpus : "any");
	if (worker->usage->run != 0 && worker->usage->processor >= 0)
		pen_print(&pen, ROLE_PLAIN, ", last on %d",
			  worker->usage->processor);
	if (worker->usage->run != 0 && worker->usage->cpus_changed)
		pen_print(&pen, ROLE_WARN, ", has moved itself to %s",
			  worker->usage->cpus);
}

static void draw_end(const struct model *model,
		     const struct model_worker *worker, struct pen pen)
{
	const struct live_exit *last = &worker->life->last_exit;
	struct ending ending = live_exit_ending(last);
	char text[ENDING_TEXT_SIZE];

	if (last->at_us == 0) {
		pen_print(&pen, ROLE_DIM, "none");
		return;
	}
	ending_describe(&ending, text);
	pen_print(&pen,
		  model_is_fresh(model, last)	    ? ROLE_FRESH
		  : end_cause_is_crash(last->cause) ? ROLE_BAD
						    : ROLE_PLAIN,
		  "%s", text);
}

/* When that was. */
static void draw_end_time(const struct model *model,
			  const struct model_worker *worker, struct pen pen)
{
	const struct live_exit *last = &worker->life->last_exit;
	char at[CLOCK_TEXT_SIZE];
	char ago[AGE_TEXT_SIZE];

	if (last->at_us == 0)
		return;
	clock_format_local(last->at_us, at);
	format_age(model_time_us(model) - last->at_us, ago);
	pen_print(&pen, ROLE_PLAIN, "%s ago, %.19s, run %" PRIu64, ago, at,
		  last->run);
}

static void draw_status(const struct model_worker *worker, struct pen pen)
{
	const struct live_worker *life = worker->life;

	if (life->health[0])
		pen_print(&pen, ROLE_BAD, "not healthy: %s%s", life->health,
			  life->status[0] ? "; " : "");
	if (life->activity != ACTIVITY_NONE)
		pen_print(&pen, ROLE_WARN, "%s%s",
			  run_activity_name(life->activity),
			  life->status[0] ? ": " : "");
	if (life->status[0])
		pen_print(&pen, ROLE_PLAIN, "%s", life->status);
	else if (life->activity == ACTIVITY_NONE && !life->health[0])
		pen_print(&pen, ROLE_DIM, "none");
}

/* Draws as many facts as leave some rows for the pane. Returns the row behind
 * them. */
static int draw_facts(const struct model *model,
		      const struct model_worker *worker, struct canvas *whole,
		      int row, int bottom)
{
	enum { PANE_ROWS = 5, FEWEST_ROWS = 2 };
	int most = bottom - row - PANE_ROWS;
	struct canvas part = *whole;
	struct canvas *canvas = &part;
	struct pen restarts;

	if (most > FACT_ROWS)
		most = FACT_ROWS;
	part.rows = row + (most < FEWEST_ROWS ? FEWEST_ROWS : most);
	draw_state(model, worker, fact(canvas, &row, "state"));
	draw_run(model, worker, fact(canvas, &row, "run"));
	draw_end(model, worker, fact(canvas, &row, "last end"));
	draw_end_time(model, worker, fact(canvas, &row, ""));
	restarts = fact(canvas, &row, "restarts");
	pen_print(&restarts, ROLE_PLAIN, "%" PRIu64, worker->life->restarts);
	draw_usage(worker, fact(canvas, &row, "usage"));
	draw_process(worker, fact(canvas, &row, "process"));
	draw_cpus(worker, fact(canvas, &row, "CPUs"));
	draw_status(worker, fact(canvas, &row, "status"));
	return part.rows;
}

static const char *crumb(const struct view *view)
{
	return view->subject;
}

static const struct model_worker *worker_of(const struct view *view)
{
	return model_find_worker(&view->dashboard->model, view->subject);
}

static const struct pane *const panes[] = {&pane_charts, &pane_log, &pane_tree,
					   &pane_runs};
enum { PANE_COUNT = sizeof(panes) / sizeof(panes[0]) };

struct detail {
	size_t pane; /* that is seen */
	void *states[PANE_COUNT]; /* of those that were seen; owned */
};

/* Begins what a pane keeps, when it is seen for the first time. */
static void show_pane(struct view *view, size_t pane)
{
	struct detail *detail = view->state;

	detail->pane = pane;
	if (!detail->states[pane]) {
		detail->states[pane] = calloc(1, panes[pane]->state_size + 1);
		assert(detail->states[pane]);
		if (panes[pane]->open)
			panes[pane]->open(detail->states[pane], view);
	}
	if (panes[pane]->update)
		panes[pane]->update(detail->states[pane], view);
}

/* The pane that was seen last stays for other workers. */
static void open_view(struct view *view)
{
	const char *kept =
		settings_get(&view->dashboard->settings, "worker.pane");
	size_t pane = 0;

	for (size_t i = 0; kept && i < PANE_COUNT; i++)
		if (strcmp(panes[i]->title, kept) == 0)
			pane = i;
	show_pane(view, pane);
	unseen_see_worker(&view->dashboard->unseen, view->subject);
}

static void close_view(struct view *view)
{
	struct detail *detail = view->state;

	for (size_t i = 0; i < PANE_COUNT; i++) {
		if (detail->states[i] && panes[i]->close)
			panes[i]->close(detail->states[i]);
		free(detail->states[i]);
	}
}

static void update(struct view *view)
{
	struct detail *detail = view->state;

	show_pane(view, detail->pane);
}

/* "CHARTS LOG PROCESSES RUNS": which one is seen, and which others there are.
 */
static void draw_tabs(const struct detail *detail, struct canvas *canvas,
		      int row)
{
	struct pen pen = pen_at(canvas, row);

	pen_print(&pen, ROLE_DIM, " Tab:");
	for (size_t i = 0; i < PANE_COUNT; i++) {
		pen_print(&pen, ROLE_PLAIN, " ");
		pen_print(&pen, i == detail->pane ? ROLE_SORTED : ROLE_DIM,
			  "%s", panes[i]->title);
	}
}

static void draw(struct view *view, struct canvas *canvas, int top, int bottom)
{
	enum { BOTH_ROWS = 40, CHART_ROWS = 11 };
	const struct model *model = &view->dashboard->model;
	const struct model_worker *worker = worker_of(view);
	struct detail *detail = view->state;
	const struct pane *pane = panes[detail->pane];
	struct pen pen = pen_at(canvas, top);

	if (!worker) {
		pen_print(&pen, ROLE_WARN, " there is no worker %s any more",
			  view->subject);
		return;
	}
	top = draw_facts(model, worker, canvas, top, bottom);
	draw_tabs(detail, canvas, top++);
	if (canvas->rows >= BOTH_ROWS && pane != &pane_charts) {
		panel_draw(canvas, top, top + CHART_ROWS, model, worker, 1, "");
		top += CHART_ROWS;
	}
	pane->draw(detail->states[detail->pane], view, canvas, top, bottom);
}

/* Goes to the next or the former worker: of the list that lies below, else of
 * all. */
static enum redo go_on(struct view *view, bool next)
{
	struct dashboard *dashboard = view->dashboard;
	struct view *below = dashboard_find(dashboard, &screen_workers);
	const struct model_worker *worker = worker_of(view);

	if (below) {
		list_handle(below->state, next ? ACTION_DOWN : ACTION_UP);
		worker = list_selected(below->state);
	} else if (worker) {
		size_t place = (size_t)(worker - dashboard->model.workers);
		size_t count = dashboard->model.worker_count;

		place = (place + (next ? 1 : count - 1)) % count;
		worker = &dashboard->model.workers[place];
	}
	if (worker && strcmp(worker->name, view->subject) != 0)
		dashboard_replace(dashboard, &screen_detail, worker->name);
	return REDO_DRAW;
}

static enum redo choose_pane(struct view *view, size_t pane)
{
	show_pane(view, pane);
	settings_set(&view->dashboard->settings, "worker.pane",
		     panes[pane]->title);
	return REDO_DRAW;
}

static enum redo handle(struct view *view, enum action action)
{
	struct detail *detail = view->state;
	const struct pane *pane = panes[detail->pane];
	enum redo redo = pane->handle
				 ? pane->handle(detail->states[detail->pane],
						view, action)
				 : REDO_NOTHING;

	if (redo != REDO_NOTHING)
		return redo;
	if (action == ACTION_PANE)
		return choose_pane(view, (detail->pane + 1) % PANE_COUNT);
	for (size_t i = 0; i < PANE_COUNT; i++)
		if (panes[i]->key == action)
			return choose_pane(view, i);
	if (action == ACTION_NEXT)
		return go_on(view, true);
	if (action == ACTION_PREVIOUS)
		return go_on(view, false);
	return REDO_NOTHING;
}

static bool target(const struct view *view, struct target *target)
{
	const struct model_worker *worker = worker_of(view);

	if (worker)
		*target = target_of_worker(worker);
	return worker != NULL;
}

static const enum action hints[] = {
	ACTION_PANE, ACTION_ACT,  ACTION_LOGS, ACTION_BACK,
	ACTION_HELP, ACTION_QUIT, ACTION_TREE, ACTION_PREVIOUS,
	ACTION_NEXT, ACTION_COPY, ACTION_NONE,
};

const struct screen screen_detail = {
	.name = "worker",
	.crumb = crumb,
	.state_size = sizeof(struct detail),
	.open = open_view,
	.close = close_view,
	.update = update,
	.keys = KEY_GROUP_COUNT,
	.draw = draw,
	.handle = handle,
	.target = target,
	.hints = hints,
};
