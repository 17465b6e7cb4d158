#include "config.h"

#include "cli/parse.h"

#include <assert.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

/* getopt_long() returns OPTION_BASE + i for option number i of the table. */
enum { OPTION_BASE = 256 };

/* The tables of getopt_long(), made from those of a command. */
struct getopt_tables {
	char letters[2 * PARSE_OPTIONS_MAX + 8];
	struct option names[PARSE_OPTIONS_MAX + 3];
};

static void build_tables(struct getopt_tables *tables,
			 const struct command_option *options)
{
	char *letter = tables->letters;
	size_t i;

	memset(tables, 0, sizeof(*tables));
	letter = stpcpy(letter, ":hi:");
	for (i = 0; options && options[i].name; i++) {
		assert(i < PARSE_OPTIONS_MAX);
		tables->names[i] = (struct option){
			.name = options[i].name,
			.has_arg = options[i].argument ? required_argument
						       : no_argument,
			.val = OPTION_BASE + (int)i,
		};
		if (!options[i].letter)
			continue;
		*letter++ = options[i].letter;
		if (options[i].argument)
			*letter++ = ':';
	}
	tables->names[i++] = (struct option){"help", no_argument, NULL, 'h'};
	tables->names[i] =
		(struct option){"instance", required_argument, NULL, 'i'};
}

/* The number of the option that getopt_long() found, by letter or name. */
static size_t option_number(const struct command_option *options, int found)
{
	size_t i;

	if (found >= OPTION_BASE)
		return (size_t)(found - OPTION_BASE);
	for (i = 0; options[i].letter != found; i++)
		assert(options[i].name);
	return i;
}

/* What getopt_long() stumbled over, in the words of who typed it. */
static int refuse_option(const char *verb, int found, char **argv,
			 struct error *error)
{
	const char *word = argv[optind - 1];
	const char *reason = found == ':' ? "needs a value" : "is no option";
	char letter[3] = {'-', (char)optopt, '\0'};

	if (strncmp(word, "--", 2) != 0 && optopt && optopt < OPTION_BASE)
		word = letter;
	return error_set(error, "cannot %s: %s %s", verb, word, reason);
}

static int check_names(const struct arguments *arguments, struct error *error)
{
	const struct command *command = arguments->line.command;
	size_t count = arguments->line.name_count;

	if (count < command->min_names)
		return error_set(error,
				 "cannot %s: something is missing in "
				 "`reeve %s %s`",
				 command->name, command->name, command->usage);
	if (count > command->max_names)
		return error_set(error, "cannot %s: \"%s\" is too much",
				 command->name,
				 arguments->line.names[command->max_names]);
	return 0;
}

int parse_command(struct arguments *arguments, const struct command *command,
		  const char *instance, int argc, char **argv,
		  struct error *error)
{
	struct getopt_tables tables;
	int found;

	build_tables(&tables, command->options);
	memset(arguments, 0, sizeof(*arguments));
	opterr = 0;
	optind = 0; /* glibc: forget the former argv */
	while ((found = getopt_long(argc, argv, tables.letters, tables.names,
				    NULL)) != -1) {
		if (found == ':' || found == '?')
			return refuse_option(command->name, found, argv, error);
		if (found == 'h')
			arguments->help = true;
		else if (found == 'i')
			instance = optarg;
		else
			arguments->values[option_number(command->options,
							found)] =
				optarg ? optarg : "";
	}
	arguments->line = (struct command_line){
		.command = command,
		.values = arguments->values,
		.names = argv + optind,
		.name_count = (size_t)(argc - optind),
		.after_dashes = strcmp(argv[optind - 1], "--") == 0,
		.instance = instance,
	};
	return arguments->help ? 0 : check_names(arguments, error);
}

int parse_global(struct global_arguments *global, int argc, char **argv,
		 struct error *error)
{
	static const struct option names[] = {
		{"help", no_argument, NULL, 'h'},
		{"instance", required_argument, NULL, 'i'},
		{"version", no_argument, NULL, 'V'},
		{0},
	};
	int found;

	memset(global, 0, sizeof(*global));
	opterr = 0;
	while ((found = getopt_long(argc, argv, "+:hi:V", names, NULL)) != -1) {
		if (found == 'h')
			global->help = true;
		else if (found == 'i')
			global->instance = optarg;
		else if (found == 'V')
			global->version = true;
		else
			return refuse_option("run a command", found, argv,
					     error);
	}
	global->command_at = optind;
	return 0;
}
