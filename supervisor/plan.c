#include "config.h"

#include "supervisor/plan.h"

#include "supervisor/options.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

static const char *const words[] = {
	[PLAN_UNCHANGED] = "unchanged", [PLAN_LIVE] = "changed",
	[PLAN_CHANGED] = "changed",	[PLAN_NEW] = "new",
	[PLAN_GONE] = "gone",
};

/* Appends the names of the keys in which two objects differ, nested ones with
 * dots. */
static void add_keys(json_t *keys, const char *prefix, json_t *before,
		     json_t *after)
{
	json_t *all = json_copy(after);
	const char *name;
	json_t *ignored;

	json_object_update_missing(all, before);
	json_object_foreach (all, name, ignored) {
		json_t *one = json_object_get(before, name);
		json_t *other = json_object_get(after, name);
		json_t *path = json_sprintf("%s%s%s", prefix,
					    *prefix ? "." : "", name);

		if (one && other && json_equal(one, other))
			json_decref(path);
		else if (json_is_object(one) && json_is_object(other)) {
			add_keys(keys, json_string_value(path), one, other);
			json_decref(path);
		} else {
			json_array_append_new(keys, path);
		}
	}
	json_decref(all);
}

static json_t *changed_keys(const struct pool_config *before,
			    const struct pool_config *after)
{
	json_t *keys = json_array();
	json_t *one = json_loads(before->text, 0, NULL);
	json_t *other = json_loads(after->text, 0, NULL);

	if (one && other)
		add_keys(keys, "", one, other);
	json_decref(one);
	json_decref(other);
	return keys;
}

/* Whether the key at `path`, or the one that it lies in, needs no new runs. */
static bool is_live(const char *path)
{
	char name[128];

	snprintf(name, sizeof(name), "%s", path);
	for (;;) {
		const struct option *option = option_find(OPTION_OF_POOL, name);
		char *dot = strrchr(name, '.');

		if (option)
			return option->live;
		if (!dot)
			return false;
		*dot = '\0';
	}
}

/* Of the keys those that need new runs, or those that do not. */
static json_t *select_keys(const json_t *keys, bool live)
{
	json_t *selected = json_array();
	const json_t *key;
	size_t i;

	json_array_foreach (keys, i, key)
		if (is_live(json_string_value(key)) == live)
			json_array_append_new(
				selected, json_string(json_string_value(key)));
	return selected;
}

enum plan_change plan_pool(const struct pool_config *before,
			   const struct pool_config *after)
{
	enum plan_change change = PLAN_LIVE;
	const json_t *key;
	json_t *keys;
	size_t i;

	if (!before)
		return PLAN_NEW;
	if (!after)
		return PLAN_GONE;
	if (strcmp(before->text, after->text) == 0)
		return PLAN_UNCHANGED;
	keys = changed_keys(before, after);
	json_array_foreach (keys, i, key)
		if (!is_live(json_string_value(key)))
			change = PLAN_CHANGED;
	json_decref(keys);
	return change;
}

bool plan_changes(const struct pool_config *before,
		  const struct pool_config *after, const char *key)
{
	json_t *one = json_loads(before->text, 0, NULL);
	json_t *other = json_loads(after->text, 0, NULL);
	json_t *value = json_object_get(one, key);
	bool same = value ? json_equal(value, json_object_get(other, key))
			  : !json_object_get(other, key);

	json_decref(one);
	json_decref(other);
	return !same;
}

static json_t *entry(const struct pool_config *before,
		     const struct pool_config *after)
{
	enum plan_change change = plan_pool(before, after);
	json_t *json = json_pack("{s:s, s:s}", "name",
				 after ? after->name : before->name, "change",
				 words[change]);
	json_t *keys;

	if (change != PLAN_CHANGED && change != PLAN_LIVE)
		return json;
	assert(before && after);
	keys = changed_keys(before, after);
	json_object_set_new(json, "keys", select_keys(keys, false));
	json_object_set_new(json, "live", select_keys(keys, true));
	json_decref(keys);
	return json;
}

static const struct pool_config *find_section(
	const struct pool_config *const *sections, size_t count,
	const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(sections[i]->name, name) == 0)
			return sections[i];
	return NULL;
}

char *plan_text(const struct pool_config *const *before, size_t count,
		const struct configuration *after)
{
	json_t *pools = json_array();
	json_t *json = json_pack("{s:o}", "pools", pools);
	char *text;

	for (size_t i = 0; i < after->pool_count; i++)
		json_array_append_new(
			pools,
			entry(find_section(before, count, after->pools[i].name),
			      &after->pools[i]));
	for (size_t i = 0; i < count; i++)
		if (!configuration_find_pool(after, before[i]->name))
			json_array_append_new(pools, entry(before[i], NULL));
	text = json_dumps(json, JSON_COMPACT);
	json_decref(json);
	return text;
}

static bool same_text(const char *one, const char *other)
{
	return one && other ? strcmp(one, other) == 0 : one == other;
}

int plan_check(const struct configuration *before,
	       const struct configuration *after, struct error *error)
{
	const char *key = NULL;

	if (strcmp(before->instance, after->instance) != 0)
		key = "instance";
	else if (!same_text(before->runtime_dir, after->runtime_dir))
		key = "runtime_dir";
	else if (!same_text(before->state_dir, after->state_dir))
		key = "state_dir";
	if (key)
		return error_set(error,
				 "cannot reload %s: `%s` cannot change while "
				 "the instance runs; stop it first",
				 after->file, key);
	return 0;
}
