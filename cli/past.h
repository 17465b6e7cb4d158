#ifndef CLI_PAST_H
#define CLI_PAST_H

#include "cli/command.h"
#include "store/query.h"

/* What the commands about the past have in common. */

/* The option --db FILE: reads that file, whatever runs. */
#define PAST_OPTION_DB                              \
	{                                           \
		.name = "db", .argument = "FILE",   \
		.help = "read this history alone, " \
			"not that of an instance"   \
	}

/*
 * Opens the history that `line` means: the file of --db, else that of the
 * instance. NULL, `*code` to exit with and the reason when there is none.
 */
struct query *past_open(const struct command_line *line, enum exit_code *code,
			struct error *error);

#endif
