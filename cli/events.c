#include "config.h"

#include "cli/client.h"
#include "cli/commands.h"
#include "cli/event-line.h"
#include "cli/instance.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void show(const char *text, bool json)
{
	json_t *event;

	if (json) {
		puts(text);
	} else {
		event = json_loads(text, 0, NULL);
		if (event)
			event_line_print(stdout, event);
		json_decref(event);
	}
	fflush(stdout);
}

static enum exit_code follow(const struct found_instance *found, bool helpers,
			     bool json)
{
	struct error error;
	struct client *client = client_send(
		found, "GET", helpers ? "/v1/events?helpers=1" : "/v1/events",
		&error);
	char *text;
	int result;

	if (!client)
		return command_fail(EXIT_FAILED, &error);
	while ((result = client_next_line(client, &text, &error)) > 0) {
		show(text, json);
		free(text);
	}
	client_free(client);
	return result < 0 ? command_fail(EXIT_FAILED, &error) : EXIT_DONE;
}

static enum exit_code run(const struct command_line *line)
{
	struct found_instance found;
	struct error error;

	if (!command_value(line, "follow"))
		return command_misuse(line, "only -f is there by now");
	if (instance_find(&found, line, true, &error) < 0)
		return command_fail(EXIT_NO_INSTANCE, &error);
	return follow(&found, command_value(line, "helpers") != NULL,
		      command_value(line, "json") != NULL);
}

static const struct command_option options[] = {
	{.letter = 'f',
	 .name = "follow",
	 .help = "show events as they happen, until the instance ends"},
	{.name = "helpers", .help = "show what reeve's own helpers do, too"},
	{.name = "json", .help = "print one JSON object a line"},
	{0},
};

const struct command command_events = {
	.name = "events",
	.usage = "",
	.summary = "show what happens",
	.description =
		"Shows events as they happen, one a line: local time, worker, "
		"event, and what happened in plain English. `reeve history` "
		"tells what happened before.\n"
		"\n"
		"Who reads too slowly misses events, and is told how many.",
	.examples = "reeve events -f\twatch what happens\n"
		    "reeve events -f --json\tthe same for programs\n",
	.options = options,
	.min_names = 0,
	.max_names = 0,
	.run = run,
};
