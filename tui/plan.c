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

/* The first pool that is shown, and how many there was room for. */
struct plan_place {
	size_t first;
	size_t page;
};

static size_t count_changes(const json_t *pools)
{
	size_t count = 0;

	for (size_t i = 0; i < json_array_size(pools); i++)
		count += strcmp(text_of(json_array_get(pools, i), "change"),
				"unchanged") != 0;
	return count;
}

static void draw_sum(struct canvas *canvas, int row, const json_t *pools)
{
	struct pen pen = pen_at(canvas, row);
	size_t changes = count_changes(pools);

	if (changes > 0)
		pen_print(&pen, ROLE_PLAIN,
			  " What a reload changes: %zu of %zu pools. Nothing "
			  "is done yet.",
			  changes, json_array_size(pools));
	else
		pen_print(&pen, ROLE_PLAIN,
			  " A reload changes none of the %zu pools.",
			  json_array_size(pools));
}

static void draw(struct view *view, struct canvas *canvas, int top, int bottom)
{
	struct plan_place *place = view->state;
	const json_t *pools = json_object_get(view->dashboard->plan, "pools");
	struct pen pen = pen_at(canvas, top + 1);

	draw_sum(canvas, top, pools);
	pen_print(&pen, ROLE_HEADER, " %-22s %-9s   KEYS", "POOL", "CHANGE");
	place->page = bottom > top + 2 ? (size_t)(bottom - top - 2) : 1;
	for (size_t i = place->first; i < json_array_size(pools); i++) {
		int row = top + 2 + (int)(i - place->first);

		if (row < bottom)
			draw_pool(canvas, row, json_array_get(pools, i));
	}
}

static enum redo scroll(struct plan_place *place, int64_t last, int64_t pools)
{
	int64_t first = (int64_t)place->first + pools;

	first = first > last ? last : first;
	place->first = first > 0 ? (size_t)first : 0;
	return REDO_DRAW;
}

static enum redo handle(struct view *view, enum action action)
{
	struct plan_place *place = view->state;
	int64_t count = (int64_t)json_array_size(
		json_object_get(view->dashboard->plan, "pools"));
	int64_t page = (int64_t)place->page;

	switch ((int)action) {
	case ACTION_UP:
		return scroll(place, count - page, -1);
	case ACTION_DOWN:
		return scroll(place, count - page, 1);
	case ACTION_PAGE_UP:
		return scroll(place, count - page, -page);
	case ACTION_PAGE_DOWN:
		return scroll(place, count - page, page);
	case ACTION_FIRST:
		return scroll(place, count - page, -count);
	case ACTION_LAST:
		return scroll(place, count - page, count);
	default:
		return REDO_NOTHING;
	}
}

static const char *hint(enum action action)
{
	return action == ACTION_ACT ? "Do it" : NULL;
}

static const enum action hints[] = {ACTION_ACT, ACTION_BACK, ACTION_HELP,
				    ACTION_QUIT, ACTION_NONE};

const struct screen screen_plan = {
	.name = "plan of a reload",
	.state_size = sizeof(struct plan_place),
	.keys = KEY_GROUP_COUNT,
	.draw = draw,
	.handle = handle,
	.hints = hints,
	.hint = hint,
};
