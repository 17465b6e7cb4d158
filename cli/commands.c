#include "config.h"

#include "cli/commands.h"

#include "base/nearest.h"

#include <string.h>

/* In the order in which help lists them. */
const struct command *const commands[] = {
	&command_run,
	&command_check,
	&command_status,
	&command_top,
	&command_start,
	&command_stop,
	&command_restart,
	&command_signal,
	&command_scale,
	&command_reload,
	&command_logs,
	&command_events,
	&command_history,
	&command_why,
	&command_crashes,
	&command_stats,
	&command_sql,
	&command_help,
	NULL,
};

const struct command *commands_find(const char *name)
{
	for (size_t i = 0; commands[i]; i++)
		if (!strcmp(commands[i]->name, name))
			return commands[i];
	return NULL;
}

const char *commands_nearest(const char *word)
{
	struct nearest nearest = {.word = word};

	for (size_t i = 0; commands[i]; i++)
		nearest_offer(&nearest, commands[i]->name);
	return nearest.found;
}
