#include "config.h"

#include "supervisor/loader-schema.h"

#include <jansson.h>
#include <string.h>

#include "supervisor/options.h"
#include "supervisor/values.h"

#define TIME "[0-9.]+(ms|s|m|h|d|y)"
#define BOTH(value) value "(:" value ")?"
#define CPU_RANGE "[0-9]+(-[0-9]+)?"

/* What the values of a type look like in YAML. Types of JSON are separated by
 * blanks; texts with a variable of the environment fit every pattern. */
static const struct shape {
	const char *types;
	const char *pattern; /* of texts; NULL: any */
	const char *items; /* types of what is in a list or map */
} shapes[] = {
	[OPTION_NAME] = {"string", "[A-Za-z][A-Za-z0-9_-]*", NULL},
	[OPTION_TEXT] = {"string", NULL, NULL},
	[OPTION_PATH] = {"string", ".+", NULL},
	[OPTION_INTEGER] = {"integer string", "[0-9]+", NULL},
	[OPTION_WORKERS] = {"integer string", "[0-9]+|cpus", NULL},
	[OPTION_FACTOR] = {"number string", "[0-9.]+", NULL},
	[OPTION_PERCENT] = {"string", "[0-9.]+%", NULL},
	[OPTION_LOAD] = {"string number", "[0-9.]+%?", NULL},
	[OPTION_DURATION] = {"string integer", TIME "|0", NULL},
	[OPTION_SIZE] = {"integer string", "[0-9.]+[BKMGT]?", NULL},
	[OPTION_WORD] = {"string", NULL, NULL},
	[OPTION_SIGNAL] = {"string integer", NULL, NULL},
	[OPTION_LIMIT] = {"string", "[0-9]+ +in +" TIME "|none", NULL},
	[OPTION_THEN] = {"string", "cooldown +" TIME "|fail", NULL},
	[OPTION_SUCCESS] = {"array string integer", NULL, "integer string"},
	[OPTION_COMMAND] = {"string array", NULL, "string number boolean"},
	[OPTION_NAMES] = {"array string", NULL, "string"},
	[OPTION_ENVIRONMENT] = {"object", NULL, "string number boolean null"},
	[OPTION_USER] = {"string integer", NULL, NULL},
	[OPTION_HTTP] = {"string", "http://.+", NULL},
	[OPTION_TCP] = {"string", ".+:.+", NULL},
	[OPTION_STATUSES] = {"string integer", "[1-5][0-9]{2}(-[1-5][0-9]{2})?",
			     NULL},
	[OPTION_PATTERN] = {"string", ".+", NULL},
	[OPTION_CPUS] = {"string integer", CPU_RANGE "(," CPU_RANGE ")*", NULL},
	[OPTION_ADDRESS] = {"string", "(tcp|udp)://.+:[0-9]+|unix:///.+", NULL},
	[OPTION_MODE] = {"string integer", "[0-7]+", NULL},
	[OPTION_SOCKETS] = {"array string object", NULL, NULL},
	[OPTION_FLAG] = {"boolean", NULL, NULL},
	[OPTION_NUMBER] = {"integer string", "-?[0-9]+|none", NULL},
	[OPTION_BYTES] = {"integer string", "[0-9.]+[BKMGT]?|none", NULL},
	[OPTION_CPU_QUOTA] = {"number string", "[0-9.]+|none", NULL},
	[OPTION_UMASK] = {"string integer", "[0-7]{1,4}", NULL},
	[OPTION_GROUP] = {"string integer", NULL, NULL},
	[OPTION_GROUPS] = {"array string", NULL, "string integer"},
	[OPTION_CAPABILITIES] = {"array string", NULL, "string"},
	[OPTION_IO] = {"string", "(best-effort|realtime)(/[0-7])?|idle", NULL},
	[OPTION_POLICY] = {"string", "other|batch|idle|(fifo|rr)/[0-9]+", NULL},
	[OPTION_RLIMIT_COUNT] = {"integer string", BOTH("([0-9]+|none)"), NULL},
	[OPTION_RLIMIT_SIZE] = {"integer string",
				BOTH("([0-9.]+[BKMGT]?|none)"), NULL},
	[OPTION_RLIMIT_TIME] = {"string", BOTH("(" TIME "|none)"), NULL},
	[OPTION_MACHINE] = {"array", NULL, "array"},
	[OPTION_INCLUDE] = {"array string", NULL, "string"},
	[OPTION_SECTION] = {"object", NULL, NULL},
};

/* "a b" as a list, "a" as a text. */
static json_t *type_list(const char *types)
{
	json_t *list = json_array();
	json_t *only;

	while (*types) {
		size_t length = strcspn(types, " ");

		json_array_append_new(list, json_stringn(types, length));
		types += length + (types[length] == ' ');
	}
	if (json_array_size(list) > 1)
		return list;
	only = json_incref(json_array_get(list, 0));
	json_decref(list);
	return only;
}

static void put_pattern(json_t *schema, const char *pattern, bool none)
{
	char text[256];

	snprintf(text, sizeof(text), "^(%s%s)$|[$][{]", pattern,
		 none ? "|none" : "");
	json_object_set_new(schema, "pattern", json_string(text));
}

static void put_words(json_t *schema, const struct option_word *words)
{
	json_t *list = json_array();

	for (; words->word; words++) {
		if (!words->planned)
			json_array_append_new(list, json_string(words->word));
	}
	json_object_set_new(schema, "enum", list);
}

static json_t *scope_schema(enum option_scope scope);

/* A socket is an address, or a section with one. */
static void put_sockets(json_t *schema)
{
	const struct option *listen = option_find(OPTION_OF_SOCKET, "listen");
	json_t *address = json_pack("{s:s}", "type", "string");

	put_pattern(address, shapes[listen->type].pattern, false);
	json_object_set_new(schema, "items",
			    json_pack("{s:[o, o]}", "anyOf", address,
				      scope_schema(OPTION_OF_SOCKET)));
}

static json_t *option_schema(const struct option *option)
{
	const struct shape *shape = &shapes[option->type];
	json_t *schema = json_object();

	json_object_set_new(schema, "type", type_list(shape->types));
	json_object_set_new(schema, "description", json_string(option->help));
	if (option->fallback && *option->fallback)
		json_object_set_new(schema, "default",
				    value_from_text(option, option->fallback));
	if (option->type == OPTION_INTEGER || option->type == OPTION_WORKERS ||
	    option->type == OPTION_FACTOR) {
		json_object_set_new(schema, "minimum",
				    json_integer(option->min));
		json_object_set_new(schema, "maximum",
				    json_integer(option->max));
	}
	if (option->words)
		put_words(schema, option->words);
	if (shape->pattern)
		put_pattern(schema, shape->pattern, option->none);
	if (option->type == OPTION_SOCKETS)
		put_sockets(schema);
	if (shape->items)
		json_object_set_new(
			schema,
			option->type == OPTION_ENVIRONMENT
				? "additionalProperties"
				: "items",
			json_pack("{s:o}", "type", type_list(shape->items)));
	return schema;
}

static json_t *section_schema(void)
{
	return json_pack("{s:s, s:b, s:{}}", "type", "object",
			 "additionalProperties", 0, "properties");
}

/* The schema of the section that the option at `*path` lies in, which is made
 * on the way. `*path` becomes the option's name in it. */
static json_t *find_section(json_t *schema, const char **path)
{
	const char *dot;

	while ((dot = strchr(*path, '.'))) {
		json_t *keys = json_object_get(schema, "properties");
		char name[64];

		snprintf(name, sizeof(name), "%.*s", (int)(dot - *path), *path);
		if (!json_object_get(keys, name))
			json_object_set_new(keys, name, section_schema());
		schema = json_object_get(keys, name);
		*path = dot + 1;
	}
	return schema;
}

/* Lets sections that may be written as one value be that. */
static void add_values_alone(enum option_scope scope, json_t *keys)
{
	for (size_t i = 0; i < option_count; i++) {
		const struct option *option = &options[i];
		char name[64];

		if (option->scope != scope || !option->alone)
			continue;
		snprintf(name, sizeof(name), "%.*s",
			 (int)strcspn(option->path, "."), option->path);
		json_object_set_new(keys, name,
				    json_pack("{s:[o, O]}", "anyOf",
					      option_schema(option),
					      json_object_get(keys, name)));
	}
}

/* The schema of all keys of a scope; sections are schemas within it. */
static json_t *scope_schema(enum option_scope scope)
{
	json_t *schema = section_schema();

	for (size_t i = 0; i < option_count; i++) {
		const struct option *option = &options[i];
		const char *name = option->path;
		json_t *section;

		if (option->scope != scope || option->status != OPTION_BUILT)
			continue;
		section = find_section(schema, &name);
		json_object_set_new(json_object_get(section, "properties"),
				    name, option_schema(option));
	}
	add_values_alone(scope, json_object_get(schema, "properties"));
	return schema;
}

/* The schema of the whole config. */
static json_t *whole_schema(void)
{
	json_t *schema = scope_schema(OPTION_OF_FILE);
	json_t *keys = json_object_get(schema, "properties");
	json_t *pool = json_pack("{s:s}", "$ref", "#/definitions/pool");
	json_t *pools = json_object_get(keys, "pools");

	json_object_set_new(
		schema, "$schema",
		json_string("http://json-schema.org/draft-07/schema#"));
	json_object_set_new(schema, "title",
			    json_string("The config of reeve, reeve.yaml(5)"));
	json_object_set_new(pools, "additionalProperties", json_incref(pool));
	json_object_set_new(
		pools, "propertyNames",
		json_pack("{s:s}", "pattern", "^[A-Za-z][A-Za-z0-9_-]*$"));
	json_object_set_new(keys, "defaults", pool);
	json_object_set_new(
		schema, "definitions",
		json_pack("{s:o}", "pool", scope_schema(OPTION_OF_POOL)));
	return schema;
}

int schema_write(FILE *file)
{
	json_t *schema = whole_schema();
	int result = json_dumpf(schema, file, JSON_INDENT(2));

	json_decref(schema);
	if (fputc('\n', file) == EOF || fflush(file) != 0)
		return -1;
	return result;
}
