#include "config.h"

#include "base/programs.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool try_folder(char path[PROGRAM_PATH_SIZE], const char *folder,
		       const char *name)
{
	int length = snprintf(path, PROGRAM_PATH_SIZE, "%s/%s", folder, name);

	return length > 0 && length < PROGRAM_PATH_SIZE &&
	       access(path, X_OK) == 0;
}

static bool own_folder(char folder[PROGRAM_PATH_SIZE])
{
	ssize_t length =
		readlink("/proc/self/exe", folder, PROGRAM_PATH_SIZE - 1);
	char *slash;

	if (length <= 0)
		return false;
	folder[length] = '\0';
	slash = strrchr(folder, '/');
	if (!slash)
		return false;
	*slash = '\0';
	return true;
}

int programs_find(char path[PROGRAM_PATH_SIZE], const char *name,
		  struct error *error)
{
	const char *given = getenv("REEVE_LIBEXEC_DIR");
	char folder[PROGRAM_PATH_SIZE];

	if (given && *given) {
		if (try_folder(path, given, name))
			return 0;
		return error_set_errno(error, "cannot run %s/%s", given, name);
	}
	if (own_folder(folder) && try_folder(path, folder, name))
		return 0;
	if (try_folder(path, REEVE_LIBEXEC_DIR, name))
		return 0;
	return error_set_errno(error, "cannot run %s/%s", REEVE_LIBEXEC_DIR,
			       name);
}
