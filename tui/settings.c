#include "config.h"

#include "tui/settings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tui/kept-file.h"

/* Splits "name: value # comment"; false where the line is nothing of that
 * form, or longer than a setting can be. */
static bool parse(const char *line, struct setting *setting)
{
	size_t size = strcspn(line, "\n");
	const char *colon = strstr(line, ": ");
	const char *value = colon + 2;
	const char *end = line + size;
	size_t length = colon && colon < end ? (size_t)(colon - line) : 0;

	if (length == 0 || length >= sizeof(setting->name) ||
	    strcspn(line, " #\"'") < length)
		return false;
	for (const char *at = value; at < end; at++)
		if (at[0] == '#' && at[-1] == ' ')
			end = at;
	while (value < end && strchr(" \t", *value))
		value++;
	while (end > value && strchr(" \t\r", end[-1]))
		end--;
	if (end - value >= 2 && strchr("\"'", *value) && end[-1] == *value) {
		value++;
		end--;
	}
	if (end - value >= SETTINGS_VALUE_SIZE)
		return false;
	*setting = (struct setting){0};
	memcpy(setting->name, line, length);
	memcpy(setting->value, value, (size_t)(end - value));
	return true;
}

/* Whether a line says nothing: it is empty, a comment, or a mark of YAML. */
static bool is_silent(const char *line)
{
	line += strspn(line, " \t\r");
	return *line == '\n' || *line == '\0' || *line == '#' ||
	       strncmp(line, "---", 3) == 0;
}

/* The line behind that one, or NULL. */
static const char *next_line(const char *line)
{
	line += strcspn(line, "\n");
	return line[0] && line[1] ? line + 1 : NULL;
}

/* The place of `name` in the list, or the count. */
static size_t find(const struct settings *settings, const char *name)
{
	size_t place = 0;

	while (place < settings->count &&
	       strcmp(settings->list[place].name, name) != 0)
		place++;
	return place;
}

/* Keeps what a line of the file says; the last one of a name counts. */
static void take(struct settings *settings, const struct setting *setting)
{
	size_t place = find(settings, setting->name);

	if (place == SETTINGS_MAXIMUM)
		return;
	settings->list[place] = *setting;
	settings->count += place == settings->count;
}

int settings_init(struct settings *settings, const char *path,
		  struct error *error)
{
	struct setting setting;
	unsigned number = 0;
	int result = 0;
	char *text;

	*settings = (struct settings){0};
	snprintf(settings->path, sizeof(settings->path), "%s", path);
	if (!*path)
		return 0;
	text = kept_file_read(path, error);
	for (const char *line = text; line && *line; line = next_line(line)) {
		number++;
		if (parse(line, &setting))
			take(settings, &setting);
		else if (!is_silent(line) && result == 0)
			result = error_set(error,
					   "%s:%u: this is not `NAME: VALUE`",
					   path, number);
	}
	free(text);
	return text ? result : -1;
}

const char *settings_get(const struct settings *settings, const char *name)
{
	size_t place = find(settings, name);

	return place < settings->count ? settings->list[place].value : NULL;
}

void settings_set(struct settings *settings, const char *name,
		  const char *value)
{
	const char *former = settings_get(settings, name);
	struct setting setting = {.changed = true};

	if (former && strcmp(former, value) == 0)
		return;
	snprintf(setting.name, sizeof(setting.name), "%s", name);
	snprintf(setting.value, sizeof(setting.value), "%s", value);
	take(settings, &setting);
}

/* Writes a line of the former file, or what has changed in its place. */
static void write_line(struct settings *settings, const char *line,
		       size_t length, FILE *out)
{
	struct setting former;
	size_t place =
		parse(line, &former) ? find(settings, former.name) : SIZE_MAX;
	struct setting *setting =
		place < settings->count ? &settings->list[place] : NULL;

	if (!setting || !setting->changed) {
		fwrite(line, 1, length, out);
	} else {
		fprintf(out, "%s: %s", setting->name, setting->value);
		setting->changed = false;
	}
	fputc('\n', out);
}

/* What the file is to be. */
static char *compose(struct settings *settings, const char *former,
		     size_t *size)
{
	char *text = NULL;
	FILE *out = open_memstream(&text, size);

	if (!out)
		return NULL;
	for (const char *line = former; line && *line; line = next_line(line))
		write_line(settings, line, strcspn(line, "\n"), out);
	for (size_t i = 0; i < settings->count; i++) {
		struct setting *setting = &settings->list[i];

		if (setting->changed)
			fprintf(out, "%s: %s\n", setting->name, setting->value);
		setting->changed = false;
	}
	fclose(out);
	return text;
}

static bool has_changed(const struct settings *settings)
{
	for (size_t i = 0; i < settings->count; i++)
		if (settings->list[i].changed)
			return true;
	return false;
}

int settings_save(struct settings *settings, struct error *error)
{
	char *former;
	char *text;
	size_t size;
	int result;

	if (!settings->path[0] || !has_changed(settings))
		return 0;
	former = kept_file_read(settings->path, error);
	if (!former)
		return -1;
	text = compose(settings, former, &size);
	result = text ? kept_file_write(settings->path, text, size, error)
		      : error_set_errno(error, "cannot write %s",
					settings->path);
	free(text);
	free(former);
	return result;
}
