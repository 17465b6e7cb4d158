#include "config.h"

#include "cli/commands.h"
#include "cli/help.h"
#include "cli/parse.h"

#include <stdio.h>
#include <stdlib.h>

static enum exit_code misuse(const char *reason, const char *hint)
{
	fprintf(stderr, "reeve: %s; see `reeve %s--help`\n", reason, hint);
	return EXIT_USAGE;
}

static enum exit_code unknown_command(const char *word)
{
	const char *meant = commands_nearest(word);
	struct error error;

	if (meant)
		error_set(&error,
			  "cannot %s: there is no such command; did "
			  "you mean `reeve %s`?",
			  word, meant);
	else
		error_set(&error,
			  "cannot %s: there is no such command; see "
			  "`reeve --help`",
			  word);
	return command_fail(EXIT_USAGE, &error);
}

/* argv[0] is the command's name. */
static enum exit_code run_command(const struct command *command,
				  const char *instance, int argc, char **argv)
{
	struct arguments arguments;
	struct error error;
	char hint[64];

	if (!instance)
		instance = getenv("REEVE_INSTANCE");
	if (instance && !*instance)
		instance = NULL;
	if (parse_command(&arguments, command, instance, argc, argv, &error) <
	    0) {
		snprintf(hint, sizeof(hint), "%s ", command->name);
		return misuse(error.text, hint);
	}
	if (arguments.help) {
		help_command(stdout, command);
		return EXIT_DONE;
	}
	return command->run(&arguments.line);
}

static enum exit_code run(int argc, char **argv)
{
	struct global_arguments global;
	const struct command *command;
	struct error error;
	int at;

	if (parse_global(&global, argc, argv, &error) < 0)
		return misuse(error.text, "");
	if (global.version) {
		printf("reeve %s\n", PACKAGE_VERSION);
		return EXIT_DONE;
	}
	at = global.command_at;
	if (global.help || at == argc) {
		help_overview(global.help ? stdout : stderr);
		return global.help ? EXIT_DONE : EXIT_USAGE;
	}
	command = commands_find(argv[at]);
	if (!command)
		return unknown_command(argv[at]);
	return run_command(command, global.instance, argc - at, argv + at);
}

int main(int argc, char **argv)
{
	enum exit_code code = run(argc, argv);

	if (fflush(stdout) == EOF && code == EXIT_DONE) {
		perror("reeve: cannot write to standard output");
		code = EXIT_FAILED;
	}
	return (int)code;
}
