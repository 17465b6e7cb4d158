#include "config.h"

#include "tui/dashboard.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"

/* How long the outcome of an act stands above the key bar. */
enum { NOTICE_US = 8 * 1000 * 1000 };

static const struct screen *top_screen(const struct dashboard *dashboard)
{
	return dashboard->screens[dashboard->depth - 1];
}

__attribute__((format(printf, 3, 4))) static void set_notice(
	struct dashboard *dashboard, enum role role, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(dashboard->notice, sizeof(dashboard->notice), format,
		  arguments);
	va_end(arguments);
	dashboard->notice_role = role;
	dashboard->notice_until_us = clock_real_us() + NOTICE_US;
}

void dashboard_init(struct dashboard *dashboard, post_fn *post, void *context)
{
	*dashboard = (struct dashboard){.post = post, .post_context = context};
	list_init(&dashboard->pools, &pools_class);
	list_init(&dashboard->workers, &workers_class);
	dashboard_open(dashboard, &screen_overview);
}

void dashboard_release(struct dashboard *dashboard)
{
	list_release(&dashboard->pools);
	list_release(&dashboard->workers);
	model_release(&dashboard->model);
}

void dashboard_open(struct dashboard *dashboard, const struct screen *screen)
{
	assert(dashboard->depth < SCREEN_DEPTH);
	dashboard->screens[dashboard->depth++] = screen;
	if (screen->update)
		screen->update(dashboard);
}

void dashboard_back(struct dashboard *dashboard)
{
	if (dashboard->depth > 1)
		dashboard->depth--;
}

void dashboard_open_workers(struct dashboard *dashboard, const char *pool)
{
	if (strcmp(dashboard->pool, pool) != 0)
		list_forget(&dashboard->workers);
	snprintf(dashboard->pool, sizeof(dashboard->pool), "%s", pool);
	dashboard_open(dashboard, &screen_workers);
}

void dashboard_update(struct dashboard *dashboard)
{
	for (size_t i = 0; i < dashboard->depth; i++)
		if (dashboard->screens[i]->update)
			dashboard->screens[i]->update(dashboard);
	if (dashboard->notice_until_us < clock_real_us())
		dashboard->notice[0] = '\0';
}

struct target target_of_worker(const struct model_worker *worker)
{
	struct target target = {.pid = worker->life->pid};

	snprintf(target.name, sizeof(target.name), "%s", worker->name);
	return target;
}

static enum redo open_prompt(struct dashboard *dashboard)
{
	const struct screen *screen = top_screen(dashboard);
	struct target target;

	if (!screen->target || !screen->target(dashboard, &target))
		return REDO_NOTHING;
	if (dashboard->alive)
		prompt_open(&dashboard->prompt, &target);
	else
		set_notice(dashboard, ROLE_BAD,
			   "cannot act: the supervisor is gone");
	return REDO_DRAW;
}

static void act(struct dashboard *dashboard)
{
	const struct prompt *prompt = &dashboard->prompt;
	const char *verb = act_verb(prompt->act);
	char path[2 * WORKER_NAME_SIZE];
	struct error error;

	snprintf(path, sizeof(path), "/v1/%s/%s/%s",
		 prompt->target.is_pool ? "pools" : "workers",
		 prompt->target.name, verb);
	if (dashboard->post(dashboard->post_context, path, &error) < 0)
		set_notice(dashboard, ROLE_BAD, "%s", error.text);
	else
		set_notice(dashboard, ROLE_OK, "%s of %s is under way", verb,
			   prompt->target.name);
}

/* Shows pools (the first screen), or the workers of all pools on it. */
static enum redo go_to(struct dashboard *dashboard, enum action action)
{
	dashboard->depth = 1;
	if (action == ACTION_WORKERS)
		dashboard_open_workers(dashboard, "");
	return REDO_DRAW;
}

static enum redo handle(struct dashboard *dashboard, enum action action)
{
	switch ((int)action) {
	case ACTION_QUIT:
		return REDO_QUIT;
	case ACTION_REDRAW:
		return REDO_PAINT;
	case ACTION_SUSPEND:
		return REDO_SUSPEND;
	case ACTION_ACT:
		return open_prompt(dashboard);
	case ACTION_POOLS:
	case ACTION_WORKERS:
		return go_to(dashboard, action);
	case ACTION_HELP:
		if (top_screen(dashboard) != &screen_help)
			dashboard_open(dashboard, &screen_help);
		return REDO_DRAW;
	case ACTION_BACK:
		dashboard_back(dashboard);
		return REDO_DRAW;
	default:
		return top_screen(dashboard)->handle(dashboard, action);
	}
}

enum redo dashboard_key(struct dashboard *dashboard, int key)
{
	enum action action;

	if (dashboard->prompt.stage != PROMPT_CLOSED) {
		if (prompt_key(&dashboard->prompt, key) == PROMPT_CHOSEN)
			act(dashboard);
		return REDO_DRAW;
	}
	action = keys_action(key);
	return action == ACTION_NONE ? REDO_NOTHING : handle(dashboard, action);
}
