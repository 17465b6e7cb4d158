#include "config.h"

#include "cli/history-output.h"

#include "base/clock.h"
#include "cli/terminal.h"
#include "store/event-line.h"

#include <stdlib.h>

/* The CSV has members of the object, but for the last one, which is what the
 * table says. */
static const struct table_column columns[] = {
	{.title = "TIME"},
	{.title = "WORKER"},
	{.title = "EVENT"},
	{.name = "at"},
	{.name = "event"},
	{.name = "pool"},
	{.name = "worker"},
	{.name = "run"},
	{.name = "pid"},
	{.name = "state"},
	{.name = "cause"},
	{.name = "exit_code"},
	{.name = "exit_signal"},
	{.name = "core"},
	{.name = "uptime_s"},
	{.name = "delay_s"},
	{.name = "cpu_user_s"},
	{.name = "cpu_system_s"},
	{.name = "max_rss_bytes"},
	{.name = "what", .title = "WHAT HAPPENED", .cut = true},
};
enum { COLUMN_COUNT = sizeof(columns) / sizeof(columns[0]) };

struct table *history_output_new(enum table_form form)
{
	return table_new(columns, COLUMN_COUNT, form, stdout,
			 terminal_columns(stdout));
}

static const char *text_of(const json_t *event, const char *name)
{
	const char *text = json_string_value(json_object_get(event, name));

	return text ? text : "";
}

static void add_cells(struct table *table, int64_t at_us, const json_t *event,
		      const char *what)
{
	const char *worker = text_of(event, "worker");
	char time[CLOCK_TEXT_SIZE];

	clock_format_local(at_us, time);
	table_cell(table, "%s", time);
	table_cell(table, "%s", *worker ? worker : text_of(event, "pool"));
	table_cell(table, "%s", text_of(event, "event"));
	table_cell(table, "%s", what);
}

void history_output_add(struct table *table, enum table_form form,
			const struct past_event *event)
{
	json_t *object = past_event_to_json(event);
	char *what = form == TABLE_JSON ? NULL : event_line_words(object);

	if (form == TABLE_SCREEN)
		add_cells(table, event->at_us, object, what ? what : "");
	else if (form == TABLE_CSV)
		json_object_set_new(object, "what",
				    json_string(what ? what : ""));
	table_add(table, object);
	free(what);
}
