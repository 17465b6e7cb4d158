#include "config.h"

#include "cli/command.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const char *command_value(const struct command_line *line, const char *name)
{
	const struct command_option *options = line->command->options;

	for (size_t i = 0; options && options[i].name; i++)
		if (!strcmp(options[i].name, name))
			return line->values[i];
	assert(!"the option is in the command's table");
	return NULL;
}

enum exit_code command_fail(enum exit_code code, const struct error *error)
{
	fflush(stdout);
	fprintf(stderr, "reeve: %s\n", error->text);
	return code;
}

enum exit_code command_misuse(const struct command_line *line,
			      const char *format, ...)
{
	const char *name = line->command->name;
	va_list arguments;

	fflush(stdout);
	fprintf(stderr, "reeve: cannot %s: ", name);
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fprintf(stderr, "; see `reeve %s --help`\n", name);
	return EXIT_USAGE;
}
