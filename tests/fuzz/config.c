/*
 * Fuzzes the loader: a config gives mistakes, or JSON that the supervisor
 * decodes.
 *
 * Sources: supervisor/loader-*.c supervisor/value*.c supervisor/options.c
 * Sources: supervisor/configuration.c supervisor/address.c
 * Sources: supervisor/capability.c supervisor/placement.c
 * Sources: supervisor/controller.c supervisor/cgroup*.c
 * Sources: supervisor/stray.c supervisor/connections.c
 */
#include "config.h"

#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "supervisor/loader.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
const char *__lsan_default_suppressions(void);

/* libfyaml itself forgets a buffer on some inputs that are no YAML. */
const char *__lsan_default_suppressions(void)
{
	return "leak:libfyaml";
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const int fd = memfd_create("config", MFD_CLOEXEC);
	struct loader loader;
	struct error error;
	char path[32];
	json_t *json;

	assert(fd >= 0 && write(fd, data, size) == (ssize_t)size);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	loader_init(&loader);
	json = loader_load(&loader, path, &error);
	if (json) {
		struct configuration *configuration =
			configuration_decode(json, &error);

		assert(configuration);
		configuration_free(configuration);
	} else {
		FILE *file = fopen("/dev/null", "w");

		assert(loader.mistakes.count > 0);
		mistakes_print(&loader.mistakes, file);
		fclose(file);
	}
	json_decref(json);
	loader_release(&loader);
	close(fd);
	return 0;
}
