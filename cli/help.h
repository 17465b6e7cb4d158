#ifndef CLI_HELP_H
#define CLI_HELP_H

#include "cli/command.h"

#include <stdio.h>

/* Prints what `reeve --help` shows: all commands, a line each. */
void help_overview(FILE *out);

/* Prints what `reeve COMMAND --help` shows. */
void help_command(FILE *out, const struct command *command);

/* Prints the manual page reeve(1), in mdoc(7). */
void manual_print(FILE *out);

/* What every command takes besides the options of its table. */
extern const struct command_option help_common_options[];

#endif
