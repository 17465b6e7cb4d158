#include "config.h"

#include "supervisor/value-types.h"

#include <stdlib.h>
#include <string.h>

#include "supervisor/configuration.h"
#include "supervisor/spawn.h"
#include "supervisor/values.h"

/* A run gets them behind its three standard streams. */
enum { MAX_SOCKETS = SPAWN_FD_MAX - 3 };

int store_address(const struct option *option, json_t *value, void *member,
		  struct error *error)
{
	char buffer[32];
	struct address address;

	(void)option;
	if (address_parse(value_text(value, buffer), &address, error) < 0)
		return -1;
	*(struct address *)member = address;
	return 0;
}

int store_mode(const struct option *option, json_t *value, void *member,
	       struct error *error)
{
	char buffer[32];
	const char *text = value_text(value, buffer);
	size_t digits = strspn(text, "01234567");
	long mode = strtol(text, NULL, 8);

	if (digits == 0 || digits > 5 || text[digits] != '\0' ||
	    mode < option->min || mode > option->max)
		return error_set(error,
				 QUOTED " is no mode of a file; write octal "
					"digits, such as 0660",
				 text);
	*(int64_t *)member = mode;
	return 0;
}

int store_sockets(const struct option *option, json_t *value, void *member,
		  struct error *error)
{
	struct socket_list list = {
		.items =
			calloc(json_array_size(value) + 1, sizeof(*list.items)),
	};
	size_t index;
	json_t *item;

	(void)option;
	if (!list.items)
		return value_out_of_memory(error);
	json_array_foreach (value, index, item) {
		if (value_store_all(OPTION_OF_SOCKET, item, &list.items[index],
				    error) == 0)
			continue;
		free(list.items);
		return -1;
	}
	list.count = json_array_size(value);
	if (list.count > MAX_SOCKETS) {
		free(list.items);
		return error_set(error,
				 "%zu sockets are too many for a run; write "
				 "at most %d",
				 list.count, (int)MAX_SOCKETS);
	}
	*(struct socket_list *)member = list;
	return 0;
}

void release_sockets(void *member)
{
	struct socket_list *list = member;

	free(list->items);
	*list = (struct socket_list){0};
}
