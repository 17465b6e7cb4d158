#include "config.h"

#include "tui/list.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

/* How long rows stay where they are after the user has moved. */
enum { FROZEN_US = 5 * 1000 * 1000 };

/* The name of a setting of this list. */
static void setting_name(const struct list *list, const char *what,
			 char name[32])
{
	snprintf(name, 32, "%.20s.%s", list->class->key, what);
}

/* The order that the settings say: "CPU%", or "-CPU%" for the other way. */
static void read_sort(struct list *list)
{
	char name[32];
	const char *kept;

	setting_name(list, "sort", name);
	kept = list->settings ? settings_get(list->settings, name) : NULL;
	for (size_t i = 0; kept && i < list->class->column_count; i++) {
		const struct column *column = &list->class->columns[i];
		bool reversed = kept[0] == '-';

		if (!column->compare ||
		    strcmp(column->title, kept + reversed) != 0)
			continue;
		list->sort = i;
		list->reversed = reversed;
	}
}

static void keep_sort(const struct list *list)
{
	char name[32];
	char value[32];

	if (!list->settings)
		return;
	setting_name(list, "sort", name);
	snprintf(value, sizeof(value), "%s%s", list->reversed ? "-" : "",
		 list->class->columns[list->sort].title);
	settings_set(list->settings, name, value);
}

void list_init(struct list *list, const struct list_class *class,
	       struct settings *settings)
{
	*list = (struct list){
		.class = class,
		.settings = settings,
		.sort = class->first_sort,
	};
	read_sort(list);
	list_choose_columns(list);
}

void list_release(struct list *list)
{
	free(list->rows);
	free(list->frozen);
	free(list->tags);
	list->rows = NULL;
	list->frozen = NULL;
	list->tags = NULL;
}

/* FNV-1a of the name. */
static uint64_t id_of(const struct list *list, const void *row)
{
	uint64_t id = 0xcbf29ce484222325;

	for (const char *text = list->class->name(row); *text; text++)
		id = (id ^ (unsigned char)*text) * 0x100000001b3;
	return id;
}

static int compare_places(const void *left, const void *right)
{
	const struct list_place *a = left;
	const struct list_place *b = right;

	return a->id < b->id ? -1 : a->id > b->id;
}

/* Notes where each row stands, for the next seconds. */
static void freeze(struct list *list)
{
	list->frozen = reallocarray(list->frozen, list->count + 1,
				    sizeof(*list->frozen));
	assert(list->frozen);
	for (size_t i = 0; i < list->count; i++)
		list->frozen[i] = (struct list_place){
			id_of(list, list->rows[i]),
			i,
		};
	list->frozen_count = list->count;
	qsort(list->frozen, list->count, sizeof(*list->frozen), compare_places);
	list->frozen_until_us = clock_real_us() + FROZEN_US;
}

static void thaw(struct list *list)
{
	list->frozen_until_us = 0;
}

static int compare_rows(const void *left, const void *right, void *context)
{
	const struct list *list = context;
	const struct column *column = &list->class->columns[list->sort];
	const void *a = *(const void *const *)left;
	const void *b = *(const void *const *)right;
	int order = column->compare(a, b);

	if (column->descending != list->reversed)
		order = -order;
	if (order)
		return order;
	/* the natural order, which is that of the addresses */
	return (uintptr_t)a < (uintptr_t)b ? -1 : (uintptr_t)a > (uintptr_t)b;
}

static size_t frozen_place(const struct list *list, const void *row)
{
	struct list_place key = {.id = id_of(list, row)};
	const struct list_place *found =
		bsearch(&key, list->frozen, list->frozen_count, sizeof(key),
			compare_places);

	return found ? found->place : SIZE_MAX;
}

/* Rows that are new come last. */
static int compare_frozen(const void *left, const void *right, void *context)
{
	size_t a = frozen_place(context, *(const void *const *)left);
	size_t b = frozen_place(context, *(const void *const *)right);

	if (a != b)
		return a < b ? -1 : 1;
	return compare_rows(left, right, context);
}

static void select_place(struct list *list, size_t place)
{
	list->cursor = place;
	if (place < list->count)
		snprintf(list->selected, sizeof(list->selected), "%s",
			 list->class->name(list->rows[place]));
}

/* Finds the selected row again. */
static void find_selected(struct list *list)
{
	for (size_t i = 0; i < list->count; i++) {
		if (strcmp(list->class->name(list->rows[i]), list->selected) ==
		    0) {
			list->cursor = i;
			return;
		}
	}
	if (list->cursor >= list->count)
		list->cursor = list->count ? list->count - 1 : 0;
	if (list->selected[0])
		select_place(list, list->cursor);
}

static void sort_rows(struct list *list)
{
	bool frozen = clock_real_us() < list->frozen_until_us;

	qsort_r(list->rows, list->count, sizeof(*list->rows),
		frozen ? compare_frozen : compare_rows, list);
	find_selected(list);
}

/* Whether the row is not as it should be, for `o`. */
static bool is_problem(const struct facts *facts)
{
	return facts->mark != '+' && facts->mark != '=';
}

static bool is_shown(const struct list *list, const void *row)
{
	struct facts facts;

	if (!list->class->facts || (list->filter.count == 0 && !list->problems))
		return true;
	list->class->facts(row, &facts);
	return (!list->problems || is_problem(&facts)) &&
	       filter_fits(&list->filter, &facts);
}

/* Takes the rows that the filter leaves, and sorts them. */
static void choose_rows(struct list *list)
{
	list->count = 0;
	for (size_t i = 0; i < list->all_count; i++) {
		const void *row =
			(const char *)list->source + i * list->source_size;

		if (is_shown(list, row))
			list->rows[list->count++] = row;
	}
	sort_rows(list);
}

void list_set(struct list *list, const void *rows, size_t count, size_t size)
{
	list->rows = reallocarray(list->rows, count ? count : 1,
				  sizeof(*list->rows));
	assert(list->rows);
	list->all_count = count;
	list->source = rows;
	list->source_size = size;
	choose_rows(list);
}

const void *list_selected(const struct list *list)
{
	return list->count ? list->rows[list->cursor] : NULL;
}

void list_select(struct list *list, const char *name)
{
	snprintf(list->selected, sizeof(list->selected), "%s", name);
	find_selected(list);
}

/* Sorts by the next column to the left or right that can be sorted by. */
static void sort_beside(struct list *list, bool right)
{
	size_t count = list->class->column_count;

	do
		list->sort = (list->sort + (right ? 1 : count - 1)) % count;
	while (!list->class->columns[list->sort].compare);
	list->reversed = false;
}

static bool sort_by(struct list *list, enum action action)
{
	for (size_t i = 0; i < list->class->column_count; i++) {
		if (list->class->columns[i].sort != action)
			continue;
		list->sort = i;
		list->reversed = false;
		return true;
	}
	return false;
}

static bool handle_sort(struct list *list, enum action action)
{
	if (action == ACTION_SORT_LEFT || action == ACTION_SORT_RIGHT)
		sort_beside(list, action == ACTION_SORT_RIGHT);
	else if (action == ACTION_REVERSE)
		list->reversed = !list->reversed;
	else if (!sort_by(list, action))
		return false;
	thaw(list);
	keep_sort(list);
	sort_rows(list);
	return true;
}

bool list_is_tagged(const struct list *list, const char *name)
{
	for (size_t i = 0; i < list->tag_count; i++)
		if (strcmp(list->tags[i], name) == 0)
			return true;
	return false;
}

static void untag(struct list *list, const char *name)
{
	size_t kept = 0;

	for (size_t i = 0; i < list->tag_count; i++)
		if (strcmp(list->tags[i], name) != 0)
			memmove(list->tags[kept++], list->tags[i],
				sizeof(list->tags[i]));
	list->tag_count = kept;
}

/* Turns the tag of the selected row over and goes on to the next. */
static bool tag(struct list *list)
{
	const void *row = list_selected(list);
	const char *name = row ? list->class->name(row) : "";

	if (!row || !list->class->tags)
		return false;
	if (list_is_tagged(list, name)) {
		untag(list, name);
	} else {
		list->tags = reallocarray(list->tags, list->tag_count + 1,
					  sizeof(*list->tags));
		assert(list->tags);
		snprintf(list->tags[list->tag_count++], sizeof(*list->tags),
			 "%s", name);
	}
	list_handle(list, ACTION_DOWN);
	return true;
}

static bool has_text(const struct list *list, const void *row, const char *text)
{
	return text_has(list->class->text ? list->class->text(row)
					  : list->class->name(row),
			text);
}

/* Goes to the next row that has the text that is looked for. */
static bool find_next(struct list *list, size_t from)
{
	for (size_t i = 0; list->find[0] && i < list->count; i++) {
		size_t place = (from + i) % list->count;

		if (!has_text(list, list->rows[place], list->find))
			continue;
		select_place(list, place);
		return true;
	}
	return false;
}

static bool handle_rows(struct list *list, enum action action)
{
	switch ((int)action) {
	case ACTION_TAG:
		return tag(list);
	case ACTION_UNTAG:
		list->tag_count = 0;
		return list->class->tags;
	case ACTION_PROBLEMS:
		list->problems = list->class->facts && !list->problems;
		choose_rows(list);
		return list->class->facts != NULL;
	case ACTION_FIND_NEXT:
		freeze(list);
		return find_next(list, list->cursor + 1);
	default:
		return handle_sort(list, action);
	}
}

/* How many rows `action` moves down; 0 when it does not move. */
static long distance(const struct list *list, enum action action, long page)
{
	const struct {
		enum action action;
		long rows;
	} moves[] = {
		{ACTION_UP, -1},
		{ACTION_DOWN, 1},
		{ACTION_PAGE_UP, -page},
		{ACTION_PAGE_DOWN, page},
		{ACTION_HALF_UP, -page / 2},
		{ACTION_HALF_DOWN, page / 2},
		{ACTION_FIRST, -(long)list->count},
		{ACTION_LAST, (long)list->count},
	};

	for (size_t i = 0; i < sizeof(moves) / sizeof(moves[0]); i++)
		if (moves[i].action == action)
			return moves[i].rows;
	return 0;
}

bool list_handle(struct list *list, enum action action)
{
	long rows =
		distance(list, action, list->page > 1 ? (long)list->page : 2);
	long place = (long)list->cursor + rows;

	if (rows == 0)
		return handle_rows(list, action);
	if (place >= (long)list->count)
		place = (long)list->count - 1;
	select_place(list, place > 0 ? (size_t)place : 0);
	freeze(list);
	return true;
}

static void find_typed(struct list *list, const char *text, char answer[64])
{
	size_t matches = 0;

	snprintf(list->find, sizeof(list->find), "%s", text);
	for (size_t i = 0; *text && i < list->count; i++)
		matches += has_text(list, list->rows[i], text);
	find_next(list, list->cursor);
	if (*text)
		snprintf(answer, 64, "%zu match%s", matches,
			 matches == 1 ? "" : "es");
}

void list_typed(struct list *list, enum action action, const char *text,
		char answer[64])
{
	if (action == ACTION_FIND) {
		find_typed(list, text, answer);
		return;
	}
	snprintf(list->filter_text, sizeof(list->filter_text), "%s", text);
	filter_parse(&list->filter, text);
	choose_rows(list);
	if (*text)
		snprintf(answer, 64, "%zu of %zu shown", list->count,
			 list->all_count);
}

const char *list_text(const struct list *list, enum action action)
{
	if (action == ACTION_FIND)
		return "";
	return action == ACTION_FILTER && list->class->facts ? list->filter_text
							     : NULL;
}

bool list_click(struct list *list, int row)
{
	size_t place = list->top + (size_t)(row - list->first_row);
	bool again = place == list->cursor;

	if (row < list->first_row || place >= list->count ||
	    place >= list->top + list->page)
		return false;
	select_place(list, place);
	freeze(list);
	return again;
}
