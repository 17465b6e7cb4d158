#ifndef CLI_COMMAND_H
#define CLI_COMMAND_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * A subcommand of `reeve` is one file with one `const struct command`; the
 * registry (cli/commands.c) is a list of them. Help, the manual page reeve(1)
 * and the parser read the same entries.
 */

/* Exit codes of every command: the contract with scripts. */
enum exit_code {
	EXIT_DONE = 0,
	EXIT_FAILED = 1,
	EXIT_USAGE = 2,
	EXIT_NOT_ALL_UP = 3,
	EXIT_NO_SUCH_NAME = 4,
	EXIT_NO_INSTANCE = 5,
};

/* One option of a command. */
struct command_option {
	char letter; /* 'f' for -f; 0: only the long form */
	const char *name; /* "follow" for --follow */
	const char *argument; /* what it takes, "LINES"; NULL: a flag */
	const char *help; /* one line, no full stop */
};

/* The options and names that a command was given. */
struct command_line {
	const struct command *command;
	/* for each option of the command, in the order of its table, the
	 * argument ("" for a flag), or NULL when it was not given */
	const char *const *values;
	char **names; /* what is no option; NULL at the end */
	size_t name_count;
	bool after_dashes; /* they stood after "--" */
	const char *instance; /* -i, else REEVE_INSTANCE, else NULL */
};

struct command {
	const char *name;
	const char *usage; /* "[NAME…]", without the options */
	const char *summary; /* one line for the list of commands */
	/* paragraphs for --help and the manual, an empty line between two;
	 * they are wrapped anew */
	const char *description;
	const char *examples; /* lines of "command	what it does" */
	const struct command_option
		*options; /* ended by a NULL name; or NULL */
	size_t min_names;
	size_t max_names; /* SIZE_MAX: any number */
	enum exit_code (*run)(const struct command_line *line);
};

/* The argument of option `name` as given, or NULL. `name` must be in the
 * command's table. */
const char *command_value(const struct command_line *line, const char *name);

/* Prints "reeve: TEXT" of `error` on standard error and returns `code`. */
enum exit_code command_fail(enum exit_code code, const struct error *error);

/* The same for a command used in a wrong way: "reeve: cannot STOP: REASON; see
 * `reeve stop --help`", where REASON is the printf text. Returns EXIT_USAGE. */
enum exit_code command_misuse(const struct command_line *line,
			      const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* All commands, in the order in which help lists them; ended by NULL. */
extern const struct command *const commands[];

#endif
