#include "config.h"

#include "supervisor/values.h"

#include <stdlib.h>
#include <string.h>

#include "supervisor/value-types.h"

/* How the values of a type are stored and freed; no `store`: the type has no
 * member. */
static const struct value_type {
	int (*store)(const struct option *option, json_t *value, void *member,
		     struct error *error);
	void (*release)(void *member); /* NULL: it owns nothing */
} types[] = {
	[OPTION_NAME] = {store_name, NULL},
	[OPTION_TEXT] = {store_text, release_text},
	[OPTION_PATH] = {store_path, release_text},
	[OPTION_INTEGER] = {store_integer, NULL},
	[OPTION_WORKERS] = {store_workers, NULL},
	[OPTION_FACTOR] = {store_factor, NULL},
	[OPTION_PERCENT] = {store_percent, NULL},
	[OPTION_LOAD] = {store_load, NULL},
	[OPTION_DURATION] = {store_duration, NULL},
	[OPTION_SIZE] = {store_size, NULL},
	[OPTION_WORD] = {store_word, NULL},
	[OPTION_SIGNAL] = {store_signal, NULL},
	[OPTION_LIMIT] = {store_limit, NULL},
	[OPTION_THEN] = {store_then, NULL},
	[OPTION_SUCCESS] = {store_success, NULL},
	[OPTION_COMMAND] = {store_command, release_texts},
	[OPTION_NAMES] = {store_names, release_texts},
	[OPTION_ENVIRONMENT] = {store_environment, release_texts},
	[OPTION_USER] = {store_user, release_user},
	[OPTION_HTTP] = {store_http, release_target},
	[OPTION_TCP] = {store_tcp, release_target},
	[OPTION_STATUSES] = {store_statuses, NULL},
	[OPTION_PATTERN] = {store_pattern, release_pattern},
	[OPTION_CPUS] = {store_cpus, NULL},
	[OPTION_ADDRESS] = {store_address, NULL},
	[OPTION_MODE] = {store_mode, NULL},
	[OPTION_SOCKETS] = {store_sockets, release_sockets},
	[OPTION_FLAG] = {store_flag, NULL},
	[OPTION_NUMBER] = {store_number, NULL},
	[OPTION_BYTES] = {store_bytes, NULL},
	[OPTION_CPU_QUOTA] = {store_cpu_quota, NULL},
	[OPTION_UMASK] = {store_umask, NULL},
	[OPTION_GROUP] = {store_group, NULL},
	[OPTION_GROUPS] = {store_groups, release_groups},
	[OPTION_CAPABILITIES] = {store_capabilities, NULL},
	[OPTION_IO] = {store_io, NULL},
	[OPTION_POLICY] = {store_policy, NULL},
	[OPTION_RLIMIT_COUNT] = {store_rlimit, NULL},
	[OPTION_RLIMIT_SIZE] = {store_rlimit, NULL},
	[OPTION_RLIMIT_TIME] = {store_rlimit, NULL},
	[OPTION_MACHINE] = {store_machine, release_machine},
	[OPTION_INCLUDE] = {NULL, NULL},
	[OPTION_SECTION] = {NULL, NULL},
};

/* A number as YAML writes it, or NULL when `text` is none. */
static json_t *number_from_text(const char *text)
{
	size_t sign = text[0] == '-';
	size_t digits = sign + strspn(text + sign, "0123456789");
	size_t length = sign + strspn(text + sign, "0123456789.");
	char *end;
	double real;

	if (digits == sign || text[length] != '\0' || length > 18)
		return NULL;
	if (digits == length)
		return json_integer(strtoll(text, NULL, 10));
	real = strtod(text, &end);
	return *end == '\0' ? json_real(real) : NULL;
}

static json_t *list_from_text(const char *text)
{
	json_t *list = json_array();
	json_t *number = number_from_text(text);

	if (*text && json_array_append_new(
			     list, number ? number : json_string(text)) != 0) {
		json_decref(list);
		return NULL;
	}
	return list;
}

json_t *value_from_text(const struct option *option, const char *text)
{
	json_t *number = NULL;

	if (option->type == OPTION_ENVIRONMENT)
		return json_object();
	if (option->type == OPTION_SUCCESS || option->type == OPTION_NAMES ||
	    option->type == OPTION_COMMAND || option->type == OPTION_SOCKETS ||
	    option->type == OPTION_CAPABILITIES)
		return list_from_text(text);
	if (option->type == OPTION_FLAG &&
	    (strcmp(text, "true") == 0 || strcmp(text, "false") == 0))
		return json_boolean(text[0] == 't');
	if (option->type == OPTION_NUMBER || option->type == OPTION_CPU_QUOTA ||
	    option->type == OPTION_RLIMIT_COUNT)
		number = number_from_text(text);
	if (option->type == OPTION_INTEGER || option->type == OPTION_WORKERS ||
	    option->type == OPTION_FACTOR)
		number = number_from_text(text);
	return number ? number : json_string(text);
}

/* Whether `value` is the word "none" of a number or size that may be that. */
static bool is_none(const struct option *option, json_t *value)
{
	return option->none && option->type != OPTION_DURATION &&
	       json_is_string(value) &&
	       strcmp(json_string_value(value), "none") == 0;
}

int value_store(const struct option *option, json_t *value, void *object,
		struct error *error)
{
	void *member = option->offset == OPTION_NO_MEMBER
			       ? NULL
			       : (char *)object + option->offset;

	if (is_none(option, value)) {
		*(int64_t *)member = -1;
		return 0;
	}
	return types[option->type].store(option, value, member, error);
}

void value_release(const struct option *option, void *object)
{
	if (option->offset != OPTION_NO_MEMBER && types[option->type].release)
		types[option->type].release((char *)object + option->offset);
}

int value_store_all(enum option_scope scope, const json_t *json, void *object,
		    struct error *error)
{
	for (size_t i = 0; i < option_count; i++) {
		const struct option *option = &options[i];
		json_t *value = value_get(json, option->path);
		struct error reason;

		if (option->scope != scope ||
		    option->status == OPTION_PLANNED ||
		    option->offset == OPTION_NO_MEMBER)
			continue;
		if (!value && !option->needed && !option->fallback)
			continue;
		if (!value)
			return error_set(error, "%s is missing", option->path);
		if (value_store(option, value, object, &reason) != 0)
			return error_set(error, "%s: %s", option->path,
					 reason.text);
	}
	return 0;
}

void value_release_all(enum option_scope scope, void *object)
{
	for (size_t i = 0; i < option_count; i++) {
		if (options[i].scope == scope)
			value_release(&options[i], object);
	}
}

/* Copies the first part of a path and returns what follows it, or NULL. */
static const char *first_part(const char *path, char part[64])
{
	size_t length = strcspn(path, ".");

	snprintf(part, 64, "%.*s", (int)length, path);
	return path[length] ? path + length + 1 : NULL;
}

json_t *value_get(const json_t *object, const char *path)
{
	char part[64];
	const char *rest = first_part(path, part);
	json_t *value = json_object_get(object, part);

	return rest ? value_get(value, rest) : value;
}

int value_put(json_t *object, const char *path, json_t *value)
{
	char part[64];
	const char *rest = first_part(path, part);
	json_t *section;

	if (!rest)
		return json_object_set_new(object, part, value);
	section = json_object_get(object, part);
	if (!section) {
		section = json_object();
		if (json_object_set_new(object, part, section) != 0) {
			json_decref(value);
			return -1;
		}
	}
	return value_put(section, rest, value);
}
