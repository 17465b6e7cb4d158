#include "config.h"

#include "tui/settings.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Splits "name: value # comment"; false where the line is nothing of that
 * form. */
static bool parse(const char *line, struct setting *setting)
{
	const char *colon = strstr(line, ": ");
	size_t length = colon ? (size_t)(colon - line) : 0;
	const char *value = colon ? colon + 2 : "";
	size_t end;

	if (length == 0 || length >= sizeof(setting->name) ||
	    strcspn(line, " #\"'") < length)
		return false;
	snprintf(setting->name, sizeof(setting->name), "%.*s", (int)length,
		 line);
	value += strspn(value, " \t");
	end = strcspn(value, "\n");
	for (size_t i = 1; i < end; i++)
		if (value[i] == '#' && value[i - 1] == ' ')
			end = i;
	while (end > 0 && strchr(" \t\r", value[end - 1]))
		end--;
	if (end >= 2 && strchr("\"'", value[0]) && value[end - 1] == value[0]) {
		value++;
		end -= 2;
	}
	snprintf(setting->value, sizeof(setting->value), "%.*s", (int)end,
		 value);
	return true;
}

void settings_init(struct settings *settings, const char *path)
{
	FILE *file = *path ? fopen(path, "re") : NULL;
	char line[sizeof(struct setting) + 8];

	*settings = (struct settings){0};
	snprintf(settings->path, sizeof(settings->path), "%s", path);
	while (file && settings->count < SETTINGS_MAXIMUM &&
	       fgets(line, sizeof(line), file))
		settings->count +=
			parse(line, &settings->list[settings->count]);
	if (file)
		fclose(file);
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

const char *settings_get(const struct settings *settings, const char *name)
{
	size_t place = find(settings, name);

	return place < settings->count ? settings->list[place].value : NULL;
}

void settings_set(struct settings *settings, const char *name,
		  const char *value)
{
	size_t place = find(settings, name);
	struct setting *setting = &settings->list[place];

	if (place == SETTINGS_MAXIMUM)
		return;
	if (place < settings->count && strcmp(setting->value, value) == 0)
		return;
	if (place == settings->count) {
		settings->count++;
		snprintf(setting->name, sizeof(setting->name), "%s", name);
	}
	snprintf(setting->value, sizeof(setting->value), "%s", value);
	settings->changed = true;
}

/* Makes the folders that `path` lies in. */
static void make_folders(const char *path)
{
	char folder[600];

	for (const char *slash = strchr(path + 1, '/'); slash;
	     slash = strchr(slash + 1, '/')) {
		snprintf(folder, sizeof(folder), "%.*s", (int)(slash - path),
			 path);
		mkdir(folder, 0700);
	}
}

/* Copies the lines of the former file that are no settings: comments. */
static void copy_others(const char *path, FILE *out)
{
	FILE *file = fopen(path, "re");
	struct setting ignored;
	char *line = NULL;
	size_t size = 0;

	while (file && getline(&line, &size, file) > 0)
		if (!parse(line, &ignored))
			fputs(line, out);
	free(line);
	if (file)
		fclose(file);
}

void settings_save(struct settings *settings)
{
	char beside[sizeof(settings->path) + 8];
	FILE *out;

	if (!settings->changed || !settings->path[0])
		return;
	make_folders(settings->path);
	snprintf(beside, sizeof(beside), "%s.new", settings->path);
	out = fopen(beside, "we");
	if (!out)
		return;
	copy_others(settings->path, out);
	for (size_t i = 0; i < settings->count; i++)
		fprintf(out, "%s: %s\n", settings->list[i].name,
			settings->list[i].value);
	if (fclose(out) == 0 && rename(beside, settings->path) == 0)
		settings->changed = false;
	else
		unlink(beside);
}
