#include "config.h"

#include "cli/help.h"

#include "cli/commands.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

enum { WIDTH = 78, OPTION_INDENT = 26, COMMAND_INDENT = 12 };

const struct command_option help_common_options[] = {
	{'i', "instance", "NAME",
	 "the instance to speak to; else REEVE_INSTANCE, else the only one "
	 "that runs"},
	{'h', "help", NULL, "show this help"},
	{0},
};

/* How many columns `size` bytes of UTF-8 take (no wide characters here). */
static int columns(const char *text, size_t size)
{
	int count = 0;

	for (size_t i = 0; i < size; i++)
		count += ((unsigned char)text[i] & 0xc0) != 0x80;
	return count;
}

/* Prints `text` in lines of WIDTH, the first one going on at column `at`, the
 * others indented; an empty line in it stays. Ends with a newline. */
static void wrap(FILE *out, const char *text, int indent, int at)
{
	bool first = true;

	while (*text) {
		size_t size = strcspn(text, " \n");
		int wide = columns(text, size);

		if (!first && at + 1 + wide > WIDTH) {
			fprintf(out, "\n%*s", indent, "");
			at = indent;
			first = true;
		}
		fprintf(out, "%s%.*s", first ? "" : " ", (int)size, text);
		at += wide + !first;
		first = false;
		text += size;
		if (!strncmp(text, "\n\n", 2)) {
			fprintf(out, "\n\n%*s", indent, "");
			at = indent;
			first = true;
		}
		text += strspn(text, " \n");
	}
	putc('\n', out);
}

/* Prints "  NAME   text", the text from column `indent` on. */
static void entry(FILE *out, const char *name, const char *text, int indent)
{
	int at = columns(name, strlen(name)) + 2;

	if (at + 2 > indent)
		fprintf(out, "  %s\n%*s", name, indent, "");
	else
		fprintf(out, "  %s%*s", name, indent - at, "");
	wrap(out, text, indent, indent);
}

static void print_options(FILE *out, const struct command_option *options)
{
	char name[64];

	for (size_t i = 0; options && options[i].name; i++) {
		const struct command_option *option = &options[i];
		char letter[] = {'-', option->letter, ',', ' ', '\0'};

		snprintf(name, sizeof(name), "%s--%s%s%s",
			 option->letter ? letter : "    ", option->name,
			 option->argument ? " " : "",
			 option->argument ? option->argument : "");
		entry(out, name, option->help, OPTION_INDENT);
	}
}

static void print_examples(FILE *out, const char *examples)
{
	while (*examples) {
		size_t typed = strcspn(examples, "\t");
		size_t told = strcspn(examples + typed, "\n");

		fprintf(out, "  %.*s\n        %.*s\n", (int)typed, examples,
			(int)told - 1, examples + typed + 1);
		examples += typed + told + (examples[typed + told] == '\n');
	}
}

void help_command(FILE *out, const struct command *command)
{
	fprintf(out, "Usage: reeve %s [OPTION…]%s%s\n\n", command->name,
		*command->usage ? " " : "", command->usage);
	wrap(out, command->description, 0, 0);
	fputs("\nOptions:\n", out);
	print_options(out, command->options);
	print_options(out, help_common_options);
	if (!command->examples)
		return;
	fputs("\nExamples:\n", out);
	print_examples(out, command->examples);
}

void help_overview(FILE *out)
{
	fputs("Usage: reeve [-i INSTANCE] COMMAND [OPTION…] [NAME…]\n"
	      "\n"
	      "Launches pools of workers, restarts what crashes, and remembers "
	      "what happened.\n"
	      "\n"
	      "Commands:\n",
	      out);
	for (size_t i = 0; commands[i]; i++)
		entry(out, commands[i]->name, commands[i]->summary,
		      COMMAND_INDENT);
	fputs("\nOptions:\n", out);
	print_options(out, help_common_options);
	entry(out, "-V, --version", "show the version", OPTION_INDENT);
	fputs("\n", out);
	wrap(out,
	     "A NAME is a pool (web), a worker (web/0) or all. `reeve COMMAND "
	     "--help` tells more of a command, `man reeve` of everything.",
	     0, 0);
}

static enum exit_code help(const struct command_line *line)
{
	const struct command *command;
	const char *meant;

	if (command_value(line, "manual")) {
		manual_print(stdout);
		return EXIT_DONE;
	}
	if (!line->name_count) {
		help_overview(stdout);
		return EXIT_DONE;
	}
	command = commands_find(line->names[0]);
	if (command) {
		help_command(stdout, command);
		return EXIT_DONE;
	}
	meant = commands_nearest(line->names[0]);
	return command_misuse(line, "there is no command %s%s%s",
			      line->names[0], meant ? "; did you mean " : "",
			      meant ? meant : "");
}

static const struct command_option options[] = {
	{.name = "manual", .help = "print the manual page reeve(1), as mdoc"},
	{0},
};

const struct command command_help = {
	.name = "help",
	.usage = "[COMMAND]",
	.summary = "tell what a command does",
	.description = "Tells what COMMAND does, as `reeve COMMAND --help` "
		       "does, or lists all commands.",
	.examples = "reeve help restart\ttell about the command restart\n",
	.options = options,
	.min_names = 0,
	.max_names = 1,
	.run = help,
};
