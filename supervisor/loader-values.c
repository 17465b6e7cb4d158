#include "config.h"

#include "supervisor/loader.h"

#include <string.h>

#include "supervisor/loader-words.h"
#include "supervisor/values.h"

/* Notes a mistake when `value` does not fit the option, else stores it in
 * `object`. Returns `value`, or NULL after the mistake. */
static json_t *store(struct loader *loader, const struct option *option,
		     struct place place, json_t *value, void *object)
{
	struct error error;

	if (value && value_store(option, value, object, &error) == 0)
		return value;
	mistakes_add(&loader->mistakes, place, "%s",
		     value ? error.text : "out of memory; use a smaller text");
	json_decref(value);
	return NULL;
}

/* Whether sections stand in the contract where this version takes one word. */
static bool may_be_section(const struct option *option)
{
	return option->type == OPTION_WORD &&
	       option->offset == OPTION_NO_MEMBER;
}

/* The text of a node, with the environment filled in; NULL after a mistake. */
static const char *plain_text(struct loader *loader,
			      const struct option *option,
			      const struct node *node)
{
	if (node->kind == NODE_MAP && may_be_section(option))
		mistakes_add(&loader->mistakes, node->place,
			     "a section for '%s' is not built yet in this "
			     "version of reeve; write %s",
			     option->path, option->words->word);
	else if (node->kind != NODE_TEXT)
		mistakes_add(&loader->mistakes, node->place,
			     "'%s' takes one value, not a %s; write the value "
			     "behind the colon",
			     option->path,
			     node->kind == NODE_LIST ? "list" : "section");
	else if (node->empty)
		mistakes_add(&loader->mistakes, node->place,
			     "'%s' has no value; write one behind the colon%s",
			     option->path,
			     option->needed ? "" : ", or leave the key out");
	else
		return loader_expand(loader, node, node->text);
	return NULL;
}

/* Appends the text of a node to a list, checked alone, so that a mistake has
 * its place. Returns whether that went well. */
static bool append_text(struct loader *loader, const struct option *option,
			const struct node *node, json_t *list)
{
	const char *text = plain_text(loader, option, node);
	struct pool_config probe = {0};
	json_t *one;
	bool sound;

	if (!text)
		return false;
	/* only the first word of a command must not be empty */
	if (option->type == OPTION_COMMAND)
		return json_array_append_new(list, json_string(text)) == 0;
	if (option->type == OPTION_GROUPS)
		one = loader_group(loader, node, text, false);
	else
		one = value_from_text(option, text);
	if (!one && option->type == OPTION_GROUPS)
		return false;
	if (json_is_integer(one) && option->type == OPTION_GROUPS)
		one = json_pack("[o]", one);
	one = store(loader, option, node->place, one, &probe);
	sound = one && json_array_extend(list, one) == 0;
	value_release(option, &probe);
	json_decref(one);
	return sound;
}

/* A list of texts; one text stands for a list of one. */
static json_t *list_value(struct loader *loader, const struct option *option,
			  const struct node *node)
{
	json_t *list = json_array();
	bool sound = true;

	if (node->kind != NODE_LIST)
		sound = append_text(loader, option, node, list);
	for (const struct node_item *item = node->items;
	     item && node->kind == NODE_LIST; item = item->next)
		sound = append_text(loader, option, item->value, list) && sound;
	if (sound)
		return list;
	json_decref(list);
	return NULL;
}

/* The place `offset` bytes into a text that stands in one line as it is; else
 * the place of the node. */
static struct place place_inside(const struct node *node, size_t offset)
{
	struct place place = node->place;
	size_t length;
	const char *line = source_line(place.source, place.line, &length);
	const char *found =
		memmem(line, length, node->text, strlen(node->text));

	if (!found)
		return place;
	place.column = 1;
	for (const char *at = line; at < found + offset; at++)
		place.column += ((unsigned char)*at & 0xc0) != 0x80;
	return place;
}

/* The words of a command that is one text. The environment is filled in after
 * it is split, so that a value is never split. */
static json_t *split_value(struct loader *loader, const struct node *node)
{
	json_t *list = json_array();
	struct words words;
	struct error error;
	size_t offset;
	bool sound = true;

	if (words_split(node->text, &loader->arena, &words, &offset, &error) !=
	    0) {
		mistakes_add(&loader->mistakes, place_inside(node, offset),
			     "%s", error.text);
		json_decref(list);
		return NULL;
	}
	for (size_t i = 0; i < words.count; i++) {
		const char *text = loader_expand(loader, node, words.items[i]);

		sound = sound && text &&
			json_array_append_new(list, json_string(text)) == 0;
	}
	if (sound)
		return list;
	json_decref(list);
	return NULL;
}

static json_t *environment_value(struct loader *loader,
				 const struct option *option,
				 const struct node *node)
{
	json_t *map = json_object();
	bool sound = node->kind == NODE_MAP || node->empty;

	if (!sound)
		mistakes_add(&loader->mistakes, node->place,
			     "'%s' is a section of names and values; write "
			     "'NAME: value'",
			     option->path);
	for (const struct node_item *item = node->items;
	     item && node->kind == NODE_MAP; item = item->next) {
		const char *text = NULL;
		struct pool_config probe = {0};
		json_t *one = NULL;

		if (item->value->kind == NODE_TEXT)
			text = loader_expand(loader, item->value,
					     item->value->text);
		else
			mistakes_add(&loader->mistakes, item->value->place,
				     "the value of '%.80s' is a text; write it "
				     "behind the colon, in quotes if need be",
				     item->key->text);
		if (text)
			one = store(loader, option, item->key->place,
				    json_pack("{s:s}", item->key->text, text),
				    &probe);
		sound = sound && one && json_object_update(map, one) == 0;
		value_release(option, &probe);
		json_decref(one);
	}
	if (sound)
		return map;
	json_decref(map);
	return NULL;
}

/* The canonical form of a text that is no list. */
static json_t *text_value(struct loader *loader, const struct option *option,
			  const struct node *node)
{
	const char *text = plain_text(loader, option, node);

	if (!text)
		return NULL;
	if (option->type == OPTION_USER)
		return loader_user(loader, node, text);
	if (option->type == OPTION_HTTP || option->type == OPTION_TCP)
		return loader_target(loader, option, node, text);
	if (option->type == OPTION_ADDRESS) {
		text = loader_resolve(loader, node, text);
		return text ? json_string(text) : NULL;
	}
	if (option->type == OPTION_GROUP)
		return loader_group(loader, node, text, true);
	if (option->type == OPTION_PATH && *text)
		text = loader_absolute(
			loader, source_relative(&loader->arena,
						node->place.source, text));
	return value_from_text(option, text);
}

json_t *loader_value(struct loader *loader, const struct option *option,
		     const struct node *node, void *object)
{
	const size_t before = loader->mistakes.count;
	json_t *value;

	if (option->type == OPTION_ENVIRONMENT)
		value = environment_value(loader, option, node);
	else if (option->type == OPTION_COMMAND && node->kind == NODE_TEXT &&
		 !node->empty)
		value = split_value(loader, node);
	else if (option->type == OPTION_COMMAND ||
		 option->type == OPTION_NAMES ||
		 option->type == OPTION_SUCCESS ||
		 option->type == OPTION_GROUPS ||
		 option->type == OPTION_CAPABILITIES)
		value = list_value(loader, option, node);
	else if (option->type == OPTION_SOCKETS)
		value = loader_sockets(loader, node);
	else
		value = text_value(loader, option, node);
	if (!value && loader->mistakes.count > before)
		return NULL;
	if (option->type == OPTION_WORKERS && json_is_string(value) &&
	    strcmp(json_string_value(value), "cpus") == 0)
		return value;
	return store(loader, option, node->place, value, object);
}

json_t *loader_defaults(enum option_scope scope, const struct node *map)
{
	json_t *json = json_object();

	for (size_t i = 0; i < option_count; i++) {
		const struct option *option = &options[i];

		if (option->scope == scope && option->fallback &&
		    !node_find(map, option->path))
			value_put(json, option->path,
				  value_from_text(option, option->fallback));
	}
	return json;
}

json_t *loader_section(struct loader *loader, enum option_scope scope,
		       const struct node *map, void *object)
{
	const size_t before = loader->mistakes.count;
	json_t *json = loader_defaults(scope, map);
	struct error error;

	loader_check_keys(loader, map, scope);
	for (size_t i = 0; i < option_count; i++) {
		const struct option *option = &options[i];
		const struct node *node = node_find(map, option->path);

		if (option->scope != scope || (!node && !option->needed))
			continue;
		if (node)
			value_put(json, option->path,
				  loader_value(loader, option, node, object));
		else
			mistakes_add(&loader->mistakes, map->place,
				     "'%s' is missing here; write '%s: …'",
				     option->path, option->path);
	}
	value_release_all(scope, object);
	if (loader->mistakes.count == before &&
	    value_store_all(scope, json, object, &error) == 0)
		return json;
	value_release_all(scope, object);
	json_decref(json);
	return NULL;
}
