#include "config.h"

#include "supervisor/value-types.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/signals.h"
#include "supervisor/configuration.h"

int store_success(const struct option *option, json_t *value, void *member,
		  struct error *error)
{
	struct success_list list = {0};
	size_t index;
	json_t *item;

	(void)option;
	json_array_foreach (value, index, item) {
		char buffer[32];
		const char *text = value_text(item, buffer);
		int signal = json_is_string(item) ? signal_parse(text) : -1;
		json_int_t code = json_integer_value(item);

		if (signal > 0 && signal <= 64)
			list.signals[signal] = true;
		else if (json_is_integer(item) && code >= 0 && code <= 255)
			list.codes[code] = true;
		else
			return error_set(error,
					 QUOTED " is neither an exit code nor "
						"a signal; write a number from "
						"0 to 255 or a name such as "
						"TERM",
					 text);
	}
	*(struct success_list *)member = list;
	return 0;
}

void release_texts(void *member)
{
	struct text_list *list = member;

	for (size_t i = 0; i < list->count; i++)
		free(list->items[i]);
	free(list->items);
	*list = (struct text_list){0};
}

/* Makes room for `count` texts and the NULL at their end. */
static int texts_init(struct text_list *list, size_t count, struct error *error)
{
	list->count = 0;
	list->items = calloc(count + 1, sizeof(*list->items));
	return list->items ? 0 : value_out_of_memory(error);
}

/* Stores a list of texts; `check` says what is wrong with one of them. */
static int store_texts(json_t *value, void *member,
		       int (*check)(const char *text, struct error *error),
		       struct error *error)
{
	struct text_list list;
	size_t index;
	json_t *item;

	if (texts_init(&list, json_array_size(value), error) != 0)
		return -1;
	json_array_foreach (value, index, item) {
		char buffer[32];
		const char *text = value_text(item, buffer);

		if (check(text, error) != 0 ||
		    value_copy(&list.items[index], text, error) != 0) {
			release_texts(&list);
			return -1;
		}
		list.count++;
	}
	*(struct text_list *)member = list;
	return 0;
}

static int check_word(const char *text, struct error *error)
{
	(void)text;
	(void)error;
	return 0;
}

int store_command(const struct option *option, json_t *value, void *member,
		  struct error *error)
{
	const char *program = json_string_value(json_array_get(value, 0));

	(void)option;
	if (!program || !*program)
		return error_set(error, "the command is empty; write a program "
					"and its arguments");
	return store_texts(value, member, check_word, error);
}

static int check_name(const char *text, struct error *error)
{
	char name[NAME_SIZE];
	json_t *value = json_string(text);
	int result = store_name(NULL, value, name, error);

	json_decref(value);
	return result;
}

int store_names(const struct option *option, json_t *value, void *member,
		struct error *error)
{
	(void)option;
	return store_texts(value, member, check_name, error);
}

static int check_variable(const char *name, struct error *error)
{
	static const char *const own[] = {"NOTIFY_SOCKET", "LISTEN_",
					  "WATCHDOG_", "REEVE_"};

	if (!*name || strchr(name, '='))
		return error_set(error,
				 QUOTED " is no name of a variable; write one "
					"without '='",
				 name);
	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++) {
		if (strncmp(name, own[i], strlen(own[i])) == 0)
			return error_set(error,
					 QUOTED " is set by reeve itself; use "
						"another name",
					 name);
	}
	return 0;
}

int store_environment(const struct option *option, json_t *value, void *member,
		      struct error *error)
{
	struct text_list list;
	const char *name;
	json_t *item;

	(void)option;
	if (texts_init(&list, json_object_size(value), error) != 0)
		return -1;
	json_object_foreach (value, name, item) {
		char buffer[32];
		const char *text = value_text(item, buffer);
		size_t size = strlen(name) + strlen(text) + 2;
		char *variable;

		if (check_variable(name, error) != 0) {
			release_texts(&list);
			return -1;
		}
		variable = malloc(size);
		if (!variable) {
			release_texts(&list);
			return value_out_of_memory(error);
		}
		snprintf(variable, size, "%s=%s", name, text);
		list.items[list.count++] = variable;
	}
	*(struct text_list *)member = list;
	return 0;
}

void release_user(void *member)
{
	struct user_config *user = member;

	free(user->groups);
	*user = (struct user_config){0};
}

int store_user(const struct option *option, json_t *value, void *member,
	       struct error *error)
{
	struct user_config user = {.set = true};
	const char *name = json_string_value(json_object_get(value, "name"));
	const json_t *uid = json_object_get(value, "uid");
	const json_t *gid = json_object_get(value, "gid");
	const json_t *groups = json_object_get(value, "groups");

	(void)option;
	if (json_is_null(value)) {
		*(struct user_config *)member = (struct user_config){0};
		return 0;
	}
	if (!name || strlen(name) >= sizeof(user.name) ||
	    !json_is_integer(uid) || !json_is_integer(gid))
		return error_set(error, "the user is not resolved");
	memcpy(user.name, name, strlen(name) + 1);
	user.uid = (uid_t)json_integer_value(uid);
	user.gid = (gid_t)json_integer_value(gid);
	if (value_copy_groups(groups, &user.groups, &user.group_count, error) !=
	    0)
		return -1;
	*(struct user_config *)member = user;
	return 0;
}

void release_machine(void *member)
{
	struct machine *machine = member;

	free(machine->cpus);
	*machine = (struct machine){0};
}

/* Returns whether it is a number that a CPU, core or node can have. */
static bool get_number(const json_t *json, size_t index, int *number)
{
	json_t *item = json_array_get(json, index);

	*number = (int)json_integer_value(item);
	return json_is_integer(item) && json_integer_value(item) >= 0 &&
	       json_integer_value(item) < CPU_SETSIZE;
}

int store_machine(const struct option *option, json_t *value, void *member,
		  struct error *error)
{
	struct machine machine = {
		.cpus = calloc(json_array_size(value) + 1,
			       sizeof(*machine.cpus)),
	};
	size_t index;
	json_t *item;

	(void)option;
	if (!machine.cpus)
		return value_out_of_memory(error);
	json_array_foreach (value, index, item) {
		struct machine_cpu *cpu = &machine.cpus[machine.count++];

		if (!get_number(item, 0, &cpu->cpu) ||
		    !get_number(item, 1, &cpu->core) ||
		    !get_number(item, 2, &cpu->node)) {
			release_machine(&machine);
			return error_set(error, "there is no such CPU");
		}
	}
	*(struct machine *)member = machine;
	return 0;
}
