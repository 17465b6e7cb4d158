#include "config.h"

#include "supervisor/cgroup.h"

#include "base/words.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* "POOL.INDEX" */
enum { CGROUP_NAME_SIZE = WORKER_NAME_SIZE };

static void format_name(char name[CGROUP_NAME_SIZE], const char *pool,
			uint64_t index)
{
	snprintf(name, CGROUP_NAME_SIZE, "%s.%" PRIu64, pool, index);
}

/* ---- where reeve's own cgroup is ---- */

/* Whether a list between commas has this word. */
static bool has_word(const char *list, const char *word)
{
	size_t length = strlen(word);

	for (;;) {
		size_t size = strcspn(list, ",\n");

		if (size == length && strncmp(list, word, length) == 0)
			return true;
		if (list[size] != ',')
			return false;
		list += size + 1;
	}
}

/* The path of this process in a hierarchy, "ID:CONTROLLERS:PATH" in
 * /proc/self/cgroup; of cgroup2 that is "0::PATH". */
static int read_own_path(const char *controller, char path[CGROUP_PATH_SIZE])
{
	FILE *file = fopen("/proc/self/cgroup", "re");
	char line[CGROUP_PATH_SIZE];
	int status = -1;

	if (file == NULL)
		return -1;
	while (status < 0 && fgets(line, sizeof(line), file) != NULL) {
		size_t length = strcspn(line, "\n");
		char *list = strchr(line, ':');
		char *own = list != NULL ? strchr(list + 1, ':') : NULL;

		if (own == NULL || own[1] != '/' || line[length] == '\0')
			continue;
		line[length] = *own++ = '\0';
		if (controller == NULL ? strcmp(line, "0:") != 0
				       : !has_word(list + 1, controller))
			continue;
		memmove(path, own, strlen(own) + 1);
		status = 0;
	}
	fclose(file);
	return status;
}

/* Whether the part of a line in mountinfo behind " - " is that hierarchy:
 * "TYPE SOURCE OPTIONS". */
static bool is_hierarchy(const char *type, const char *controller)
{
	const char *options = strrchr(type, ' ');

	if (controller == NULL)
		return strncmp(type, "cgroup2 ", 8) == 0;
	return strncmp(type, "cgroup ", 7) == 0 &&
	       has_word(options + 1, controller);
}

/*
 * Where a hierarchy is mounted and which cgroup is the root of that mount, from
 * /proc/self/mountinfo (proc(5)). Of several mounts the last counts: it may
 * cover the others.
 */
static int read_mount(const char *controller, char mount[CGROUP_PATH_SIZE],
		      char root[CGROUP_PATH_SIZE])
{
	FILE *file = fopen("/proc/self/mountinfo", "re");
	char *line = NULL;
	size_t size = 0;
	int status = -1;

	if (file == NULL)
		return -1;
	while (getline(&line, &size, file) > 0) {
		char found_root[CGROUP_PATH_SIZE], found[CGROUP_PATH_SIZE];
		const char *type = strstr(line, " - ");

		if (type == NULL || !is_hierarchy(type + 3, controller) ||
		    sscanf(line, "%*s %*s %*s %511s %511s", found_root,
			   found) != 2)
			continue;
		memcpy(root, found_root, sizeof(found_root));
		memcpy(mount, found, sizeof(found));
		status = 0;
	}
	free(line);
	fclose(file);
	return status;
}

/* A reeve that has moved into a leaf, so that its own cgroup can hand on
 * controllers (see controller.h), still counts as being in that one. */
static void leave_leaf(char path[CGROUP_PATH_SIZE])
{
	static const char first[] = "/reeve.", last[] = CGROUP_LEAF;
	char *name = strrchr(path, '/');
	size_t length = strlen(path);

	if (strncmp(name, first, sizeof(first) - 1) == 0 &&
	    length > sizeof(last) &&
	    strcmp(path + length - (sizeof(last) - 1), last) == 0)
		name[name == path] = '\0';
}

int cgroup_find_own(const char *controller, char folder[CGROUP_PATH_SIZE],
		    struct error *error)
{
	char own[CGROUP_PATH_SIZE], mount[CGROUP_PATH_SIZE];
	char root[CGROUP_PATH_SIZE];
	size_t root_length;
	int length;

	if (read_own_path(controller, own) < 0 ||
	    read_mount(controller, mount, root) < 0)
		return error_set(error, "%s is not mounted here",
				 controller != NULL ? controller : "cgroup2");
	if (controller == NULL)
		leave_leaf(own);
	root_length = strcmp(root, "/") == 0 ? 0 : strlen(root);
	if (strncmp(own, root, root_length) != 0 || strstr(own, "/..") != NULL)
		return error_set(error, "reeve's own cgroup is not below %s",
				 mount);
	length = snprintf(folder, CGROUP_PATH_SIZE, "%s%s", mount,
			  strcmp(own, "/") == 0 ? "" : own + root_length);
	if (length >= CGROUP_PATH_SIZE)
		return error_set(error, "the path of its cgroup is too long");
	return 0;
}

/* Starting a process in a cgroup takes the right to write the cgroup.procs of
 * the nearest cgroup above both, which is reeve's own. */
static int check_writable(const char *folder, struct error *error)
{
	char path[CGROUP_PATH_SIZE + 16];

	snprintf(path, sizeof(path), "%s/cgroup.procs", folder);
	if (faccessat(AT_FDCWD, path, W_OK, AT_EACCESS) < 0)
		return error_set_errno(error, "cannot write %s", path);
	return 0;
}

/* FNV-1a, 32 bits. */
static uint32_t mark_of(const char *runtime)
{
	uint32_t mark = 2166136261;

	while (*runtime != '\0')
		mark = (mark ^ (unsigned char)*runtime++) * 16777619;
	return mark;
}

int cgroup_name_instance(const char *own, const char *instance,
			 const char *runtime, char path[CGROUP_PATH_SIZE],
			 struct error *error)
{
	int length = snprintf(path, CGROUP_PATH_SIZE, "%s/reeve.%s.%08" PRIx32,
			      own, instance, mark_of(runtime));

	if (length >= CGROUP_PATH_SIZE - CGROUP_NAME_SIZE)
		return error_set(error, "the path of its cgroup is too long");
	return 0;
}

static int open_folder(struct cgroups *cgroups, struct error *error)
{
	if (mkdir(cgroups->path, 0755) < 0 && errno != EEXIST)
		return error_set_errno(error, "cannot make %s", cgroups->path);
	cgroups->folder = open(cgroups->path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (cgroups->folder < 0)
		return error_set_errno(error, "cannot open %s", cgroups->path);
	return 0;
}

int cgroups_open(struct cgroups *cgroups, const char *instance,
		 const char *runtime, struct error *error)
{
	const char *wish = getenv("REEVE_CGROUP");
	char own[CGROUP_PATH_SIZE];

	cgroups->path[0] = '\0';
	if (wish != NULL && strcmp(wish, "off") == 0)
		return error_set(error, "REEVE_CGROUP=off");
	if (cgroup_find_own(NULL, own, error) < 0 ||
	    check_writable(own, error) < 0)
		return -1;
	if (cgroup_name_instance(own, instance, runtime, cgroups->path,
				 error) == 0 &&
	    open_folder(cgroups, error) == 0)
		return 0;
	cgroups->path[0] = '\0';
	return -1;
}

void cgroups_close(struct cgroups *cgroups)
{
	cgroup_folder_clear(cgroups->folder);
	close(cgroups->folder);
	rmdir(cgroups->path);
}

static int open_events(int folder, const char *name)
{
	char path[CGROUP_NAME_SIZE + 16];

	snprintf(path, sizeof(path), "%s/cgroup.events", name);
	return openat(folder, path, O_RDONLY | O_CLOEXEC);
}

/* ---- workers ---- */

int cgroup_open(const struct cgroups *cgroups, const char *pool, uint64_t index,
		struct error *error)
{
	const int flags = O_PATH | O_DIRECTORY | O_CLOEXEC;
	char name[CGROUP_NAME_SIZE];
	int fd;

	format_name(name, pool, index);
	fd = openat(cgroups->folder, name, flags);
	if (fd < 0 && errno == ENOENT &&
	    (mkdirat(cgroups->folder, name, 0755) == 0 || errno == EEXIST))
		fd = openat(cgroups->folder, name, flags);
	if (fd < 0)
		return error_set_errno(error, "cannot make cgroup %s/%s",
				       cgroups->path, name);
	return fd;
}

void cgroup_make_ahead(const char *path, const char *pool, uint64_t count)
{
	int folder = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	char name[CGROUP_NAME_SIZE];

	if (folder < 0)
		return;
	while (count-- > 0) {
		format_name(name, pool, count);
		if (mkdirat(folder, name, 0755) < 0)
			break;
	}
	close(folder);
}

int cgroup_open_events(const struct cgroups *cgroups, const char *pool,
		       uint64_t index)
{
	char name[CGROUP_NAME_SIZE];

	format_name(name, pool, index);
	return open_events(cgroups->folder, name);
}

bool cgroup_is_populated(const struct cgroups *cgroups, const char *pool,
			 uint64_t index)
{
	char name[CGROUP_NAME_SIZE];

	format_name(name, pool, index);
	return cgroup_folder_is_populated(cgroups->folder, name);
}

int cgroup_holds(const struct cgroups *cgroups, const char *pool,
		 uint64_t index, pid_t pid)
{
	char path[32], text[4096], name[CGROUP_NAME_SIZE];
	char below[CGROUP_PATH_SIZE + CGROUP_NAME_SIZE];
	const char *found;
	ssize_t length;
	size_t size;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/cgroup", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	length = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	if (fd >= 0)
		close(fd);
	if (length <= 0)
		return -1;
	text[length] = '\0';
	/* Its name has the mark of the runtime folder: there is one such. */
	format_name(name, pool, index);
	size = (size_t)snprintf(below, sizeof(below), "%s/%s",
				strrchr(cgroups->path, '/'), name);
	found = strstr(text, "0::/");
	found = found ? strstr(found, below) : NULL;
	return found && strchr("/ \n", found[size]) != NULL;
}

void cgroup_remove(const struct cgroups *cgroups, const char *pool,
		   uint64_t index)
{
	char name[CGROUP_NAME_SIZE];

	format_name(name, pool, index);
	unlinkat(cgroups->folder, name, AT_REMOVEDIR);
}

void cgroup_path(const struct cgroups *cgroups, const char *pool,
		 uint64_t index, char path[CGROUP_PATH_SIZE])
{
	char name[CGROUP_NAME_SIZE];

	format_name(name, pool, index);
	snprintf(path, CGROUP_PATH_SIZE, "%.*s/%s",
		 CGROUP_PATH_SIZE - CGROUP_NAME_SIZE - 1, cgroups->path, name);
}

/* ---- any cgroup ---- */

int cgroup_events_populated(int events)
{
	char text[128];
	ssize_t length = pread(events, text, sizeof(text) - 1, 0);

	if (length < 0)
		return -1;
	text[length] = '\0';
	return strstr(text, "populated 1") != NULL;
}

bool cgroup_folder_is_populated(int folder, const char *name)
{
	int events = open_events(folder, name);
	int populated;

	if (events < 0)
		return false;
	populated = cgroup_events_populated(events);
	close(events);
	return populated > 0;
}

void cgroup_folder_clear(int folder)
{
	int copy = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *stream = copy < 0 ? NULL : fdopendir(copy);
	const struct dirent *entry;

	if (stream == NULL) {
		if (copy >= 0)
			close(copy);
		return;
	}
	while ((entry = readdir(stream)) != NULL) {
		int below;

		if (entry->d_type != DT_DIR || entry->d_name[0] == '.')
			continue;
		below = openat(copy, entry->d_name,
			       O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (below < 0)
			continue;
		cgroup_folder_clear(below);
		close(below);
		unlinkat(copy, entry->d_name, AT_REMOVEDIR);
	}
	closedir(stream);
}
