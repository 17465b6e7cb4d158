#include "config.h"

#include "cli/action.h"
#include "cli/client.h"
#include "cli/commands.h"
#include "cli/instance.h"

#include <stdio.h>
#include <string.h>

/* The loader's messages are many lines and speak for themselves. */
static enum exit_code refuse(const struct found_instance *found, int status,
			     const json_t *answer)
{
	const char *message = client_error_message(answer);
	struct error error;

	if (!strncmp(message, "cannot ", 7))
		return action_answer("reload", found->name, status, answer);
	fflush(stdout);
	fprintf(stderr, "%s%s", message,
		*message && message[strlen(message) - 1] == '\n' ? "" : "\n");
	error_set(&error,
		  "cannot reload %s: the config has mistakes; nothing was "
		  "changed",
		  found->name);
	return command_fail(EXIT_FAILED, &error);
}

/* Asks for a reload or its plan. `*answer` is set on EXIT_DONE; the caller
 * releases it. */
static enum exit_code ask(const struct found_instance *found,
			  const char *target, struct progress *progress,
			  json_t **answer)
{
	struct error error;
	struct client *client = client_send(found, "POST", target, &error);
	enum exit_code code = EXIT_DONE;
	int status;

	*answer = NULL;
	if (!client)
		return command_fail(EXIT_FAILED, &error);
	status =
		client_receive(client, progress_tick, progress, answer, &error);
	client_free(client);
	progress_wipe(progress);
	if (status < 0)
		return command_fail(EXIT_FAILED, &error);
	if (status >= 300) {
		code = refuse(found, status, *answer);
		json_decref(*answer);
		*answer = NULL;
	}
	return code;
}

static const char *text_of(const json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));

	return text ? text : "";
}

static int widest_name(const json_t *pools)
{
	size_t index, widest = strlen("POOL");
	const json_t *pool;

	json_array_foreach (pools, index, pool) {
		size_t length = strlen(text_of(pool, "name"));

		widest = length > widest ? length : widest;
	}
	return (int)widest;
}

/* Prints the keys of one kind behind `before`; returns what stands before the
 * next kind. */
static const char *print_keys(const char *before, const char *title,
			      const json_t *keys)
{
	const json_t *key;
	size_t number;

	if (json_array_size(keys) == 0)
		return before;
	printf("%s%s", before, title);
	json_array_foreach (keys, number, key)
		printf("%s%s", number ? ", " : "", json_string_value(key));
	return "; ";
}

static void print_plan(const json_t *answer)
{
	const json_t *pools =
		json_object_get(json_object_get(answer, "plan"), "pools");
	int width = widest_name(pools);
	const json_t *pool;
	size_t index;

	printf("%-*s  %-9s  KEYS\n", width, "POOL", "CHANGE");
	json_array_foreach (pools, index, pool) {
		const char *before;

		printf("%-*s  %s", width, text_of(pool, "name"),
		       text_of(pool, "change"));
		before = print_keys(
			"    ", "by new runs: ", json_object_get(pool, "keys"));

		print_keys(before, "live: ", json_object_get(pool, "live"));
		putchar('\n');
	}
	fflush(stdout);
}

static void print_json(const json_t *answer)
{
	json_dumpf(json_object_get(answer, "plan"), stdout, JSON_INDENT(1));
	putchar('\n');
}

static enum exit_code reload(const struct found_instance *found, bool dry_run,
			     bool json)
{
	struct progress progress;
	json_t *answer;
	enum exit_code code;

	progress_begin(&progress, found, "reloading", NULL, 0, action_is_up);
	code = ask(found, "/v1/reload?wait=1&dry_run=1", &progress, &answer);
	if (code == EXIT_DONE) {
		if (json)
			print_json(answer);
		else
			print_plan(answer);
		json_decref(answer);
	}
	if (code == EXIT_DONE && !dry_run) {
		code = ask(found, "/v1/reload?wait=1", &progress, &answer);
		json_decref(answer);
		if (code == EXIT_DONE && !json)
			printf("reloaded %s\n", found->name);
	}
	progress_end(&progress);
	return code;
}

static enum exit_code run(const struct command_line *line)
{
	struct found_instance found;
	struct error error;

	if (instance_find(&found, line, true, &error) < 0)
		return command_fail(EXIT_NO_INSTANCE, &error);
	return reload(&found, command_value(line, "dry-run") != NULL,
		      command_value(line, "json") != NULL);
}

static const struct command_option options[] = {
	{.letter = 'n',
	 .name = "dry-run",
	 .help = "show the plan and change nothing"},
	{.name = "json", .help = "show the plan as JSON"},
	{0},
};

const struct command command_reload = {
	.name = "reload",
	.usage = "",
	.summary = "read the config again and apply what changed",
	.description =
		"Reads the config file of the running instance again, shows "
		"what "
		"is going to change, applies it, and waits until that is done. "
		"Pools that are unchanged are left alone; new ones are "
		"started, "
		"those that are gone are stopped. For those that changed the "
		"plan names the keys: some are put in force live, the others "
		"by new runs, which the workers get one after the other (see "
		"`rolling` in reeve.yaml(5)). The first new run that ends "
		"before it is ready stops that, with exit code 1.\n"
		"\n"
		"When the config has mistakes they are all told, nothing is "
		"changed, and the exit code is 1.",
	.examples = "reeve reload --dry-run\tsee what a reload would do\n"
		    "reeve reload\tdo it\n",
	.options = options,
	.min_names = 0,
	.max_names = 0,
	.run = run,
};
