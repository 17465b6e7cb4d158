#include "config.h"

#include "supervisor/loader.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The length of the name of a variable at `text`; 0 when there is none. */
static size_t name_length(const char *text)
{
	size_t length = 0;

	if (isdigit((unsigned char)text[0]))
		return 0;
	while (isalnum((unsigned char)text[length]) || text[length] == '_')
		length++;
	return length;
}

/* The place of `part` of the text of a node, where that can be found in its
 * first line; else that of the node. */
static struct place place_in(const struct node *node, const char *part)
{
	struct place place = node->place;
	size_t length;
	const char *line = source_line(place.source, place.line, &length);
	const char *found = memmem(line, length, part, strlen(part));
	const unsigned char *end = (const unsigned char *)found;
	unsigned column = 1;

	if (!found)
		return place;
	for (const unsigned char *at = (const unsigned char *)line; at < end;
	     at++)
		column += (*at & 0xc0) != 0x80;
	if (column > place.column)
		place.column = column;
	return place;
}

/* What stands for the `${…}` at `text`, whose length goes to `*length`; NULL
 * after a mistake. */
static const char *variable_value(struct loader *loader,
				  const struct node *node, const char *text,
				  size_t *length)
{
	size_t name = name_length(text + 2);
	const char *value;

	*length = 2;
	if (name == 0 || text[2 + name] != '}') {
		mistakes_add(&loader->mistakes, place_in(node, text),
			     "'${' begins a variable of the environment, "
			     "'${NAME}'; write '$${' for the characters "
			     "themselves");
		return NULL;
	}
	*length = name + 3;
	value = getenv(arena_text(&loader->arena, text + 2, name));
	if (!value)
		mistakes_add(&loader->mistakes, place_in(node, text),
			     "the variable '%.*s' is not set in the "
			     "environment of reeve; set it, or write '$${' for "
			     "the characters '${' themselves",
			     (int)(name < 80 ? name : 80), text + 2);
	return value;
}

const char *loader_expand(struct loader *loader, const struct node *node,
			  const char *text)
{
	const char *dollar = strstr(text, "${");
	char *result = NULL;
	size_t size;
	bool sound = true;
	FILE *out;

	if (!dollar)
		return text;
	out = open_memstream(&result, &size);
	if (!out)
		abort();
	while (dollar) {
		const bool plain = dollar > text && dollar[-1] == '$';
		const char *value = "${";
		size_t length = 2;

		if (!plain)
			value = variable_value(loader, node, dollar, &length);
		sound = sound && value;
		fwrite(text, 1, (size_t)(dollar - text) - plain, out);
		fputs(value ? value : "", out);
		text = dollar + length;
		dollar = strstr(text, "${");
	}
	fputs(text, out);
	if (fclose(out) != 0)
		abort();
	text = arena_text(&loader->arena, result, size);
	free(result);
	return sound ? text : NULL;
}
