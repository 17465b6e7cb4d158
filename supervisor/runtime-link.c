#include "config.h"

#include "supervisor/runtime-link.h"

#include "supervisor/publish.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_SIZE = 600 };

/* The place where commands look. Returns false where there is none. */
static bool find_place(const struct instance *instance, char path[PATH_SIZE])
{
	char parent[512];
	struct error ignored;

	if (folders_runtime_parent(parent, sizeof(parent), &ignored) < 0)
		return false;
	snprintf(path, PATH_SIZE, "%s/%s", parent, instance->name);
	return true;
}

static bool are_same(const char *one, const char *other)
{
	struct stat first, second;

	return stat(one, &first) == 0 && stat(other, &second) == 0 &&
	       first.st_dev == second.st_dev && first.st_ino == second.st_ino;
}

void runtime_link_clear(const struct instance *instance)
{
	char place[PATH_SIZE];
	struct stat status;

	if (find_place(instance, place) &&
	    !strcmp(place, instance->folders.runtime) &&
	    lstat(place, &status) == 0 && S_ISLNK(status.st_mode) &&
	    folders_lock_holder(place) == 0)
		unlink(place);
}

/* Returns 0; or -1 and the errno, and what was there stays. */
static int put_link(const char *runtime, const char *place)
{
	char parent[PATH_SIZE], made[PATH_SIZE + 32];
	int error_number;

	snprintf(parent, sizeof(parent), "%s", place);
	*strrchr(parent, '/') = '\0';
	if (mkdir(parent, 0755) < 0 && errno != EEXIST)
		return -1;
	snprintf(made, sizeof(made), "%s/.%d", parent, (int)getpid());
	unlink(made);
	if (symlink(runtime, made) < 0)
		return -1;
	if (rename(made, place) == 0)
		return 0;
	error_number = errno;
	unlink(made);
	errno = error_number;
	return -1;
}

void runtime_link_make(struct instance *instance)
{
	const char *runtime = instance->folders.runtime;
	char place[PATH_SIZE], why[64];
	pid_t other;

	if (!instance->configuration->runtime_dir ||
	    !find_place(instance, place) || are_same(runtime, place))
		return;
	other = folders_lock_holder(place);
	if (other == 0 && put_link(runtime, place) == 0)
		return;
	if (other != 0)
		snprintf(why, sizeof(why), "pid %d runs there", (int)other);
	else
		snprintf(why, sizeof(why), "%s", strerror(errno));
	publish_warning(instance,
			"cannot link %s to the runtime folder: %s; commands "
			"need REEVE_RUNTIME_DIR=%s",
			place, why, runtime);
}
