#include "config.h"

#include "supervisor/loader.h"

#include <stdlib.h>
#include <string.h>

#include "supervisor/values.h"

void loader_init(struct loader *loader)
{
	*loader = (struct loader){0};
	loader->mistakes.arena = &loader->arena;
	loader->sources_end = &loader->sources;
}

void loader_release(struct loader *loader)
{
	for (size_t i = 0; i < loader->pool_count; i++) {
		for (size_t k = 0; k < option_count; k++) {
			if (options[k].scope == OPTION_OF_POOL)
				value_release(&options[k],
					      &loader->pools[i].config);
		}
		json_decref(loader->pools[i].json);
	}
	loader_free_topology(loader);
	arena_release(&loader->arena);
}

/* The name of the file, without its folder and ".yaml". */
static const char *name_of_file(struct loader *loader)
{
	const char *path = loader->sources->path;
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;
	const char *dot = strrchr(name, '.');

	if (dot && (strcmp(dot, ".yaml") == 0 || strcmp(dot, ".yml") == 0))
		return arena_text(&loader->arena, name, (size_t)(dot - name));
	return name;
}

/* Takes the name of the instance from the file's where none is given. */
static void name_instance(struct loader *loader, json_t *json,
			  struct configuration *file)
{
	const struct option *option = option_find(OPTION_OF_FILE, "instance");
	const char *name = name_of_file(loader);
	json_t *value = json_string(name);
	struct error error;

	if (value_store(option, value, file, &error) == 0) {
		value_put(json, option->path, value);
		return;
	}
	json_decref(value);
	mistakes_add(&loader->mistakes, loader->root->place,
		     "the instance cannot be named after the file, '%.80s'; "
		     "write 'instance: NAME'",
		     name);
}

static void read_file_keys(struct loader *loader, json_t *json,
			   struct configuration *file)
{
	loader_check_keys(loader, loader->root, OPTION_OF_FILE);
	for (size_t i = 0; i < option_count; i++) {
		const struct option *option = &options[i];
		const struct node *node = node_find(loader->root, option->path);
		json_t *value;

		if (option->scope != OPTION_OF_FILE ||
		    option->status != OPTION_BUILT ||
		    option->offset == OPTION_NO_MEMBER)
			continue;
		if (node) {
			value = loader_value(loader, option, node, file);
			if (value)
				value_put(json, option->path, value);
		} else if (option->fallback) {
			value_put(json, option->path,
				  value_from_text(option, option->fallback));
		}
	}
	if (!node_get(loader->root, "instance"))
		name_instance(loader, json, file);
}

/* All text of the config: the first file, then those it includes, each under
 * its name. */
static json_t *whole_text(struct loader *loader)
{
	const struct source *first = loader->sources;
	const char *text = first->text;

	for (const struct source *s = first->next; s; s = s->next)
		text = arena_print(&loader->arena, "%s# %s\n%s", text, s->path,
				   s->text);
	return json_string(text);
}

static void put_pools(struct loader *loader, json_t *json)
{
	json_t *pools = json_object();

	for (size_t i = 0; i < loader->pool_count; i++)
		json_object_set(pools, loader->pools[i].name,
				loader->pools[i].json);
	value_put(json, "pools", pools);
}

/* Whether the supervisor will take it: not when memory ran out on the way. */
static bool can_be_decoded(const json_t *json, struct error *error)
{
	struct configuration *configuration = configuration_decode(json, error);

	configuration_free(configuration);
	return configuration;
}

json_t *loader_load(struct loader *loader, const char *path,
		    struct error *error)
{
	json_t *json;
	struct configuration file = {0};

	error->text[0] = '\0';
	if (loader_read_files(loader, path, error) != 0)
		return NULL;
	json = json_object();
	loader_find_cpus(loader);
	read_file_keys(loader, json, &file);
	loader_read_pools(loader);
	loader_sort_pools(loader);
	loader_check_exit_with(loader);
	loader_place_pools(loader, json);
	loader_check_files(loader);
	loader_check_notify(loader, &file);
	loader_check_sockets(loader);
	loader_check_scaling(loader);
	value_put(json, "file", json_string(loader_absolute(loader, path)));
	value_put(json, "text", whole_text(loader));
	put_pools(loader, json);
	for (size_t i = 0; i < option_count; i++) {
		if (options[i].scope == OPTION_OF_FILE)
			value_release(&options[i], &file);
	}
	if (loader->mistakes.count == 0 && can_be_decoded(json, error))
		return json;
	json_decref(json);
	return NULL;
}
