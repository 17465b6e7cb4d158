/*
 * Fuzzes what the dashboard reads: lines that a program has printed for a
 * terminal, and the file of its settings.
 * Sources: tui/plain.c tui/settings.c
 */
#include "config.h"

#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tui/plain.h"
#include "tui/settings.h"

static void check_plain(const uint8_t *data, size_t size)
{
	struct bytes line = {.data = (const char *)data, .size = size};

	for (size_t room = 1; room < 300; room = room * 3 + 1) {
		char *out = malloc(room);
		size_t used;

		assert(out);
		used = plain_text(line, out, room);
		assert(used < room && strlen(out) == used);
		assert(!strchr(out, '\t') && !strchr(out, '\r'));
		free(out);
	}
}

static void check_settings(const uint8_t *data, size_t size)
{
	struct settings settings;
	char path[64];
	struct error error;
	int fd = memfd_create("settings", MFD_CLOEXEC);

	assert(fd >= 0 && write(fd, data, size) == (ssize_t)size);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	settings_init(&settings, path, &error);
	for (size_t i = 0; i < settings.count; i++)
		assert(settings_get(&settings, settings.list[i].name));
	settings_set(&settings, "theme", "light");
	if (settings.count < SETTINGS_MAXIMUM)
		assert(strcmp(settings_get(&settings, "theme"), "light") == 0);
	close(fd);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	check_plain(data, size);
	check_settings(data, size);
	return 0;
}
