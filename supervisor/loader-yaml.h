#ifndef SUPERVISOR_LOADER_YAML_H
#define SUPERVISOR_LOADER_YAML_H

#include <stdbool.h>
#include <stddef.h>

#include "supervisor/loader-arena.h"
#include "supervisor/loader-mistakes.h"
#include "supervisor/loader-source.h"

/*
 * A YAML file as a tree in which every node knows its place. Texts are as they
 * were written: whether "yes" or "1.10" is a truth, a number or a text is for
 * the option table to say. An alias is the node that its anchor names; so a
 * node may have several parents.
 */

enum node_kind { NODE_TEXT, NODE_LIST, NODE_MAP };

struct node {
	enum node_kind kind;
	struct place place;
	const char *text; /* of a text; else "" */
	bool empty; /* nothing was written: no text, not even "" */
	struct node_item *items; /* of a list or map, in order */
	size_t weight; /* nodes and bytes of its tree, aliases written out */
};

struct node_item {
	struct node_item *next;
	struct node *key; /* a text; NULL in a list */
	struct node *value;
};

/*
 * Parses a source into `*root`, NULL for one without content. Returns 0, or -1
 * when it is no YAML: then the first such place is in `mistakes`. What is YAML
 * but never a config (a key twice, a key that is no text, a second document) is
 * a mistake too; the tree goes on without it.
 */
int yaml_parse(const struct source *source, struct arena *arena,
	       struct mistakes *mistakes, struct node **root);

/* The value of `key` in a map; NULL when it is not there, or `map` is none. */
struct node *node_get(const struct node *map, const char *key);

/* The value at a path of keys, "restart.delay"; NULL when it is not there. */
struct node *node_find(const struct node *map, const char *path);

#endif
