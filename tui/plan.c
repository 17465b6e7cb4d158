#include "config.h"

#include "tui/dashboard.h"

#include <string.h>

/* What a reload is going to change; `x` asks for the word that does it. */

static const char *text_of(const json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));

	return text ? text : "";
}

static void draw_keys(struct pen *pen, const char *title, const json_t *keys)
{
	size_t count = json_array_size(keys);

	if (count == 0)
		return;
	pen_print(pen, ROLE_DIM, "  %s:", title);
	for (size_t i = 0; i < count; i++)
		pen_print(pen, ROLE_PLAIN, "%s %s", i ? "," : "",
			  json_string_value(json_array_get(keys, i)));
}

static void draw_pool(struct canvas *canvas, int row, const json_t *pool)
{
	enum { CHANGE = 24, KEYS = 34 };
	struct pen pen = pen_at(canvas, row);
	const char *change = text_of(pool, "change");
	bool same = strcmp(change, "unchanged") == 0;

	pen_print(&pen, same ? ROLE_DIM : ROLE_STRONG, " %s",
		  text_of(pool, "name"));
	pen_move(&pen, ROLE_PLAIN, CHANGE);
	pen_print(&pen, same ? ROLE_DIM : ROLE_WARN, "%s", change);
	pen_move(&pen, ROLE_PLAIN, KEYS);
	draw_keys(&pen, "by new runs", json_object_get(pool, "keys"));
	draw_keys(&pen, "live", json_object_get(pool, "live"));
}

/* The first pool that is shown. */
struct plan_place {
	size_t first;
};

static void draw(struct view *view, struct canvas *canvas, int top, int bottom)
{
	const struct plan_place *place = view->state;
	const json_t *pools = json_object_get(view->dashboard->plan, "pools");
	struct pen pen = pen_at(canvas, top);

	pen_print(&pen, ROLE_PLAIN,
		  " What a reload changes: %zu pools. Nothing is done yet.",
		  json_array_size(pools));
	pen = pen_at(canvas, top + 1);
	pen_print(&pen, ROLE_HEADER, " %-22s %-9s   KEYS", "POOL", "CHANGE");
	for (size_t i = place->first; i < json_array_size(pools); i++) {
		int row = top + 2 + (int)(i - place->first);

		if (row < bottom)
			draw_pool(canvas, row, json_array_get(pools, i));
	}
}

static enum redo handle(struct view *view, enum action action)
{
	struct plan_place *place = view->state;
	size_t count = json_array_size(
		json_object_get(view->dashboard->plan, "pools"));

	if (action == ACTION_DOWN && place->first + 1 < count)
		place->first++;
	else if (action == ACTION_UP && place->first > 0)
		place->first--;
	else
		return REDO_NOTHING;
	return REDO_DRAW;
}

static const enum action hints[] = {ACTION_ACT, ACTION_BACK, ACTION_DOWN,
				    ACTION_UP, ACTION_NONE};

const struct screen screen_plan = {
	.name = "plan of a reload",
	.state_size = sizeof(struct plan_place),
	.keys = KEY_GROUP_COUNT,
	.draw = draw,
	.handle = handle,
	.hints = hints,
};
