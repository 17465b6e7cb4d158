#include "config.h"

#include "supervisor/loader.h"

#include <string.h>

#include "base/nearest.h"
#include "supervisor/values.h"

/* The node that sets an option in `map`: the section itself, where it is a text
 * and stands for that option alone. */
static const struct node *find_in(const struct node *map, const char *path,
				  const struct node *section, bool alone)
{
	return alone && section && section->kind == NODE_TEXT
		       ? section
		       : node_find(map, path);
}

const struct node *pool_draft_find(const struct pool_draft *pool,
				   const char *path)
{
	const struct option *alone = option_alone(OPTION_OF_POOL, path);
	const struct node *node, *section = NULL;
	bool is_alone = alone && strcmp(alone->path, path) == 0;
	char name[64];

	if (alone) {
		snprintf(name, sizeof(name), "%.*s", (int)strcspn(path, "."),
			 path);
		section = node_get(pool->own, name);
	}
	node = find_in(pool->own, path, section, is_alone);
	if (node || section)
		return node;
	return find_in(pool->defaults, path,
		       alone ? node_get(pool->defaults, name) : NULL, is_alone);
}

struct place pool_draft_place(const struct pool_draft *pool, const char *path)
{
	const struct node *node = pool_draft_find(pool, path);

	return node ? node->place : pool->key->place;
}

/* The environment of a pool: that of the defaults, and its own over it. */
static json_t *read_environment(struct loader *loader,
				const struct option *option,
				struct pool_draft *pool)
{
	const struct node *own = node_find(pool->own, option->path);
	const struct node *shared = node_find(pool->defaults, option->path);
	struct pool_config probe = {0};
	json_t *base = json_object();
	json_t *value;
	struct error error;

	if (shared) {
		value = loader_value(loader, option, shared, &probe);
		json_object_update(base, value);
		json_decref(value);
		value_release(option, &probe);
	}
	if (own) {
		value = loader_value(loader, option, own, &probe);
		json_object_update(base, value);
		json_decref(value);
		value_release(option, &probe);
	}
	if (value_store(option, base, &pool->config, &error) != 0) {
		json_decref(base);
		return NULL;
	}
	return base;
}

/* Reads the value of one option, or takes its default. */
static void read_option(struct loader *loader, const struct option *option,
			struct pool_draft *pool)
{
	const struct node *node = pool_draft_find(pool, option->path);
	struct error error;
	json_t *value = NULL;

	if (!node && !option->fallback)
		return;
	if (option->type == OPTION_ENVIRONMENT) {
		value = read_environment(loader, option, pool);
	} else if (node) {
		value = loader_value(loader, option, node, &pool->config);
	} else {
		value = value_from_text(option, option->fallback);
		if (value_store(option, value, &pool->config, &error) != 0) {
			json_decref(value);
			value = NULL;
		}
	}
	if (value)
		value_put(pool->json, option->path, value);
}

/* Whether all options whose path begins with `prefix` have a value, where they
 * are given or have a default. */
static bool is_read(const struct pool_draft *pool, const char *prefix)
{
	for (size_t i = 0; i < option_count; i++) {
		const struct option *option = &options[i];

		if (option->scope == OPTION_OF_POOL &&
		    option->status == OPTION_BUILT &&
		    strncmp(option->path, prefix, strlen(prefix)) == 0 &&
		    (option->fallback || pool_draft_find(pool, option->path)) &&
		    !value_get(pool->json, option->path))
			return false;
	}
	return true;
}

/* Whether all is read that says whether the limit of crashes can trip. */
static bool is_limit_read(const struct pool_draft *pool)
{
	return is_read(pool, "restart.policy") &&
	       is_read(pool, "restart.delay") &&
	       is_read(pool, "restart.factor") &&
	       is_read(pool, "restart.jitter") &&
	       is_read(pool, "restart.limit");
}

static void read_draft(struct loader *loader, struct pool_draft *pool)
{
	pool->json = json_object();
	if (pool->own->kind == NODE_MAP)
		loader_check_keys(loader, pool->own, OPTION_OF_POOL);
	else if (!pool->own->empty)
		mistakes_add(&loader->mistakes, pool->own->place,
			     "'%.80s' is a section; write keys of a pool in "
			     "it, such as 'command: …'",
			     pool->name);
	for (size_t i = 0; i < option_count; i++) {
		if (options[i].scope == OPTION_OF_POOL &&
		    options[i].status == OPTION_BUILT)
			read_option(loader, &options[i], pool);
	}
	if (is_read(pool, "limits.") && is_read(pool, "scheduling."))
		loader_check_limits(loader, pool);
	pool->unplaced = !is_read(pool, "affinity.");
	if (is_limit_read(pool))
		loader_check_restart(loader, pool);
	if (is_read(pool, "ready."))
		loader_check_ready(loader, pool);
	if (is_read(pool, "alive."))
		loader_check_alive(loader, pool);
	loader_check_watch(loader, pool);
}

/* Whether an unknown key of the pool may be meant to be `name`; that is a
 * mistake of its own. */
static bool is_misspelt(const struct pool_draft *pool, const char *name)
{
	const struct node_item *item =
		pool->own->kind == NODE_MAP ? pool->own->items : NULL;

	for (; item; item = item->next) {
		struct nearest nearest = {.word = item->key->text};

		nearest_offer(&nearest, name);
		if (nearest.found &&
		    !option_find(OPTION_OF_POOL, item->key->text))
			return true;
	}
	return false;
}

static void check_needed(struct loader *loader, struct pool_draft *pool)
{
	if (pool->own->kind != NODE_MAP && !pool->own->empty)
		return;
	for (size_t i = 0; i < option_count; i++) {
		const struct option *option = &options[i];

		if (option->scope != OPTION_OF_POOL || !option->needed ||
		    pool_draft_find(pool, option->path) ||
		    is_misspelt(pool, option->path))
			continue;
		mistakes_add(&loader->mistakes, pool->key->place,
			     "the pool '%.80s' has no %s; write '%s: …' below "
			     "it",
			     pool->name, option->path, option->path);
	}
}

static void release_draft(struct pool_draft *pool)
{
	for (size_t i = 0; i < option_count; i++) {
		if (options[i].scope == OPTION_OF_POOL)
			value_release(&options[i], &pool->config);
	}
	json_decref(pool->json);
}

/* Checks the section that stands for all pools, also where none uses it. */
static void check_defaults(struct loader *loader, const struct node *defaults)
{
	struct pool_draft draft = {
		.name = "defaults", .key = defaults, .own = defaults};

	read_draft(loader, &draft);
	release_draft(&draft);
}

static void check_pool_name(struct loader *loader, const struct node *key)
{
	const struct option *option = option_find(OPTION_OF_FILE, "instance");
	struct configuration probe = {0};
	json_t *name = json_string(key->text);
	struct error error;

	if (value_store(option, name, &probe, &error) != 0)
		mistakes_add(&loader->mistakes, key->place, "%s", error.text);
	else if (strncmp(key->text, "reeve-", strlen("reeve-")) == 0)
		mistakes_add(&loader->mistakes, key->place,
			     "'%s' is a name for helpers of reeve's own; use "
			     "one that does not begin with 'reeve-'",
			     key->text);
	json_decref(name);
}

void loader_read_pools(struct loader *loader)
{
	const struct node *defaults = node_get(loader->root, "defaults");
	const struct node *pools = node_get(loader->root, "pools");
	size_t count = 0;

	if (defaults)
		check_defaults(loader, defaults);
	if (!pools || !pools->items || pools->kind != NODE_MAP) {
		mistakes_add(&loader->mistakes,
			     pools ? pools->place : loader->root->place,
			     "there are no pools; write 'pools:' and below it "
			     "a name for each, with its 'command: …'");
		return;
	}
	for (const struct node_item *item = pools->items; item;
	     item = item->next)
		count++;
	loader->pools =
		arena_alloc(&loader->arena, count * sizeof(*loader->pools));
	for (const struct node_item *item = pools->items; item;
	     item = item->next) {
		struct pool_draft *pool = &loader->pools[loader->pool_count++];

		pool->name = item->key->text;
		pool->key = item->key;
		pool->own = item->value;
		pool->defaults = defaults;
		check_pool_name(loader, pool->key);
		read_draft(loader, pool);
		check_needed(loader, pool);
	}
}
