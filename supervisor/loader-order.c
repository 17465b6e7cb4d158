#include "config.h"

#include "supervisor/loader.h"

#include <string.h>

#include "base/nearest.h"

/* Marks of the search: a pool on the way down, and one that is in its place. */
enum { NOT_SEEN, ON_THE_WAY, PLACED };

struct sorting {
	struct loader *loader;
	struct pool_draft *sorted;
	size_t count;
};

static struct pool_draft *find_pool(struct loader *loader, const char *name)
{
	for (size_t i = 0; i < loader->pool_count; i++) {
		if (strcmp(loader->pools[i].name, name) == 0)
			return &loader->pools[i];
	}
	return NULL;
}

/* The place of the name number `index` in `after`. */
static struct place name_place(const struct pool_draft *pool, size_t index)
{
	const struct node *after = pool_draft_find(pool, "after");
	const struct node_item *item;

	if (!after)
		return pool->key->place;
	if (after->kind != NODE_LIST)
		return after->place;
	for (item = after->items; item && index > 0; item = item->next)
		index--;
	return item ? item->value->place : after->place;
}

static void report_unknown(struct loader *loader, const char *name,
			   struct place place)
{
	struct nearest nearest = {.word = name};

	for (size_t i = 0; i < loader->pool_count; i++)
		nearest_offer(&nearest, loader->pools[i].name);
	if (nearest.found)
		mistakes_add(&loader->mistakes, place,
			     "there is no pool '%.80s'; did you mean '%.80s'?",
			     name, nearest.found);
	else
		mistakes_add(&loader->mistakes, place,
			     "there is no pool '%.80s'; write the name of one "
			     "below 'pools'",
			     name);
}

void loader_check_exit_with(struct loader *loader)
{
	const struct node *node = node_get(loader->root, "exit_with");
	const char *name = node && node->kind == NODE_TEXT ? node->text : NULL;

	if (name && !find_pool(loader, name))
		report_unknown(loader, name, node->place);
}

/* Says that `pool` waits for `target`, by the name at `place`, which waits for
 * it in turn. */
static void report_circle(struct loader *loader, const struct pool_draft *pool,
			  const struct pool_draft *target, struct place place)
{
	const char *circle = target->name;

	for (const struct pool_draft *p = pool; p != target; p = p->from)
		circle = arena_print(&loader->arena, "%s, which waits for %s",
				     p->name, circle);
	mistakes_add(&loader->mistakes, place,
		     "%s waits for %s%s; leave one of these out of 'after'",
		     target->name, circle, pool == target ? " itself" : "");
}

/* Places a pool behind all that it comes after. */
static void visit(struct sorting *sorting, struct pool_draft *pool)
{
	const struct text_list *after = &pool->config.after;

	pool->mark = ON_THE_WAY;
	for (size_t i = 0; i < after->count; i++) {
		struct pool_draft *other =
			find_pool(sorting->loader, after->items[i]);
		struct place place = name_place(pool, i);

		if (!other && !sorting->loader->incomplete)
			report_unknown(sorting->loader, after->items[i], place);
		else if (other && other->mark == ON_THE_WAY)
			report_circle(sorting->loader, pool, other, place);
		if (!other || other->mark != NOT_SEEN)
			continue;
		other->from = pool;
		visit(sorting, other);
	}
	pool->mark = PLACED;
	sorting->sorted[sorting->count++] = *pool;
}

void loader_sort_pools(struct loader *loader)
{
	struct sorting sorting = {.loader = loader};

	sorting.sorted =
		arena_alloc(&loader->arena,
			    (loader->pool_count + 1) * sizeof(*sorting.sorted));
	for (size_t i = 0; i < loader->pool_count; i++) {
		if (loader->pools[i].mark == NOT_SEEN)
			visit(&sorting, &loader->pools[i]);
	}
	loader->pools = sorting.sorted;
}
