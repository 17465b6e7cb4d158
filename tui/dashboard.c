#include "config.h"

#include "tui/dashboard.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "tui/act.h"
#include "tui/rate.h"

enum {
	/* How long the outcome of an act stands above the key bar. */
	NOTICE_US = 8 * 1000 * 1000,
	/* Crashes of so long ago are new to who never had a dashboard. */
	FIRST_LOOK_US = 60 * 1000 * 1000,
	EVENTS = 1000, /* lines that are kept of them */
};

struct view *dashboard_top(struct dashboard *dashboard)
{
	return &dashboard->views[dashboard->depth - 1];
}

struct list *view_list(const struct view *view)
{
	return view->screen->list ? view->state : NULL;
}

void dashboard_say(struct dashboard *dashboard, enum role role,
		   const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(dashboard->notice, sizeof(dashboard->notice), format,
		  arguments);
	va_end(arguments);
	dashboard->notice_role = role;
	dashboard->notice_until_us = clock_real_us() + NOTICE_US;
}

void dashboard_copy(struct dashboard *dashboard, char *text)
{
	size_t size = text ? strlen(text) : 0;

	free(dashboard->copied);
	dashboard->copied = text;
	if (!text)
		return;
	if (size > COPY_MAX)
		text[COPY_MAX] = '\0';
	if (size > COPY_MAX)
		dashboard_say(dashboard, ROLE_WARN,
			      "copied the first %d of %zu bytes for the "
			      "terminal's clipboard; s saves all",
			      COPY_MAX, size);
	else if (strchr(text, '\n'))
		dashboard_say(dashboard, ROLE_OK,
			      "copied %zu bytes for the terminal's clipboard",
			      size);
	else
		dashboard_say(dashboard, ROLE_OK,
			      "copied for the terminal's clipboard: %s", text);
}

void dashboard_init(struct dashboard *dashboard,
		    const struct dashboard_options *options)
{
	char history[600];
	struct error error;

	*dashboard = (struct dashboard){.options = *options};
	snprintf(history, sizeof(history), "%s/history.db", options->state_dir);
	past_init(&dashboard->past, history, options->helpers,
		  options->key_waits);
	event_lines_init(&dashboard->events, &dashboard->past, "", EVENTS);
	unseen_init(&dashboard->unseen, options->seen_path,
		    clock_real_us() - FIRST_LOOK_US);
	if (settings_init(&dashboard->settings, options->settings_path,
			  &error) < 0)
		dashboard_say(dashboard, ROLE_WARN, "%s", error.text);
	requests_init(&dashboard->requests, options->control);
	dashboard->interval_ms = rate_initial(&dashboard->settings);
	dashboard_open(dashboard, &screen_overview, "");
}

static void close_top(struct dashboard *dashboard)
{
	struct view *view = dashboard_top(dashboard);

	if (view->screen->close)
		view->screen->close(view);
	if (view->screen->list)
		list_release(view->state);
	free(view->state);
	dashboard->depth--;
}

int dashboard_keep(struct dashboard *dashboard, struct error *error)
{
	struct error other;
	int chosen = settings_save(&dashboard->settings, error);
	int seen = unseen_save(&dashboard->unseen, chosen < 0 ? &other : error);

	return chosen < 0 ? chosen : seen;
}

void dashboard_release(struct dashboard *dashboard)
{
	while (dashboard->depth > 0)
		close_top(dashboard);
	event_lines_release(&dashboard->events);
	past_release(&dashboard->past);
	requests_release(&dashboard->requests);
	prompt_release(&dashboard->prompt);
	model_release(&dashboard->model);
	json_decref(dashboard->plan);
	free(dashboard->copied);
}

static void push(struct dashboard *dashboard, const struct screen *screen,
		 const char *subject)
{
	struct view *view = &dashboard->views[dashboard->depth++];

	/* what is typed would go to another screen */
	if (dashboard->prompt.stage == PROMPT_TEXT)
		dashboard->prompt.stage = PROMPT_CLOSED;
	*view = (struct view){.screen = screen, .dashboard = dashboard};
	snprintf(view->subject, sizeof(view->subject), "%s", subject);
	view->state = calloc(1, screen->state_size + 1);
	assert(view->state);
	if (screen->list)
		list_init(view->state, screen->list, &dashboard->settings);
	if (screen->open)
		screen->open(view);
	if (screen->update)
		screen->update(view);
}

void dashboard_open(struct dashboard *dashboard, const struct screen *screen,
		    const char *subject)
{
	char kept[SUBJECT_SIZE]; /* it may lie in a view that is closed */

	snprintf(kept, sizeof(kept), "%s", subject);
	for (size_t i = 0; i < dashboard->depth; i++) {
		const struct view *view = &dashboard->views[i];

		if (view->screen != screen || strcmp(view->subject, kept) != 0)
			continue;
		while (dashboard->depth > i + 1)
			close_top(dashboard);
		return;
	}
	if (dashboard->depth == SCREEN_DEPTH)
		close_top(dashboard);
	push(dashboard, screen, kept);
}

void dashboard_replace(struct dashboard *dashboard, const struct screen *screen,
		       const char *subject)
{
	char kept[SUBJECT_SIZE];

	snprintf(kept, sizeof(kept), "%s", subject);
	close_top(dashboard);
	push(dashboard, screen, kept);
}

void dashboard_back(struct dashboard *dashboard)
{
	if (dashboard->depth > 1)
		close_top(dashboard);
}

struct view *dashboard_find(struct dashboard *dashboard,
			    const struct screen *screen)
{
	for (size_t i = dashboard->depth; i-- > 0;)
		if (dashboard->views[i].screen == screen)
			return &dashboard->views[i];
	return NULL;
}

void dashboard_update(struct dashboard *dashboard)
{
	for (size_t i = 0; i < dashboard->depth; i++)
		if (dashboard->views[i].screen->update)
			dashboard->views[i].screen->update(
				&dashboard->views[i]);
	act_check_target(dashboard);
	if (dashboard->notice_until_us < clock_real_us())
		dashboard->notice[0] = '\0';
}

static void add_unseen(const struct event_line *crash, void *context)
{
	unseen_add(context, crash->at_us, crash->run, crash->name);
}

/* Reads new events and counts the crashes among them, and those before them
 * that came while nobody looked. */
static void look_at_past(struct dashboard *dashboard)
{
	struct event_lines *events = &dashboard->events;
	struct unseen *unseen = &dashboard->unseen;
	int64_t first_us;

	event_lines_read(events);
	if (events->count == 0)
		return;
	first_us = events->lines[0].at_us;
	if (!events->complete && unseen->until_us < first_us - 1) {
		if (event_lines_find_crashes(events, unseen->until_us + 1,
					     add_unseen, unseen) < 0)
			return;
		unseen->until_us = first_us - 1;
	}
	for (size_t i = 0; i < events->count; i++)
		if (events->lines[i].crash)
			add_unseen(&events->lines[i], unseen);
}

void dashboard_look(struct dashboard *dashboard, const struct live_table *table)
{
	look_at_past(dashboard);
	if (dashboard->paused_at_us)
		return;
	if (table)
		model_take(&dashboard->model, table,
			   dashboard->options.helpers);
	dashboard_update(dashboard);
}

struct target target_of_worker(const struct model_worker *worker)
{
	struct target target = {
		.kind = TARGET_WORKER,
		.workers = 1,
		.pid = worker->life->pid,
		.run = worker->life->run,
	};

	snprintf(target.name, sizeof(target.name), "%s", worker->name);
	return target;
}

struct target target_of_pool(const struct model_pool *pool)
{
	struct target target = {
		.kind = TARGET_POOL,
		.workers = pool->sum.workers,
		.wanted = pool->sum.wanted,
	};

	snprintf(target.name, sizeof(target.name), "%s", pool->info->name);
	return target;
}

bool target_of_name(const struct model *model, const char *name,
		    struct target *target)
{
	const struct model_worker *worker = model_find_worker(model, name);
	const struct model_pool *pool = model_find_pool(model, name);

	if (worker)
		*target = target_of_worker(worker);
	else if (pool)
		*target = target_of_pool(pool);
	return worker || pool;
}
