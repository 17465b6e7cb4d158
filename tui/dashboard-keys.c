#include "config.h"

#include "tui/dashboard.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "tui/act.h"
#include "tui/frame.h"
#include "tui/rate.h"

/* What keys and the mouse do, on all screens alike. */

/* The screen that `action` opens about what is selected, or about all. */
static const struct screen *screen_of(enum action action, bool *selected)
{
	for (size_t i = 0; screens[i]; i++) {
		*selected = screens[i]->opens_selected == action;
		if (*selected || screens[i]->opens == action)
			return screens[i];
	}
	return NULL;
}

/* Opens the screen of `action`, if there is one. */
static enum redo open_screen(struct dashboard *dashboard, enum action action)
{
	struct view *top = dashboard_top(dashboard);
	struct target target = {0};
	bool selected;
	const struct screen *screen = screen_of(action, &selected);

	if (!screen)
		return REDO_NOTHING;
	if (selected) {
		if (top->screen == screen || !top->screen->target ||
		    !top->screen->target(top, &target))
			return REDO_NOTHING;
		free(target.names);
	} else if (screen != &screen_help) {
		while (dashboard->depth > 1)
			dashboard_back(dashboard);
	}
	dashboard_open(dashboard, screen, target.name);
	return REDO_DRAW;
}

/* Goes to the newest crash that was not looked at. */
static enum redo open_unseen(struct dashboard *dashboard)
{
	struct unseen *unseen = &dashboard->unseen;
	struct unseen_crash crash;
	bool selected;
	const struct screen *screen = screen_of(ACTION_POST_MORTEM, &selected);
	char run[32];

	if (unseen->count == 0) {
		dashboard_say(dashboard, ROLE_PLAIN,
			      "there is no crash that you have not seen");
		return REDO_DRAW;
	}
	crash = unseen->list[unseen->count - 1];
	unseen_see_run(unseen, crash.run);
	snprintf(run, sizeof(run), "%lld", (long long)crash.run);
	if (screen)
		dashboard_open(dashboard, screen, run);
	else
		dashboard_open(dashboard, &screen_detail, crash.worker);
	return REDO_DRAW;
}

static enum redo pause(struct dashboard *dashboard)
{
	bool paused = dashboard->paused_at_us != 0;

	dashboard->paused_at_us = paused ? 0 : clock_real_us();
	return paused ? REDO_DRAW | REDO_REFRESH : REDO_DRAW;
}

/* What the screen says should be copied; else the selected row, or where there
 * is no list all that is seen. */
static enum redo copy(struct dashboard *dashboard)
{
	struct view *top = dashboard_top(dashboard);

	dashboard_copy(dashboard,
		       top->screen->copy
			       ? top->screen->copy(top)
			       : frame_text(dashboard, view_list(top) != NULL));
	return REDO_DRAW;
}

/* `/`, `f` and `&`: asks for a text, where the screen takes one. */
static enum redo ask_text(struct dashboard *dashboard, enum action action)
{
	struct view *top = dashboard_top(dashboard);
	struct list *list = view_list(top);
	const char *text = NULL;

	if (list)
		text = list_text(list, action);
	else if (top->screen->text)
		text = top->screen->text(top, action);
	if (!text)
		return REDO_NOTHING;
	prompt_open_text(&dashboard->prompt, action, text);
	return REDO_DRAW;
}

/* `t` where a worker is selected: its detail, at its processes. */
static enum redo open_tree(struct dashboard *dashboard)
{
	struct view *top = dashboard_top(dashboard);
	struct target target;

	if (top->screen == &screen_detail || !top->screen->target ||
	    !top->screen->target(top, &target))
		return REDO_NOTHING;
	free(target.names);
	if (target.kind == TARGET_POOL)
		return REDO_NOTHING;
	dashboard_open(dashboard, &screen_detail, target.name);
	top = dashboard_top(dashboard);
	return top->screen->handle(top, ACTION_TREE);
}

/* Opens the selected row. */
static enum redo enter(struct view *view)
{
	const void *row = list_selected(view_list(view));

	if (row)
		view->screen->enter(view, row);
	return REDO_DRAW;
}

static enum redo handle_view(struct dashboard *dashboard, enum action action)
{
	struct view *top = dashboard_top(dashboard);
	struct list *list = view_list(top);
	enum redo redo = top->screen->handle ? top->screen->handle(top, action)
					     : REDO_NOTHING;

	if (redo == REDO_NOTHING && top->screen->enter && action == ACTION_OPEN)
		return enter(top);
	if (redo == REDO_NOTHING && list && list_handle(list, action))
		return list->cursor + 1 < list->count
			       ? REDO_DRAW
			       : REDO_DRAW | REDO_REFRESH; /* for more rows */
	if (redo == REDO_NOTHING && list && action == ACTION_COLUMNS) {
		dashboard_open(dashboard, &screen_columns, "");
		return REDO_DRAW;
	}
	if (redo == REDO_NOTHING && action == ACTION_TREE)
		return open_tree(dashboard);
	return redo != REDO_NOTHING ? redo : open_screen(dashboard, action);
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
		return act_open(dashboard);
	case ACTION_PAUSE:
		return pause(dashboard);
	case ACTION_SLOWER:
	case ACTION_FASTER:
		return rate_change(dashboard, action == ACTION_FASTER);
	case ACTION_UNSEEN:
		return open_unseen(dashboard);
	case ACTION_SEEN:
		unseen_see_all(&dashboard->unseen);
		return REDO_DRAW;
	case ACTION_COPY:
		return copy(dashboard);
	case ACTION_FIND:
	case ACTION_FILTER:
	case ACTION_LINES:
		return ask_text(dashboard, action);
	case ACTION_BACK:
		dashboard_back(dashboard);
		return REDO_DRAW;
	default:
		return handle_view(dashboard, action);
	}
}

/* Gives what was typed to the screen. */
static void tell_typed(struct dashboard *dashboard, const char *text)
{
	struct prompt *prompt = &dashboard->prompt;
	struct view *top = dashboard_top(dashboard);

	prompt->answer[0] = '\0';
	if (view_list(top))
		list_typed(view_list(top), prompt->action, text,
			   prompt->answer);
	else
		top->screen->typed(top, prompt->action, text, prompt->answer);
}

static enum redo prompt_takes(struct dashboard *dashboard, int key)
{
	struct prompt *prompt = &dashboard->prompt;
	bool is_text = prompt->stage == PROMPT_TEXT;

	switch (prompt_key(prompt, key)) {
	case PROMPT_TYPED:
		tell_typed(dashboard, prompt->entry.text);
		break;
	case PROMPT_CANCELLED:
		if (is_text)
			tell_typed(dashboard, "");
		break;
	case PROMPT_CHOSEN:
		act_do(dashboard);
		break;
	case PROMPT_KEPT:
	case PROMPT_WAITS:
		break;
	}
	return REDO_DRAW;
}

/* Says that a key of the help does nothing here; moving says nothing. */
static enum redo explain(struct dashboard *dashboard, int key,
			 enum action action)
{
	const struct binding *binding = keys_binding(action);
	char name[KEY_NAME_SIZE];

	if (binding->group == GROUP_MOVE)
		return REDO_NOTHING;
	keys_name(key, name);
	dashboard_say(dashboard, ROLE_PLAIN,
		      "%s (%s) does nothing on this screen", name,
		      binding->help);
	return REDO_DRAW;
}

enum redo dashboard_key(struct dashboard *dashboard, int key)
{
	enum action action;
	enum redo redo;

	if (dashboard->prompt.stage != PROMPT_CLOSED)
		return prompt_takes(dashboard, key);
	action = keys_action(key, dashboard_top(dashboard)->screen->keys);
	if (action == ACTION_NONE)
		return REDO_NOTHING;
	redo = handle(dashboard, action);
	return redo == REDO_NOTHING ? explain(dashboard, key, action) : redo;
}

enum redo dashboard_click(struct dashboard *dashboard, int row)
{
	struct view *top = dashboard_top(dashboard);

	if (dashboard->prompt.stage != PROMPT_CLOSED || !view_list(top))
		return REDO_NOTHING;
	return list_click(view_list(top), row)
		       ? handle_view(dashboard, ACTION_OPEN)
		       : REDO_DRAW;
}

enum redo dashboard_wheel(struct dashboard *dashboard, int lines)
{
	enum redo redo = REDO_NOTHING;

	if (dashboard->prompt.stage != PROMPT_CLOSED)
		return REDO_NOTHING;
	for (int i = 0; i < lines; i++)
		redo |= handle_view(dashboard, ACTION_DOWN);
	for (int i = 0; i > lines; i--)
		redo |= handle_view(dashboard, ACTION_UP);
	return redo;
}
