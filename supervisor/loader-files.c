#include "config.h"

#include "supervisor/loader.h"

#include <glob.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* More files than any config has. */
enum { FILE_LIMIT = 256 };

static int read_file(struct loader *loader, const char *path,
		     const struct node *includer, struct error *error);

const char *loader_absolute(struct loader *loader, const char *path)
{
	char folder[PATH_MAX];

	while (strncmp(path, "./", 2) == 0)
		path += 2;
	if (path[0] == '/' || !getcwd(folder, sizeof(folder)))
		return path;
	return arena_print(&loader->arena, "%s/%s",
			   strcmp(folder, "/") == 0 ? "" : folder, path);
}

/* Whether `source` is a file that was read before; a circle if it is still
 * being read. */
static bool is_known(struct loader *loader, const struct source *source,
		     struct place place)
{
	for (const struct source *s = source->parent; s; s = s->parent) {
		if (s->device != source->device || s->inode != source->inode)
			continue;
		mistakes_add(&loader->mistakes, place,
			     "%s includes itself this way; leave this out",
			     source->path);
		return true;
	}
	for (const struct source *s = loader->sources; s; s = s->next) {
		if (s->device != source->device || s->inode != source->inode)
			continue;
		mistakes_add(&loader->mistakes, place,
			     "%s is included twice; leave this out",
			     source->path);
		return true;
	}
	return false;
}

/* Reads one file that `includer` names. */
static void include_file(struct loader *loader, const struct node *includer,
			 const char *path)
{
	struct error error;

	if (loader->source_count >= FILE_LIMIT) {
		mistakes_add(&loader->mistakes, includer->place,
			     "this includes too many files; a config has at "
			     "most %d",
			     FILE_LIMIT);
	} else if (read_file(loader, path, includer, &error) != 0) {
		loader->incomplete = true;
		mistakes_add(&loader->mistakes, includer->place,
			     "%s; name a file that can be read", error.text);
	}
}

static void include_pattern(struct loader *loader, const struct node *includer)
{
	const char *pattern = loader_expand(loader, includer, includer->text);
	glob_t found;
	int result;

	if (!pattern)
		return;
	if (includer->kind != NODE_TEXT || !*pattern) {
		mistakes_add(&loader->mistakes, includer->place,
			     "include takes files; write a path or a list of "
			     "paths");
		return;
	}
	pattern = source_relative(&loader->arena, includer->place.source,
				  pattern);
	if (!strpbrk(pattern, "*?[")) {
		include_file(loader, includer, pattern);
		return;
	}
	result = glob(pattern, 0, NULL, &found);
	if (result == 0) {
		for (size_t i = 0; i < found.gl_pathc; i++)
			include_file(loader, includer, found.gl_pathv[i]);
		globfree(&found);
	} else if (result != GLOB_NOMATCH) {
		mistakes_add(&loader->mistakes, includer->place,
			     "the files of '%.80s' cannot be listed; make "
			     "their folder readable",
			     pattern);
	}
}

static void include_all(struct loader *loader, const struct node *include)
{
	if (include && include->kind == NODE_LIST) {
		for (const struct node_item *item = include->items; item;
		     item = item->next)
			include_pattern(loader, item->value);
	} else if (include) {
		include_pattern(loader, include);
	}
}

static void append_item(struct loader *loader, struct node *map,
			const struct node_item *item)
{
	struct node_item *copy = arena_alloc(&loader->arena, sizeof(*copy));
	struct node_item **end = &map->items;

	while (*end)
		end = &(*end)->next;
	copy->key = item->key;
	copy->value = item->value;
	*end = copy;
}

/* Puts the items of `from` into `into`, whose other items came from other
 * files; the value of a `joined` key goes into the one that is there. */
static void join_maps(struct loader *loader, struct node *into,
		      const struct node *from, const char *joined)
{
	for (const struct node_item *item = from->items; item;
	     item = item->next) {
		const struct node_item *old = into->items;

		while (old && strcmp(old->key->text, item->key->text) != 0)
			old = old->next;
		if (!old)
			append_item(loader, into, item);
		else if (joined && strcmp(joined, item->key->text) == 0 &&
			 old->value->kind == NODE_MAP &&
			 item->value->kind == NODE_MAP)
			join_maps(loader, old->value, item->value, NULL);
		else if (!joined || strcmp("include", item->key->text) != 0)
			mistakes_add(&loader->mistakes, item->key->place,
				     "'%.80s' is given twice, first in %s line "
				     "%u; leave one of them out",
				     item->key->text,
				     old->key->place.source->path,
				     old->key->place.line);
	}
}

static void keep_source(struct loader *loader, struct source *source)
{
	source->index = loader->source_count++;
	loader->source_size += source->size;
	*loader->sources_end = source;
	loader->sources_end = &source->next;
}

/* Reads a file that `includer` names; NULL: the first. Returns 0, or -1 and
 * the reason when it cannot be read. */
static int read_file(struct loader *loader, const char *path,
		     const struct node *includer, struct error *error)
{
	struct source *source =
		source_read(&loader->arena, path,
			    SOURCE_LIMIT - loader->source_size, error);
	struct node *map = NULL;

	if (!source)
		return -1;
	source->parent = includer ? includer->place.source : NULL;
	if (includer && is_known(loader, source, includer->place))
		return 0;
	keep_source(loader, source);
	if (yaml_parse(source, &loader->arena, &loader->mistakes, &map) != 0) {
		loader->no_yaml = true;
		return 0;
	}
	if (map && map->kind != NODE_MAP && !map->empty) {
		loader->no_yaml = true;
		mistakes_add(&loader->mistakes, map->place,
			     "a config is keys with values, such as 'pools:'; "
			     "write a key, a colon and a value");
	}
	if (!map || map->kind != NODE_MAP)
		return 0;
	join_maps(loader, loader->root, map, "pools");
	include_all(loader, node_get(map, "include"));
	return 0;
}

int loader_read_files(struct loader *loader, const char *path,
		      struct error *error)
{
	loader->root = arena_alloc(&loader->arena, sizeof(*loader->root));
	loader->root->kind = NODE_MAP;
	loader->root->text = "";
	if (read_file(loader, path, NULL, error) != 0)
		return -1;
	loader->root->place = (struct place){loader->sources, 1, 1};
	return loader->no_yaml ? -1 : 0;
}
