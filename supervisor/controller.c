#include "config.h"

#include "supervisor/controller.h"

#include "supervisor/stray.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *const names[] = {
	[CONTROLLER_MEMORY] = "memory",
	[CONTROLLER_PROCESSES] = "pids",
	[CONTROLLER_CPU] = "cpu",
};

/* Of a CPU quota, microseconds; as the kernel has it by default. */
enum { PERIOD_US = 100000 };

/* How often what is in the way of a controller is moved. */
enum { MOVES_MAX = 3 };

static int write_file(int folder, const char *file, const char *text)
{
	int fd = openat(folder, file, O_WRONLY | O_CLOEXEC);
	ssize_t size;
	int number;

	if (fd < 0)
		return -1;
	size = write(fd, text, strlen(text));
	number = errno;
	close(fd);
	errno = number;
	return size < 0 ? -1 : 0;
}

/* Reads a file of a cgroup as far as it fits; "" when there is none. */
static void read_file(int folder, const char *file, char *text, size_t size)
{
	int fd = openat(folder, file, O_RDONLY | O_CLOEXEC);
	ssize_t length = fd < 0 ? -1 : read(fd, text, size - 1);

	text[length > 0 ? length : 0] = '\0';
	if (fd >= 0)
		close(fd);
}

/* ---- where it is ---- */

/* Whether a file with names between blanks has this one. */
static bool lists(const char *folder, const char *file, const char *name)
{
	char path[CGROUP_PATH_SIZE + 32], text[512];
	char *rest = text;
	const char *word;

	snprintf(path, sizeof(path), "%s/%s", folder, file);
	read_file(AT_FDCWD, path, text, sizeof(text));
	while ((word = strsep(&rest, " \n")) != NULL)
		if (strcmp(word, name) == 0)
			return true;
	return false;
}

static bool is_writable(const char *folder, const char *file)
{
	char path[CGROUP_PATH_SIZE + 32];

	snprintf(path, sizeof(path), "%s/%s", folder, file);
	return faccessat(AT_FDCWD, path, W_OK, AT_EACCESS) == 0;
}

int controller_find(enum controller controller, struct controller_place *place,
		    struct error *error)
{
	const char *name = names[controller];
	struct error reason;

	place->version = 2;
	if (cgroup_find_own(NULL, place->path, &reason) == 0 &&
	    lists(place->path, "cgroup.controllers", name) &&
	    is_writable(place->path, "cgroup.subtree_control"))
		return 0;
	place->version = 1;
	if (cgroup_find_own(name, place->path, &reason) < 0)
		return error_set(error,
				 "reeve's own cgroup has no controller %s to "
				 "give, and there is none of version 1",
				 name);
	if (!is_writable(place->path, "."))
		return error_set(error, "cannot write %s", place->path);
	return 0;
}

/* ---- cgroup2 ---- */

static int give_on(const char *folder, const char *name, char sign)
{
	char path[CGROUP_PATH_SIZE + 32], text[32];

	if (lists(folder, "cgroup.subtree_control", name) == (sign == '+'))
		return 0;
	snprintf(path, sizeof(path), "%s/cgroup.subtree_control", folder);
	snprintf(text, sizeof(text), "%c%s", sign, name);
	return write_file(AT_FDCWD, path, text);
}

/* Moves a process, or, for 0, reeve itself. */
static int move_to(const char *folder, pid_t pid)
{
	char path[CGROUP_PATH_SIZE + 32], text[16];

	snprintf(path, sizeof(path), "%s/cgroup.procs", folder);
	snprintf(text, sizeof(text), "%d", (int)pid);
	return write_file(AT_FDCWD, path, text);
}

/* Moves reeve, with all in there that descend from it: helpers. One that ends
 * meanwhile is none less. */
static int move_family(const char *from, const char *to)
{
	char path[CGROUP_PATH_SIZE + 32];
	FILE *list;
	int pid;

	if (move_to(to, 0) < 0)
		return -1;
	snprintf(path, sizeof(path), "%s/cgroup.procs", from);
	list = fopen(path, "re");
	while (list && fscanf(list, "%d", &pid) == 1)
		if (stray_descends(pid, getpid()))
			move_to(to, pid);
	if (list)
		fclose(list);
	return 0;
}

static void name_self(const struct cgroups *cgroups,
		      char path[CGROUP_PATH_SIZE + 8])
{
	snprintf(path, CGROUP_PATH_SIZE + 8, "%s" CGROUP_LEAF, cgroups->path);
}

/* Hands a controller of reeve's own cgroup on, which may hold no processes for
 * that: they go to `self`. */
static int hand_on(const char *own, const char *self, const char *name)
{
	int status = give_on(own, name, '+');

	if (status == 0 || errno != EBUSY)
		return status;
	if (mkdir(self, 0755) < 0 && errno != EEXIST)
		return -1;
	/* Again for what was forked before its parent was moved. */
	for (int i = 0; i < MOVES_MAX && status < 0; i++) {
		if (move_family(own, self) < 0)
			return -1;
		status = give_on(own, name, '+');
	}
	return status;
}

int controller_enable(enum controller controller,
		      const struct controller_place *place,
		      const struct cgroups *cgroups, struct error *error)
{
	const char *name = names[controller];
	char self[CGROUP_PATH_SIZE + 8];

	name_self(cgroups, self);
	if (hand_on(place->path, self, name) < 0) {
		error_set_errno(error,
				"cannot hand on the controller %s of %s: "
				"only reeve may run in there",
				name, place->path);
		move_family(self, place->path);
		rmdir(self);
		return -1;
	}
	if (give_on(cgroups->path, name, '+') < 0)
		return error_set_errno(error,
				       "cannot hand on the controller %s of %s",
				       name, cgroups->path);
	return 0;
}

void controller_disable(const struct controller_place *place,
			const struct cgroups *cgroups)
{
	char self[CGROUP_PATH_SIZE + 8];

	name_self(cgroups, self);
	/* Who is not in there has changed nothing. */
	if (faccessat(AT_FDCWD, self, F_OK, 0) < 0)
		return;
	for (int i = 0; i < CONTROLLER_COUNT; i++) {
		give_on(cgroups->path, names[i], '-');
		give_on(place->path, names[i], '-');
	}
	move_family(self, place->path);
	rmdir(self);
}

/* ---- limits ---- */

int controller_write(enum controller controller, int version, int folder,
		     int64_t limit)
{
	static const char *const files[][CONTROLLER_COUNT] = {
		[1] = {[CONTROLLER_MEMORY] = "memory.limit_in_bytes",
		       [CONTROLLER_PROCESSES] = "pids.max",
		       [CONTROLLER_CPU] = "cpu.cfs_quota_us"},
		[2] = {[CONTROLLER_MEMORY] = "memory.max",
		       [CONTROLLER_PROCESSES] = "pids.max",
		       [CONTROLLER_CPU] = "cpu.max"},
	};
	const bool cpu = controller == CONTROLLER_CPU;
	char text[64];

	if (cpu)
		limit *= PERIOD_US / 1000;
	if (limit < 0)
		snprintf(text, sizeof(text), "%s",
			 version == 2 || controller == CONTROLLER_PROCESSES
				 ? "max"
				 : "-1");
	else if (cpu && version == 2)
		snprintf(text, sizeof(text), "%" PRId64 " %d", limit,
			 PERIOD_US);
	else
		snprintf(text, sizeof(text), "%" PRId64, limit);
	return write_file(folder, files[version][controller], text);
}

uint64_t controller_read(int folder, const char *file, const char *key)
{
	size_t length = key != NULL ? strlen(key) : 0;
	char text[1024];
	char *rest = text;
	const char *line;

	read_file(folder, file, text, sizeof(text));
	if (key == NULL)
		return strtoull(text, NULL, 10);
	while ((line = strsep(&rest, "\n")) != NULL)
		if (strncmp(line, key, length) == 0 && line[length] == ' ')
			return strtoull(line + length, NULL, 10);
	return 0;
}

void controller_reset_memory(int folder)
{
	write_file(folder, "memory.max_usage_in_bytes", "0");
	write_file(folder, "memory.failcnt", "0");
}

/* ---- the end ---- */

void controllers_remove(const char *instance, const char *runtime)
{
	for (int i = 0; i < CONTROLLER_COUNT; i++) {
		char own[CGROUP_PATH_SIZE], path[CGROUP_PATH_SIZE];
		struct error error;
		int folder;

		if (cgroup_find_own(names[i], own, &error) < 0 ||
		    cgroup_name_instance(own, instance, runtime, path, &error) <
			    0)
			continue;
		folder = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (folder < 0)
			continue;
		cgroup_folder_clear(folder);
		close(folder);
		rmdir(path);
	}
}
