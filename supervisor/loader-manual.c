#include "config.h"

#include "supervisor/loader-manual.h"

#include <stdlib.h>
#include <string.h>

#include "base/duration.h"
#include "base/size.h"
#include "supervisor/options.h"

/* Writes the sentences of a text, each in a line of its own as mdoc(7) wants
 * it. None begins with a dot or holds a backslash, which would be macros. */
static void write_text(const char *text, FILE *file)
{
	for (const char *end; (end = strstr(text, ". ")); text = end + 2)
		fprintf(file, "%.*s.\n", (int)(end - text), text);
	fprintf(file, "%s\n", text);
}

static void write_range(const struct option *option, FILE *file)
{
	char low[SIZE_TEXT_SIZE];
	char high[SIZE_TEXT_SIZE];

	_Static_assert((int)SIZE_TEXT_SIZE == (int)DURATION_TEXT_SIZE,
		       "the texts of a range have one size");
	if (option->type == OPTION_DURATION) {
		duration_format(option->min, low);
		duration_format(option->max, high);
	} else if (option->type == OPTION_SIZE ||
		   option->type == OPTION_BYTES) {
		size_format(option->min, low);
		size_format(option->max, high);
	} else if (option->type == OPTION_INTEGER ||
		   option->type == OPTION_NUMBER ||
		   option->type == OPTION_WORKERS ||
		   option->type == OPTION_FACTOR) {
		snprintf(low, sizeof(low), "%lld", (long long)option->min);
		snprintf(high, sizeof(high), "%lld", (long long)option->max);
	} else {
		return;
	}
	fprintf(file, "From %s to %s%s.\n", low, high,
		option->none ? ", or none" : "");
}

static void write_words(const struct option_word *words, FILE *file)
{
	const char *separator = "One of ";

	for (; words->word; words++) {
		if (words->planned)
			continue;
		fprintf(file, "%s%s", separator, words->word);
		separator = ", ";
	}
	fputs(".\n", file);
}

static void write_option(const struct option *option, FILE *file)
{
	fprintf(file, ".It Cm %s\n", option->path);
	write_text(option->help, file);
	if (option->words && option->words[1].word && !option->words[1].planned)
		write_words(option->words, file);
	write_range(option, file);
	if (option->needed && option->scope != OPTION_OF_FILE)
		fputs("Needed.\n", file);
	else if (option->fallback && *option->fallback)
		fprintf(file, "Default:\n.Ql %s .\n", option->fallback);
}

static void write_keys(enum option_scope scope, FILE *file)
{
	fputs(".Bl -tag -width Ds\n", file);
	for (size_t i = 0; i < option_count; i++) {
		if (options[i].scope == scope &&
		    options[i].status == OPTION_BUILT)
			write_option(&options[i], file);
	}
	fputs(".El\n", file);
}

int manual_write(const char *template, FILE *file)
{
	FILE *prose = fopen(template, "re");
	char *line = NULL;
	size_t size = 0;

	if (!prose) {
		perror(template);
		return -1;
	}
	while (getline(&line, &size, prose) >= 0) {
		if (strcmp(line, "@file-keys@\n") == 0)
			write_keys(OPTION_OF_FILE, file);
		else if (strcmp(line, "@pool-keys@\n") == 0)
			write_keys(OPTION_OF_POOL, file);
		else if (strcmp(line, "@socket-keys@\n") == 0)
			write_keys(OPTION_OF_SOCKET, file);
		else
			fputs(line, file);
	}
	free(line);
	if (fclose(prose) != 0 || fflush(file) != 0 || ferror(file))
		return -1;
	return 0;
}
