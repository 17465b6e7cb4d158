#include "config.h"

#include "tui/dashboard.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tui/cells.h"
#include "tui/format.h"
#include "tui/frame.h"
#include "tui/panel.h"

/* The second screen: the workers of one pool, or of all. */

static void draw_name(struct pen *pen, const struct model *model,
		      const void *row)
{
	(void)model;
	pen_print(pen, ROLE_STRONG, "%s",
		  ((const struct model_worker *)row)->name);
}

static void draw_state(struct pen *pen, const struct model *model,
		       const void *row)
{
	(void)model;
	cell_state(pen, ((const struct model_worker *)row)->life->state);
}

static void draw_pid(struct pen *pen, const struct model *model,
		     const void *row)
{
	int64_t pid = ((const struct model_worker *)row)->life->pid;

	(void)model;
	if (pid > 0)
		pen_print_right(pen, ROLE_PLAIN, "%" PRId64, pid);
	else
		pen_print_right(pen, ROLE_DIM, "-");
}

/* The age of the run; of a worker that waits, when the next one starts. */
static void draw_age(struct pen *pen, const struct model *model,
		     const void *row)
{
	const struct live_worker *life =
		((const struct model_worker *)row)->life;
	char age[AGE_TEXT_SIZE];

	if (life->pid > 0) {
		format_age(model_time_us(model) - life->started_at_us, age);
		pen_print_right(pen, ROLE_PLAIN, "%s", age);
	} else if (life->next_start_at_us > 0) {
		format_age_short(life->next_start_at_us - model_time_us(model),
				 age);
		pen_print_right(pen, ROLE_WARN, "in %s", age);
	} else {
		pen_print_right(pen, ROLE_DIM, "-");
	}
}

static void draw_cpu(struct pen *pen, const struct model *model,
		     const void *row)
{
	(void)model;
	cell_cpu(pen, ((const struct model_worker *)row)->usage->cpu_permille);
}

static void draw_chart(struct pen *pen, const struct model *model,
		       const void *row)
{
	enum { ONE_CPU_PERMILLE = 1000 };
	uint32_t samples[LIVE_SAMPLES];
	size_t count = model_samples(model, row, 1, sample_cpu_permille,
				     samples, LIVE_SAMPLES);

	cell_chart(pen, model, samples, count, ONE_CPU_PERMILLE);
}

static void draw_memory(struct pen *pen, const struct model *model,
			const void *row)
{
	(void)model;
	cell_memory(pen, ((const struct model_worker *)row)->usage->rss_bytes);
}

static void draw_restarts(struct pen *pen, const struct model *model,
			  const void *row)
{
	(void)model;
	cell_count(pen, ((const struct model_worker *)row)->life->restarts);
}

static void draw_end(struct pen *pen, const struct model *model,
		     const void *row)
{
	cell_end(pen, model,
		 &((const struct model_worker *)row)->life->last_exit);
}

static void draw_status(struct pen *pen, const struct model *model,
			const void *row)
{
	(void)model;
	pen_print(pen, ROLE_PLAIN, "%s",
		  ((const struct model_worker *)row)->life->status);
}

COLUMN_COMPARE(struct model_worker, compare_pid, life->pid)
COLUMN_COMPARE(struct model_worker, compare_start, life->started_at_us)
COLUMN_COMPARE(struct model_worker, compare_cpu, usage->cpu_permille)
COLUMN_COMPARE(struct model_worker, compare_memory, usage->rss_bytes)
COLUMN_COMPARE(struct model_worker, compare_restarts, life->restarts)
COLUMN_COMPARE(struct model_worker, compare_end, life->last_exit.at_us)

static int compare_name(const void *left, const void *right)
{
	const struct model_worker *a = left;
	const struct model_worker *b = right;
	int order = strcmp(a->pool->info->name, b->pool->info->name);

	if (order)
		return order;
	return a->life->index < b->life->index
		       ? -1
		       : a->life->index > b->life->index;
}

static int compare_state(const void *left, const void *right)
{
	const struct model_worker *a = left;
	const struct model_worker *b = right;

	return worker_state_rank(a->life->state) -
	       worker_state_rank(b->life->state);
}

static const struct column columns[] = {
	{"WORKER", 10, 32, 0, false, false, ACTION_SORT_NAME, compare_name,
	 draw_name},
	{"STATE", 9, 9, 0, false, false, ACTION_NONE, compare_state,
	 draw_state},
	{"PID", 7, 7, 1, true, false, ACTION_NONE, compare_pid, draw_pid},
	/* the oldest start is the highest age */
	{"AGE", 6, 6, 0, true, false, ACTION_SORT_AGE, compare_start, draw_age},
	{"CPU%", 5, 6, 0, true, true, ACTION_SORT_CPU, compare_cpu, draw_cpu},
	{"TREND", 8, 12, 3, false, false, ACTION_NONE, NULL, draw_chart},
	{"MEM", 5, 6, 0, true, true, ACTION_SORT_MEMORY, compare_memory,
	 draw_memory},
	{"RST", 4, 6, 2, true, true, ACTION_NONE, compare_restarts,
	 draw_restarts},
	{"LAST END", 14, 20, 0, false, true, ACTION_NONE, compare_end,
	 draw_end},
	{"STATUS", 16, 80, 4, false, false, ACTION_NONE, NULL, draw_status},
};

static const char *name_of(const void *row)
{
	return ((const struct model_worker *)row)->name;
}

static struct mark mark_of_worker(const struct model *model, const void *row)
{
	const struct live_worker *life =
		((const struct model_worker *)row)->life;

	if (model_is_fresh(model, &life->last_exit))
		return (struct mark){'!', ROLE_FRESH};
	return mark_of(life->state);
}

static void facts_of(const void *row, struct facts *facts)
{
	const struct model_worker *worker = row;

	*facts = (struct facts){
		.name = worker->name,
		.pool = worker->pool->info->name,
		.state = worker_state_name(worker->life->state),
		.mark = mark_of(worker->life->state).character,
		.cpu_permille = worker->usage->cpu_permille,
		.rss_bytes = worker->usage->rss_bytes,
	};
	format_end(&worker->life->last_exit, facts->end);
}

static const struct list_class class = {
	.key = "workers",
	.columns = columns,
	.column_count = sizeof(columns) / sizeof(columns[0]),
	.first_sort = 1,
	.name = name_of,
	.mark = mark_of_worker,
	.facts = facts_of,
	.tags = true,
};

static const char *crumb(const struct view *view)
{
	return view->subject[0] ? view->subject : "all workers";
}

static const struct model_pool *pool_of(const struct view *view)
{
	return model_find_pool(&view->dashboard->model, view->subject);
}

static void update(struct view *view)
{
	const struct model *model = &view->dashboard->model;
	const struct model_pool *pool = pool_of(view);
	const struct model_worker *workers =
		pool ? pool->workers : model->workers;
	size_t count = pool ? pool->sum.workers : model->worker_count;

	if (!pool && view->subject[0])
		count = 0; /* a reload has taken it away */
	list_set(view->state, workers, count, sizeof(*workers));
}

static void draw(struct view *view, struct canvas *canvas, int top, int bottom)
{
	const struct model *model = &view->dashboard->model;
	const struct model_pool *pool = pool_of(view);
	struct list *list = view->state;
	const struct model_worker *worker = list_selected(list);
	int panel = panel_top(canvas, bottom);
	struct pen pen = pen_at(canvas, top);

	if (!pool && view->subject[0]) {
		pen_print(&pen, ROLE_WARN, " there is no pool %s any more",
			  view->subject);
		return;
	}
	top = frame_sum(canvas, top, pool ? &pool->sum : &model->sum);
	list_draw(list, model, canvas, top, panel);
	if (worker)
		panel_draw(canvas, panel, bottom, model, worker, 1,
			   worker->name);
}

static void enter(struct view *view, const void *row)
{
	dashboard_open(view->dashboard, &screen_detail,
		       ((const struct model_worker *)row)->name);
}

/* What is tagged, else what is selected. */
static bool target(const struct view *view, struct target *target)
{
	const struct list *list = view->state;
	const struct model_worker *worker = list_selected(list);
	size_t size = list->tag_count * sizeof(*list->tags);

	if (list->tag_count == 0) {
		if (worker)
			*target = target_of_worker(worker);
		return worker != NULL;
	}
	*target = (struct target){
		.kind = TARGET_TAGS,
		.workers = (unsigned)list->tag_count,
		.names = malloc(size),
	};
	assert(target->names);
	memcpy(target->names, list->tags, size);
	snprintf(target->name, sizeof(target->name), "%s", list->tags[0]);
	return true;
}

static const enum action hints[] = {
	ACTION_OPEN,	ACTION_ACT,	 ACTION_BACK,	     ACTION_HELP,
	ACTION_QUIT,	ACTION_LOGS,	 ACTION_TAG,	     ACTION_FIND,
	ACTION_FILTER,	ACTION_SORT_CPU, ACTION_SORT_MEMORY, ACTION_SORT_AGE,
	ACTION_COLUMNS, ACTION_PAUSE,	 ACTION_NONE};

const struct screen screen_workers = {
	.name = "workers",
	.crumb = crumb,
	.state_size = sizeof(struct list),
	.opens = ACTION_WORKERS,
	.keys = KEY_GROUP_COUNT,
	.update = update,
	.draw = draw,
	.list = &class,
	.enter = enter,
	.target = target,
	.hints = hints,
};
