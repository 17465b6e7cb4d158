#include "config.h"

#include "cli/client.h"
#include "cli/commands.h"
#include "store/event-line.h"
#include "cli/instance.h"
#include "cli/past.h"
#include "store/event.h"
#include "store/query.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* How many events are shown without -f. */
enum { LAST_COUNT = 20 };

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

static bool show_past(const struct past_event *event, void *context)
{
	const bool *json = context;
	json_t *object = past_event_to_json(event);

	if (*json) {
		json_dumpf(object, stdout, EVENT_JSON_FLAGS);
		putchar('\n');
	} else {
		event_line_print(stdout, object);
	}
	json_decref(object);
	return true;
}

static enum exit_code show_last(const struct command_line *line, bool helpers,
				bool json)
{
	struct event_choice choice = {
		.since_us = INT64_MIN,
		.until_us = INT64_MAX,
		.limit = LAST_COUNT,
		.hidden = helpers,
	};
	enum exit_code code;
	struct error error;
	struct query *query = past_open(line, &code, &error);
	int result;

	if (!query)
		return command_fail(code, &error);
	result = query_events(query, &choice, show_past, &json, &error);
	query_close(query);
	return result < 0 ? command_fail(EXIT_FAILED, &error) : EXIT_DONE;
}

static enum exit_code run(const struct command_line *line)
{
	bool helpers = command_value(line, "helpers") != NULL;
	bool json = command_value(line, "json") != NULL;
	struct found_instance found;
	struct error error;

	if (!command_value(line, "follow"))
		return show_last(line, helpers, json);
	if (instance_find(&found, line, true, &error) < 0)
		return command_fail(EXIT_NO_INSTANCE, &error);
	return follow(&found, helpers, json);
}

static const struct command_option options[] = {
	{.letter = 'f',
	 .name = "follow",
	 .help = "show events as they happen, until the instance ends"},
	{.name = "helpers", .help = "show what reeve's own helpers do, too"},
	{.name = "json", .help = "print one JSON object a line"},
	PAST_OPTION_DB,
	{0},
};

const struct command command_events = {
	.name = "events",
	.usage = "",
	.summary = "show what happens",
	.description =
		"Shows the last 20 events of the history or, with -f, events "
		"as "
		"they happen, one a line: local time, worker, event, and what "
		"happened in plain English. `reeve history` tells more of the "
		"past.\n"
		"\n"
		"Who follows events and reads them too slowly misses some, and "
		"is told how many.",
	.examples = "reeve events\tsee what happened last\n"
		    "reeve events -f\twatch what happens\n"
		    "reeve events -f --json\tthe same for programs\n",
	.options = options,
	.min_names = 0,
	.max_names = 0,
	.run = run,
};
