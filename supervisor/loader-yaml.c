#include "config.h"

#include "supervisor/loader-yaml.h"

#include <libfyaml.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Deeper than any config is. */
enum { DEPTH_LIMIT = 24 };
/* How large a config may be once its aliases are written out, in nodes and
 * bytes of text; one without aliases never is. */
#define WEIGHT_LIMIT (4 * SOURCE_LIMIT)

struct anchor {
	struct anchor *next;
	const char *name;
	struct node *node;
};

struct reader {
	const struct source *source;
	struct arena *arena;
	struct mistakes *mistakes;
	struct fy_parser *parser;
	struct anchor *anchors;
	struct place open; /* the innermost [ or { that is not closed yet */
	unsigned depth;
};

static struct node *read_node(struct reader *reader, struct fy_event *event,
			      struct place place);

/* The place of an event; `place` for what was not written. */
static struct place place_of(struct reader *reader, struct fy_event *event,
			     struct place place)
{
	const struct fy_mark *mark = fy_event_start_mark(event);
	bool behind = event->type == FYET_ALIAS; /* the mark is, of a sign */

	if (!mark || mark->line < 0)
		return place;
	if (event->type == FYET_SCALAR) {
		enum fy_scalar_style style =
			fy_token_scalar_style(event->scalar.value);

		behind = style == FYSS_SINGLE_QUOTED ||
			 style == FYSS_DOUBLE_QUOTED;
	}
	place.source = reader->source;
	place.line = (unsigned)mark->line + 1;
	place.column = (unsigned)mark->column + (behind ? 0 : 1);
	return place;
}

/* What would be right, for the common ways to be no YAML. */
static const char *advice_for(const char *message)
{
	static const struct {
		const char *part;
		const char *advice;
	} known[] = {
		{"tab", "indent with spaces"},
		{"cannot start with", "put the text in quotes"},
		{"same line", "put a text that holds ': ' in quotes"},
		{"closing quote", "close it with the quote it began with"},
		{"bracket", "close it with ] or }, whichever it began with"},
		{"brace", "close it with ] or }, whichever it began with"},
		{"comma", "separate by commas, and put texts that hold { } [ ] "
			  "or , in quotes"},
		{"expected key", "indent it as the lines it belongs to, and "
				 "begin it with a key and ': '"},
		{"indent", "indent it as the lines it belongs to"},
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (strstr(message, known[i].part))
			return known[i].advice;
	}
	return "look at the indentation, the quotes and the brackets here and "
	       "just above";
}

static void report_syntax(struct reader *reader, struct fy_diag *diag)
{
	struct place place = {reader->source, 1, 1};
	const char *message = "it cannot be parsed";
	void *iterator = NULL;
	struct fy_diag_error *error = fy_diag_errors_iterate(diag, &iterator);

	if (error && error->msg)
		message = error->msg;
	if (error && error->line > 0 && error->column > 0) {
		place.line = (unsigned)error->line;
		place.column = (unsigned)error->column;
		/* it stands behind the quote that is not closed */
		if (strstr(message, "closing quote") && place.column > 1)
			place.column--;
	}
	if (strstr(message, "without a closing") && reader->open.source)
		place = reader->open;
	mistakes_add(reader->mistakes, place, "this is no YAML: %s; %s",
		     message, advice_for(message));
}

static const char *token_text(struct reader *reader, struct fy_token *token)
{
	size_t length = 0;
	const char *text = fy_token_get_text(token, &length);

	return text ? arena_text(reader->arena, text, length) : "";
}

static void read_text(struct reader *reader, struct fy_event *event,
		      struct node *node)
{
	struct fy_token *token = event->scalar.value;
	size_t length = fy_token_get_text_length(token);

	node->text = token_text(reader, token);
	node->weight += strlen(node->text);
	node->empty = node->text[0] == '\0' &&
		      fy_token_scalar_style(token) == FYSS_PLAIN;
	if (strlen(node->text) != length && length != SIZE_MAX)
		mistakes_add(reader->mistakes, node->place,
			     "this text holds a NUL character, which no "
			     "program can be given; leave it out");
}

static struct node *find_anchor(struct reader *reader, struct fy_event *event,
				struct place place)
{
	const char *name = token_text(reader, event->alias.anchor);

	for (const struct anchor *a = reader->anchors; a; a = a->next) {
		if (strcmp(a->name, name) == 0)
			return a->node;
	}
	mistakes_add(reader->mistakes, place,
		     "there is no anchor '%.80s' above; write &%.80s before "
		     "the value that is meant",
		     name, name);
	return NULL;
}

static void keep_anchor(struct reader *reader, struct fy_token *token,
			struct node *node)
{
	struct anchor *anchor;

	if (!token)
		return;
	anchor = arena_alloc(reader->arena, sizeof(*anchor));
	anchor->name = token_text(reader, token);
	anchor->node = node;
	anchor->next = reader->anchors;
	reader->anchors = anchor;
}

/* Reads the items of a list or map up to its end. Returns 0 or -1. */
static int read_items(struct reader *reader, struct node *node)
{
	struct node_item **end = &node->items;
	const enum fy_event_type last =
		node->kind == NODE_MAP ? FYET_MAPPING_END : FYET_SEQUENCE_END;

	for (;;) {
		struct fy_event *event = fy_parser_parse(reader->parser);
		struct node *key = NULL;
		struct node *value;

		if (!event || event->type == last) {
			fy_parser_event_free(reader->parser, event);
			return event ? 0 : -1;
		}
		if (node->kind == NODE_MAP) {
			key = read_node(reader, event, node->place);
			event = key ? fy_parser_parse(reader->parser) : NULL;
			if (!event)
				return -1;
		}
		value = read_node(reader, event,
				  key ? key->place : node->place);
		if (!value)
			return -1;
		*end = arena_alloc(reader->arena, sizeof(**end));
		(*end)->key = key;
		(*end)->value = value;
		end = &(*end)->next;
		node->weight += value->weight + (key ? key->weight : 0);
	}
}

struct keyed {
	struct node_item *item;
	size_t index;
};

static int compare_keys(const void *left, const void *right)
{
	const struct keyed *a = left;
	const struct keyed *b = right;
	int order = strcmp(a->item->key->text, b->item->key->text);

	if (order != 0)
		return order;
	return a->index < b->index ? -1 : 1;
}

/* Takes out of a map what cannot be a key; returns how many items are left. */
static size_t drop_odd_keys(struct reader *reader, struct node *map)
{
	struct node_item **link = &map->items;
	size_t count = 0;

	while (*link) {
		if ((*link)->key->kind == NODE_TEXT) {
			link = &(*link)->next;
			count++;
			continue;
		}
		mistakes_add(reader->mistakes, (*link)->key->place,
			     "a key is a text, not a list or a section; write "
			     "a name before the colon");
		*link = (*link)->next;
	}
	return count;
}

/* Takes out of a map of `count` items all but the first of equal keys. */
static void drop_equal_keys(struct reader *reader, struct node *map,
			    size_t count)
{
	struct keyed *sorted =
		arena_alloc(reader->arena, (count + 1) * sizeof(*sorted));
	size_t index = 0;

	for (struct node_item *item = map->items; item; item = item->next) {
		sorted[index].item = item;
		sorted[index].index = index;
		index++;
	}
	qsort(sorted, count, sizeof(*sorted), compare_keys);
	for (size_t i = 1, first = 0; i < count; i++) {
		const struct node *key = sorted[i].item->key;
		const struct node *same = sorted[first].item->key;

		if (strcmp(key->text, same->text) != 0) {
			first = i;
			continue;
		}
		mistakes_add(reader->mistakes, key->place,
			     "the key '%.80s' is given twice, first in line "
			     "%u; leave one of them out",
			     key->text, same->place.line);
		sorted[i].item->value = NULL;
	}
	for (struct node_item **link = &map->items; *link;) {
		if ((*link)->value)
			link = &(*link)->next;
		else
			*link = (*link)->next;
	}
}

/* Returns 0, or -1 after a mistake. */
static int check_weight(struct reader *reader, struct node *node)
{
	if (node->weight <= WEIGHT_LIMIT)
		return 0;
	mistakes_add(reader->mistakes, node->place,
		     "this is too large once its aliases are written out; use "
		     "fewer of them");
	return -1;
}

/* Reads a list or map whose first event came. Returns 0 or -1. */
static int read_collection(struct reader *reader, struct fy_event *event,
			   struct node *node)
{
	const struct place outer = reader->open;

	if (reader->depth >= DEPTH_LIMIT) {
		mistakes_add(reader->mistakes, node->place,
			     "this is nested too deeply; a config has at most "
			     "%d levels",
			     DEPTH_LIMIT);
		return -1;
	}
	if (fy_event_get_node_style(event) == FYNS_FLOW)
		reader->open = node->place;
	reader->depth++;
	if (read_items(reader, node) != 0)
		return -1;
	reader->depth--;
	reader->open = outer;
	if (node->kind == NODE_MAP)
		drop_equal_keys(reader, node, drop_odd_keys(reader, node));
	return check_weight(reader, node);
}

/*
 * Makes the node that begins with `event`, and frees that. `place` is used when
 * nothing was written. Returns NULL at an error.
 */
static struct node *read_node(struct reader *reader, struct fy_event *event,
			      struct place place)
{
	struct node *node = arena_alloc(reader->arena, sizeof(*node));
	struct fy_token *anchor = fy_event_get_anchor_token(event);
	int result = 0;

	node->place = place_of(reader, event, place);
	node->text = "";
	node->weight = 1;
	if (event->type == FYET_SCALAR) {
		read_text(reader, event, node);
		keep_anchor(reader, anchor, node);
	} else if (event->type == FYET_ALIAS) {
		node = find_anchor(reader, event, node->place);
	} else {
		node->kind = event->type == FYET_MAPPING_START ? NODE_MAP
							       : NODE_LIST;
		result = read_collection(reader, event, node);
		keep_anchor(reader, anchor, node);
	}
	fy_parser_event_free(reader->parser, event);
	return result == 0 ? node : NULL;
}

static bool begins_node(enum fy_event_type type)
{
	return type == FYET_SCALAR || type == FYET_ALIAS ||
	       type == FYET_MAPPING_START || type == FYET_SEQUENCE_START;
}

static int read_stream(struct reader *reader, struct node **root)
{
	struct place start = {reader->source, 1, 1};
	struct fy_event *event;

	*root = NULL;
	while ((event = fy_parser_parse(reader->parser))) {
		enum fy_event_type type = event->type;

		if (!begins_node(type)) {
			fy_parser_event_free(reader->parser, event);
			continue;
		}
		if (*root) {
			mistakes_add(reader->mistakes,
				     place_of(reader, event, start),
				     "a second document begins here; a config "
				     "is one: leave out '---'");
			fy_parser_event_free(reader->parser, event);
			return 0;
		}
		*root = read_node(reader, event, start);
		if (!*root)
			return -1;
	}
	return fy_parser_get_stream_error(reader->parser) ? -1 : 0;
}

int yaml_parse(const struct source *source, struct arena *arena,
	       struct mistakes *mistakes, struct node **root)
{
	struct fy_diag *diag = fy_diag_create(NULL);
	const struct fy_parse_cfg config = {
		.flags = FYPCF_QUIET | FYPCF_COLLECT_DIAG | FYPCF_JSON_NONE |
			 FYPCF_SLOPPY_FLOW_INDENTATION |
			 FYPCF_DEFAULT_VERSION_1_2,
		.diag = diag,
	};
	struct reader reader = {
		.source = source, .arena = arena, .mistakes = mistakes};
	const size_t before = mistakes->count;
	struct place place;
	int result = -1;

	if (!source_is_text(source, &place)) {
		fy_diag_destroy(diag);
		mistakes_add(mistakes, place,
			     "this is no YAML: a byte that is no text in "
			     "UTF-8; save the file as UTF-8");
		return -1;
	}
	if (!diag)
		abort();
	fy_diag_set_collect_errors(diag, true);
	reader.parser = fy_parser_create(&config);
	if (!reader.parser)
		abort();
	if (fy_parser_set_string(reader.parser, source->text, source->size) ==
	    0)
		result = read_stream(&reader, root);
	if (result != 0 && (fy_parser_get_stream_error(reader.parser) ||
			    mistakes->count == before))
		report_syntax(&reader, diag);
	fy_parser_destroy(reader.parser);
	fy_diag_destroy(diag);
	return result;
}

struct node *node_get(const struct node *map, const char *key)
{
	if (!map || map->kind != NODE_MAP)
		return NULL;
	for (const struct node_item *item = map->items; item;
	     item = item->next) {
		if (strcmp(item->key->text, key) == 0)
			return item->value;
	}
	return NULL;
}

struct node *node_find(const struct node *map, const char *path)
{
	char part[64];
	size_t length = strcspn(path, ".");
	struct node *value;

	if (length >= sizeof(part))
		return NULL;
	memcpy(part, path, length);
	part[length] = '\0';
	value = node_get(map, part);
	return path[length] ? node_find(value, path + length + 1) : value;
}
