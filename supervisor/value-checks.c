#include "config.h"

#include "supervisor/value-types.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "supervisor/configuration.h"

/* ---- where checks connect to ---- */

void release_target(void *member)
{
	struct target *target = member;

	release_texts(&target->addresses);
	free(target->text);
	free(target->port);
	free(target->socket);
	free(target->host);
	free(target->path);
	*target = (struct target){0};
}

/* Copies a text of an object, where it has that one. */
static int copy_text(char **copy, const json_t *object, const char *name,
		     struct error *error)
{
	const char *text = json_string_value(json_object_get(object, name));

	return text ? value_copy(copy, text, error) : 0;
}

static int copy_addresses(struct text_list *list, const json_t *addresses,
			  struct error *error)
{
	size_t index;
	json_t *address;

	list->items = calloc(json_array_size(addresses) + 1, sizeof(char *));
	if (!list->items)
		return value_out_of_memory(error);
	json_array_foreach (addresses, index, address) {
		const char *text = json_string_value(address);

		if (!text)
			return error_set(error, "an address is no text");
		if (value_copy(&list->items[list->count], text, error) != 0)
			return -1;
		list->count++;
	}
	return 0;
}

/* Stores what loader_target() has made of a text. */
static int store_target(json_t *value, bool http, void *member,
			struct error *error)
{
	struct target target = {0};
	int status = 0;

	if (copy_text(&target.text, value, "text", error) != 0 ||
	    copy_text(&target.port, value, "port", error) != 0 ||
	    copy_text(&target.socket, value, "socket", error) != 0 ||
	    copy_text(&target.host, value, "host", error) != 0 ||
	    copy_text(&target.path, value, "path", error) != 0 ||
	    copy_addresses(&target.addresses,
			   json_object_get(value, "addresses"), error) != 0)
		status = -1;
	else if (!target.text ||
		 (!target.socket &&
		  (!target.port || target.addresses.count == 0)) ||
		 (http && (!target.host || !target.path)))
		status = error_set(error, "the address is not resolved");
	if (status != 0) {
		release_target(&target);
		return -1;
	}
	*(struct target *)member = target;
	return 0;
}

int store_http(const struct option *option, json_t *value, void *member,
	       struct error *error)
{
	(void)option;
	return store_target(value, true, member, error);
}

int store_tcp(const struct option *option, json_t *value, void *member,
	      struct error *error)
{
	(void)option;
	return store_target(value, false, member, error);
}

/* ---- what they expect ---- */

int store_statuses(const struct option *option, json_t *value, void *member,
		   struct error *error)
{
	char buffer[32];
	const char *text = value_text(value, buffer);
	struct status_range range;
	int end = 0;

	(void)option;
	if (sscanf(text, "%3d-%3d%n", &range.first, &range.last, &end) != 2 ||
	    text[end] != '\0') {
		end = 0;
		if (sscanf(text, "%3d%n", &range.first, &end) != 1)
			end = 0;
		range.last = range.first;
	}
	if (end == 0 || text[end] != '\0' || range.first < 100 ||
	    range.last > 599 || range.first > range.last)
		return error_set(error,
				 QUOTED " is no status of HTTP; write one from "
					"100 to 599, or two such as 200-399",
				 text);
	*(struct status_range *)member = range;
	return 0;
}

void release_pattern(void *member)
{
	struct pattern *pattern = member;

	if (pattern->text)
		regfree(&pattern->compiled);
	free(pattern->text);
	*pattern = (struct pattern){0};
}

/* A reference to an earlier group: what matches that can take for ever to
 * find. */
static bool has_reference(const char *text)
{
	for (; (text = strchr(text, '\\')) && text[1]; text += 2)
		if (text[1] >= '1' && text[1] <= '9')
			return true;
	return false;
}

int store_pattern(const struct option *option, json_t *value, void *member,
		  struct error *error)
{
	char buffer[32], reason[200];
	const char *text = value_text(value, buffer);
	struct pattern pattern = {0};
	int result;

	(void)option;
	if (!*text)
		return error_set(error, "the pattern is empty; write what is "
					"to be found");
	if (strlen(text) > 500)
		return error_set(error, "the pattern is too long; use one of "
					"at most 500 bytes");
	if (has_reference(text))
		return error_set(error,
				 QUOTED " refers to a group (\\1); write out "
					"what it stands for",
				 text);
	result = regcomp(&pattern.compiled, text,
			 REG_EXTENDED | REG_NOSUB | REG_NEWLINE);
	if (result != 0) {
		regerror(result, &pattern.compiled, reason, sizeof(reason));
		return error_set(error,
				 QUOTED " is no regular expression: %s; write "
					"one as regex(7) describes it",
				 text, reason);
	}
	if (value_copy(&pattern.text, text, error) != 0) {
		regfree(&pattern.compiled);
		return -1;
	}
	*(struct pattern *)member = pattern;
	return 0;
}
