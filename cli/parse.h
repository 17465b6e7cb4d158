#ifndef CLI_PARSE_H
#define CLI_PARSE_H

#include "base/error.h"
#include "cli/command.h"

#include <stdbool.h>

/* No command has more options. */
enum { PARSE_OPTIONS_MAX = 24 };

/* What was typed, parsed; it points into argv and must not be copied. */
struct arguments {
	struct command_line line;
	const char *values[PARSE_OPTIONS_MAX]; /* line.values points here */
	bool help; /* -h was given: the rest was not checked */
};

/* What comes before the command. */
struct global_arguments {
	const char *instance; /* -i, or NULL */
	bool help;
	bool version;
	int command_at; /* where in argv the command is; argc: nowhere */
};

/* Parses the options before the command. Returns 0, or -1 and what is wrong
 * with them. */
int parse_global(struct global_arguments *global, int argc, char **argv,
		 struct error *error);

/* Parses the options and names of `command`; argv[0] is its name. `instance`
 * is the one given before the command, or NULL. Returns 0, or -1 and what is
 * wrong, as "cannot COMMAND: REASON". */
int parse_command(struct arguments *arguments, const struct command *command,
		  const char *instance, int argc, char **argv,
		  struct error *error);

#endif
