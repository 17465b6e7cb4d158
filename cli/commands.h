#ifndef CLI_COMMANDS_H
#define CLI_COMMANDS_H

#include "cli/command.h"

/*
 * The registry of all subcommands. To add one: write its file with its `const
 * struct command`, declare it here, and put it into the list in commands.c and
 * its file into local.mk.
 */
extern const struct command command_check;
extern const struct command command_crashes;
extern const struct command command_events;
extern const struct command command_help;
extern const struct command command_history;
extern const struct command command_logs;
extern const struct command command_reload;
extern const struct command command_restart;
extern const struct command command_run;
extern const struct command command_scale;
extern const struct command command_signal;
extern const struct command command_sql;
extern const struct command command_start;
extern const struct command command_stats;
extern const struct command command_status;
extern const struct command command_stop;
extern const struct command command_top;
extern const struct command command_why;

/* The command called `name`, or NULL. */
const struct command *commands_find(const char *name);

/* The name of the command that somebody meant who typed `word`, or NULL. */
const char *commands_nearest(const char *word);

#endif
