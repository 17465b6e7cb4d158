#include "config.h"

#include "cli/instance.h"

#include "live/table.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* How messages begin here. */
#define CANNOT_FIND "cannot find a running instance: "

/* Instances of which there is more than one to choose from. */
struct candidates {
	char names[256]; /* "shop, mill" */
	char first[NAME_SIZE];
	size_t count;
};

/* Takes name and state folder from the live table, where there is one.
 * Returns false where it is the table of another instance. */
static bool read_live(struct found_instance *found)
{
	const struct live_instance *instance;
	struct live_table *table;
	struct error ignored;
	char path[600];
	bool same;

	instance_path(found, "live", path);
	table = live_table_open(path, &ignored);
	if (!table)
		return true;
	instance = live_table_instance(table);
	same = !found->name[0] || !strcmp(found->name, instance->name);
	if (same) {
		memcpy(found->name, instance->name, sizeof(found->name));
		memcpy(found->folders.state, instance->state_dir,
		       sizeof(found->folders.state));
	}
	live_table_close(table);
	return same;
}

static void add_candidate(struct candidates *candidates, const char *name)
{
	size_t used = strlen(candidates->names);

	snprintf(candidates->names + used, sizeof(candidates->names) - used,
		 "%s%s", used ? ", " : "", name);
	if (!candidates->count++)
		snprintf(candidates->first, sizeof(candidates->first), "%.63s",
			 name);
}

/* Collects the instances below `parent`: those that run, or all. */
static void list_instances(const char *parent, bool running,
			   struct candidates *candidates)
{
	const struct dirent *entry;
	char path[600];
	DIR *folder = opendir(parent);

	*candidates = (struct candidates){0};
	if (!folder)
		return;
	while ((entry = readdir(folder))) {
		if (!name_is_valid(entry->d_name))
			continue;
		snprintf(path, sizeof(path), "%s/%s", parent, entry->d_name);
		if (!running || folders_lock_holder(path))
			add_candidate(candidates, entry->d_name);
	}
	closedir(folder);
}

/* The only instance of this user, into `name`. */
static int choose_only(char name[NAME_SIZE], bool must_run, struct error *error)
{
	struct candidates candidates;
	char parent[512];

	if (folders_runtime_parent(parent, sizeof(parent), error) < 0)
		return -1;
	list_instances(parent, true, &candidates);
	if (!candidates.count && !must_run)
		list_instances(parent, false, &candidates);
	if (!candidates.count && !must_run &&
	    folders_state_parent(parent, sizeof(parent), error) == 0)
		list_instances(parent, false, &candidates);
	if (!candidates.count)
		return error_set(error, CANNOT_FIND "there is none in %s",
				 parent);
	if (candidates.count > 1)
		return error_set(error,
				 CANNOT_FIND "there are several (%s); "
					     "choose one with -i NAME",
				 candidates.names);
	snprintf(name, NAME_SIZE, "%s", candidates.first);
	return 0;
}

/* REEVE_RUNTIME_DIR, unless it is that of the worker in which we run while
 * another instance is meant. */
static const char *given_runtime(const char *name)
{
	const char *runtime = getenv("REEVE_RUNTIME_DIR");
	const char *own = getenv("REEVE_INSTANCE");

	if (!runtime || !*runtime)
		return NULL;
	if (name && getenv("REEVE_RUN") && own && strcmp(name, own) != 0)
		return NULL;
	return runtime;
}

static const char *last_part(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static int check_found(struct found_instance *found, bool must_run,
		       struct error *error)
{
	found->pid = folders_lock_holder(found->folders.runtime);
	found->running = found->pid != 0;
	if (!read_live(found))
		return error_set(error,
				 CANNOT_FIND "REEVE_RUNTIME_DIR is not that of "
					     "%s",
				 found->name);
	if (!found->name[0])
		snprintf(found->name, sizeof(found->name), "%.63s",
			 last_part(found->folders.runtime));
	if (must_run && !found->running)
		return error_set(error, CANNOT_FIND "%s does not run (%s)",
				 found->name, found->folders.runtime);
	return 0;
}

int instance_find(struct found_instance *found, const struct command_line *line,
		  bool must_run, struct error *error)
{
	const char *runtime = given_runtime(line->instance);
	const char *state = getenv("REEVE_STATE_DIR");

	*found = (struct found_instance){0};
	if (line->instance) {
		if (!name_is_valid(line->instance))
			return error_set(error,
					 CANNOT_FIND "\"%s\" is no name of an "
						     "instance",
					 line->instance);
		snprintf(found->name, sizeof(found->name), "%s",
			 line->instance);
	} else if (!runtime && choose_only(found->name, must_run, error) < 0) {
		return -1;
	}
	if (folders_find(&found->folders,
			 found->name[0] ? found->name : last_part(runtime),
			 runtime, state, error) < 0)
		return -1;
	return check_found(found, must_run, error);
}

void instance_path(const struct found_instance *found, const char *name,
		   char path[600])
{
	snprintf(path, 600, "%s/%s", found->folders.runtime, name);
}
