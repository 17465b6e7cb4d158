#include "config.h"

#include "tui/dashboard.h"

#include <stdio.h>
#include <string.h>

#include "tui/cells.h"
#include "tui/frame.h"
#include "tui/panel.h"
#include "tui/ticker.h"

/* The first screen: all pools. */

static void draw_name(struct pen *pen, const struct model *model,
		      const void *row)
{
	const struct model_pool *pool = row;

	(void)model;
	pen_print(pen, ROLE_STRONG, "%s", pool->info->name);
}

static void draw_state(struct pen *pen, const struct model *model,
		       const void *row)
{
	const struct model_pool *pool = row;

	(void)model;
	cell_state(pen, pool->state);
}

static void draw_ready(struct pen *pen, const struct model *model,
		       const void *row)
{
	const struct model_sum *sum = &((const struct model_pool *)row)->sum;

	(void)model;
	pen_print_right(pen, sum->ready < sum->wanted ? ROLE_WARN : ROLE_PLAIN,
			"%u/%u", sum->ready, sum->wanted);
}

/* Whether `worker` is drawn in this pass: what is not ready goes first. */
static bool is_of_pass(const struct model_worker *worker, int pass)
{
	return (worker->life->state == WORKER_READY) == (pass == 1);
}

static void draw_mark(struct pen *pen, const struct model *model,
		      const struct model_worker *worker)
{
	struct mark mark = mark_of(worker->life->state);

	if (model_is_fresh(model, &worker->life->last_exit))
		mark = (struct mark){'!', ROLE_FRESH};
	pen_print(pen, mark.role, "%c", mark.character);
}

/* A mark for each worker in the order of their index; where they do not fit,
 * those that are not ready, and how many more there are. */
static void draw_workers(struct pen *pen, const struct model *model,
			 const void *row)
{
	const struct model_pool *pool = row;
	unsigned count = pool->sum.workers;
	unsigned room = (unsigned)(pen->end - pen->column);
	unsigned drawn = 0;

	if (count <= room) {
		for (unsigned i = 0; i < count; i++)
			draw_mark(pen, model, &pool->workers[i]);
		return;
	}
	room -= (unsigned)snprintf(NULL, 0, " +%u", count);
	for (int pass = 0; pass < 2; pass++) {
		for (unsigned i = 0; i < count && drawn < room; i++) {
			if (!is_of_pass(&pool->workers[i], pass))
				continue;
			draw_mark(pen, model, &pool->workers[i]);
			drawn++;
		}
	}
	pen_print(pen, ROLE_DIM, " +%u", count - drawn);
}

static void draw_cpu(struct pen *pen, const struct model *model,
		     const void *row)
{
	(void)model;
	cell_cpu(pen, ((const struct model_pool *)row)->sum.cpu_permille);
}

static void draw_chart(struct pen *pen, const struct model *model,
		       const void *row)
{
	uint32_t samples[LIVE_SAMPLES];
	const struct model_pool *pool = row;
	size_t count =
		model_samples(model, pool->workers, pool->sum.workers,
			      sample_cpu_permille, samples, LIVE_SAMPLES);

	cell_chart(pen, model, samples, count, 0);
}

static void draw_memory(struct pen *pen, const struct model *model,
			const void *row)
{
	(void)model;
	cell_memory(pen, ((const struct model_pool *)row)->sum.rss_bytes);
}

static void draw_restarts(struct pen *pen, const struct model *model,
			  const void *row)
{
	(void)model;
	cell_count(pen, ((const struct model_pool *)row)->sum.restarts);
}

static void draw_end(struct pen *pen, const struct model *model,
		     const void *row)
{
	cell_end(pen, model, &((const struct model_pool *)row)->last_exit);
}

COLUMN_COMPARE(struct model_pool, compare_ready, sum.ready)
COLUMN_COMPARE(struct model_pool, compare_cpu, sum.cpu_permille)
COLUMN_COMPARE(struct model_pool, compare_memory, sum.rss_bytes)
COLUMN_COMPARE(struct model_pool, compare_restarts, sum.restarts)
COLUMN_COMPARE(struct model_pool, compare_end, last_exit.at_us)

static int compare_name(const void *left, const void *right)
{
	const struct model_pool *a = left;
	const struct model_pool *b = right;

	return strcmp(a->info->name, b->info->name);
}

static int compare_state(const void *left, const void *right)
{
	const struct model_pool *a = left;
	const struct model_pool *b = right;

	return worker_state_rank(a->state) - worker_state_rank(b->state);
}

static const struct column columns[] = {
	{"POOL", 12, 32, 0, false, false, ACTION_SORT_NAME, compare_name,
	 draw_name},
	{"STATE", 9, 9, 0, false, false, ACTION_NONE, compare_state,
	 draw_state},
	{"READY", 6, 9, 0, true, false, ACTION_NONE, compare_ready, draw_ready},
	{"WORKERS", 10, 64, 2, false, false, ACTION_NONE, NULL, draw_workers},
	{"CPU%", 5, 6, 0, true, true, ACTION_SORT_CPU, compare_cpu, draw_cpu},
	{"TREND", 8, 12, 4, false, false, ACTION_NONE, NULL, draw_chart},
	{"MEM", 5, 6, 0, true, true, ACTION_SORT_MEMORY, compare_memory,
	 draw_memory},
	{"RST", 4, 6, 1, true, true, ACTION_NONE, compare_restarts,
	 draw_restarts},
	{"LAST END", 14, 20, 0, false, true, ACTION_NONE, compare_end,
	 draw_end},
};

static const char *name_of(const void *row)
{
	return ((const struct model_pool *)row)->info->name;
}

static struct mark mark_of_pool(const struct model *model, const void *row)
{
	const struct model_pool *pool = row;

	if (model_is_fresh(model, &pool->last_exit))
		return (struct mark){'!', ROLE_FRESH};
	return mark_of(pool->state);
}

static void facts_of(const void *row, struct facts *facts)
{
	const struct model_pool *pool = row;

	*facts = (struct facts){
		.name = pool->info->name,
		.pool = pool->info->name,
		.state = worker_state_name(pool->state),
		.mark = mark_of(pool->state).character,
		.cpu_permille = pool->sum.cpu_permille,
		.rss_bytes = pool->sum.rss_bytes,
	};
	format_end(&pool->last_exit, facts->end);
}

static const struct list_class class = {
	.key = "pools",
	.columns = columns,
	.column_count = sizeof(columns) / sizeof(columns[0]),
	.first_sort = 1,
	.name = name_of,
	.mark = mark_of_pool,
	.facts = facts_of,
};

static void update(struct view *view)
{
	const struct model *model = &view->dashboard->model;

	list_set(view->state, model->pools, model->pool_count,
		 sizeof(*model->pools));
}

/* Rows for events at the bottom: they have what the list leaves. */
static int ticker_rows(const struct list *list, const struct canvas *canvas,
		       int room)
{
	enum { LEAST = 3, MOST = 8, HEADINGS = 2, SHORT = 2, SHORT_ROOM = 8 };
	int rows = room - (int)list->count - HEADINGS + 1;

	if (frame_is_short(canvas))
		return room < SHORT_ROOM ? 0 : SHORT;
	return rows < LEAST ? LEAST : rows > MOST ? MOST : rows;
}

static void draw(struct view *view, struct canvas *canvas, int top, int bottom)
{
	struct dashboard *dashboard = view->dashboard;
	const struct model *model = &dashboard->model;
	struct list *list = view->state;
	const struct model_pool *pool = list_selected(list);
	int ticker = bottom -
		     ticker_rows(list, canvas, panel_top(canvas, bottom) - top);
	int panel = panel_top(canvas, ticker);

	top = frame_sum(canvas, top, &model->sum);
	list_draw(list, model, canvas, top, panel);
	if (pool)
		panel_draw(canvas, panel, ticker, model, pool->workers,
			   pool->sum.workers, pool->info->name);
	ticker_draw(dashboard, canvas, ticker, bottom);
}

static void enter(struct view *view, const void *row)
{
	dashboard_open(view->dashboard, &screen_workers,
		       ((const struct model_pool *)row)->info->name);
}

static bool target(const struct view *view, struct target *target)
{
	const struct model_pool *pool = list_selected(view->state);

	if (pool)
		*target = target_of_pool(pool);
	return pool != NULL;
}

static const enum action hints[] = {
	ACTION_OPEN,	   ACTION_ACT,	      ACTION_HELP,   ACTION_QUIT,
	ACTION_LOGS,	   ACTION_FIND,	      ACTION_FILTER, ACTION_PROBLEMS,
	ACTION_SORT_RIGHT, ACTION_ALL_EVENTS, ACTION_PAUSE,  ACTION_COLUMNS,
	ACTION_NONE};

const struct screen screen_overview = {
	.name = "",
	.state_size = sizeof(struct list),
	.opens = ACTION_POOLS,
	.keys = KEY_GROUP_COUNT,
	.update = update,
	.draw = draw,
	.list = &class,
	.enter = enter,
	.target = target,
	.hints = hints,
};
