#include "config.h"

#include "supervisor/loader.h"

#include <string.h>

#include "base/nearest.h"

/* The key of `option` below `prefix` ("restart."): the next part of its path;
 * NULL when it does not lie there. */
static const char *key_below(struct arena *arena, const struct option *option,
			     const char *prefix)
{
	size_t length = strlen(prefix);
	const char *rest = option->path + length;

	if (option->status == OPTION_COMPUTED ||
	    strncmp(option->path, prefix, length) != 0)
		return NULL;
	return arena_text(arena, rest, strcspn(rest, "."));
}

/* The option whose path ends in `key` ("timeout": stop.timeout), or NULL. */
static const struct option *find_elsewhere(enum option_scope scope,
					   const char *key)
{
	for (size_t i = 0; i < option_count; i++) {
		const char *dot = strrchr(options[i].path, '.');

		if (options[i].scope == scope &&
		    options[i].status == OPTION_BUILT && dot &&
		    strcmp(dot + 1, key) == 0)
			return &options[i];
	}
	return NULL;
}

/* All built keys below `prefix`, "a, b, c". */
static const char *known_keys(struct arena *arena, enum option_scope scope,
			      const char *prefix)
{
	const char *list = "";
	const char *last = "";

	for (size_t i = 0; i < option_count; i++) {
		const char *key = key_below(arena, &options[i], prefix);

		if (options[i].scope != scope || !key ||
		    options[i].status != OPTION_BUILT || strcmp(key, last) == 0)
			continue;
		list = arena_print(arena, "%s%s%s", list, *list ? ", " : "",
				   key);
		last = key;
	}
	return list;
}

static void report_unknown(struct loader *loader, const struct node *key,
			   enum option_scope scope, const char *prefix)
{
	const enum option_scope other =
		scope == OPTION_OF_FILE ? OPTION_OF_POOL : OPTION_OF_FILE;
	struct nearest nearest = {.word = key->text};
	const struct option *elsewhere = find_elsewhere(scope, key->text);

	for (size_t i = 0; i < option_count; i++) {
		const char *known =
			key_below(&loader->arena, &options[i], prefix);

		if (options[i].scope == scope && known)
			nearest_offer(&nearest, known);
	}
	if (nearest.found)
		mistakes_add(&loader->mistakes, key->place,
			     "unknown key '%.80s'; did you mean '%s'?",
			     key->text, nearest.found);
	else if (elsewhere)
		mistakes_add(&loader->mistakes, key->place,
			     "unknown key '%.80s'; did you mean '%s: {%s: …}'?",
			     key->text,
			     arena_text(&loader->arena, elsewhere->path,
					strcspn(elsewhere->path, ".")),
			     key->text);
	else if (!*prefix && (option_find(other, key->text) ||
			      option_is_section(other, key->text)))
		mistakes_add(&loader->mistakes, key->place,
			     other == OPTION_OF_POOL
				     ? "'%.80s' is a key of a pool; write it "
				       "below 'pools: {NAME: …}'"
				     : "'%.80s' is a key of the file; write it "
				       "outside of the pools",
			     key->text);
	else
		mistakes_add(&loader->mistakes, key->place,
			     "unknown key '%.80s'; known here are %s",
			     key->text,
			     known_keys(&loader->arena, scope, prefix));
}

static void check_level(struct loader *loader, const struct node *map,
			enum option_scope scope, const char *prefix);

/* Checks the value of a section such as `restart`. */
static void check_section(struct loader *loader, const struct node_item *item,
			  enum option_scope scope, const char *path)
{
	const char *prefix = arena_print(&loader->arena, "%s.", path);

	if (item->value->kind == NODE_MAP)
		check_level(loader, item->value, scope, prefix);
	else if (!item->value->empty &&
		 !(item->value->kind == NODE_TEXT && option_alone(scope, path)))
		mistakes_add(&loader->mistakes, item->value->place,
			     "'%s' is a section; write keys in it: %s", path,
			     known_keys(&loader->arena, scope, prefix));
}

static void check_level(struct loader *loader, const struct node *map,
			enum option_scope scope, const char *prefix)
{
	for (const struct node_item *item = map->items; item;
	     item = item->next) {
		const char *path = arena_print(&loader->arena, "%s%s", prefix,
					       item->key->text);
		const struct option *option = option_find(scope, path);

		if (option && option->status == OPTION_PLANNED)
			mistakes_add(&loader->mistakes, item->key->place,
				     "'%s' is not built yet in this version of "
				     "reeve; leave it out",
				     path);
		else if (option_is_section(scope, path))
			check_section(loader, item, scope, path);
		else if (!option || option->status == OPTION_COMPUTED)
			report_unknown(loader, item->key, scope, prefix);
	}
}

void loader_check_keys(struct loader *loader, const struct node *map,
		       enum option_scope scope)
{
	check_level(loader, map, scope, "");
}
