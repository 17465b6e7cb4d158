#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fake-cgroups.h"

char fake_root[64];
char fake_own[128];
struct cgroups fake_cgroups;

/* ---- files ---- */

void fake_put(const char *folder, const char *file, const char *text)
{
	char path[CGROUP_PATH_SIZE + 64];
	FILE *stream;

	snprintf(path, sizeof(path), "%s/%s", folder, file);
	stream = fopen(path, "we");
	assert_non_null(stream);
	fputs(text, stream);
	fclose(stream);
}

const char *fake_get(const char *folder, const char *file)
{
	static char text[512];
	char path[CGROUP_PATH_SIZE + 64];
	int fd;
	ssize_t length;

	snprintf(path, sizeof(path), "%s/%s", folder, file);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	length = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	text[length > 0 ? length : 0] = '\0';
	if (fd >= 0)
		close(fd);
	return text;
}

static void put_own(const char *cgroup)
{
	char text[256];

	snprintf(text, sizeof(text), "4:pids:/\n0::%s\n", cgroup);
	fake_put(fake_root, "cgroup", text);
}

/* ---- the kernel ---- */

FILE *__real_fopen(const char *path, const char *mode);
int __real_rmdir(const char *path);
ssize_t __real_write(int fd, const void *data, size_t size);

FILE *__wrap_fopen(const char *path, const char *mode);
int __wrap_mkdir(const char *path, mode_t mode);
int __wrap_rmdir(const char *path);
ssize_t __wrap_write(int fd, const void *data, size_t size);

FILE *__wrap_fopen(const char *path, const char *mode)
{
	char fake[128];

	if (strncmp(path, "/proc/self/", 11) != 0)
		return __real_fopen(path, mode);
	snprintf(fake, sizeof(fake), "%s/%.32s", fake_root, path + 11);
	return __real_fopen(fake, mode);
}

/* A new cgroup has the controllers that the one above hands on. */
int __wrap_mkdir(const char *path, mode_t mode)
{
	char above[CGROUP_PATH_SIZE];

	if (__real_mkdir(path, mode) < 0)
		return -1;
	snprintf(above, sizeof(above), "%s/..", path);
	fake_put(path, "cgroup.controllers",
		 fake_get(above, "cgroup.subtree_control"));
	fake_put(path, "cgroup.subtree_control", "");
	fake_put(path, "cgroup.procs", "");
	return 0;
}

int __wrap_rmdir(const char *path)
{
	static const char *const files[] = {
		"cgroup.controllers", "cgroup.subtree_control", "cgroup.procs"};
	char file[CGROUP_PATH_SIZE + 64];

	if (*fake_get(path, "cgroup.procs") != '\0') {
		errno = EBUSY;
		return -1;
	}
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		snprintf(file, sizeof(file), "%s/%s", path, files[i]);
		unlink(file);
	}
	return __real_rmdir(path);
}

/* "+NAME" or "-NAME". One that is handed on must be there, and a cgroup with
 * processes hands nothing on. */
static int hand_on(const char *folder, const char *text)
{
	char list[512], rest[512] = "";
	char *word, *at = list;
	size_t length = 0;

	if (text[0] == '+' && *fake_get(folder, "cgroup.procs") != '\0') {
		errno = EBUSY;
		return -1;
	}
	if (strstr(fake_get(folder, "cgroup.controllers"), text + 1) == NULL) {
		errno = ENOENT;
		return -1;
	}
	snprintf(list, sizeof(list), "%s",
		 fake_get(folder, "cgroup.subtree_control"));
	while ((word = strsep(&at, " \n")) != NULL)
		if (*word != '\0' && strcmp(word, text + 1) != 0) {
			length += (size_t)snprintf(rest + length,
						   sizeof(rest) - length, "%s ",
						   word);
			assert(length < sizeof(rest));
		}
	if (text[0] == '+')
		snprintf(rest + length, sizeof(rest) - length, "%s", text + 1);
	fake_put(folder, "cgroup.subtree_control", rest);
	if (strcmp(folder, fake_own) == 0)
		fake_put(fake_cgroups.path, "cgroup.controllers", rest);
	return 0;
}

/* Takes the line of a process out of the list of a cgroup. */
static void leave(const char *folder, const char *pid)
{
	char list[512], rest[512] = "";
	char *word, *at = list;
	size_t length = 0;

	snprintf(list, sizeof(list), "%s", fake_get(folder, "cgroup.procs"));
	while ((word = strsep(&at, "\n")) != NULL)
		if (*word != '\0' && strcmp(word, pid) != 0) {
			length += (size_t)snprintf(rest + length,
						   sizeof(rest) - length,
						   "%s\n", word);
			assert(length < sizeof(rest));
		}
	fake_put(folder, "cgroup.procs", rest);
}

/* Moves a process there from wherever it is; "0" is reeve, in the lists "1". */
static int move(const char *folder, const char *text)
{
	const char *pid = strcmp(text, "0") == 0 ? "1" : text;
	char self[CGROUP_PATH_SIZE + 8], list[512];

	if (*fake_get(folder, "cgroup.subtree_control") != '\0') {
		errno = EBUSY;
		return -1;
	}
	snprintf(self, sizeof(self), "%s" CGROUP_LEAF, fake_cgroups.path);
	leave(fake_own, pid);
	if (access(self, F_OK) == 0)
		leave(self, pid);
	snprintf(list, sizeof(list), "%.400s%s\n",
		 fake_get(folder, "cgroup.procs"), pid);
	fake_put(folder, "cgroup.procs", list);
	if (pid != text)
		put_own(folder + strlen(fake_root) + strlen("/unified"));
	return 0;
}

ssize_t __wrap_write(int fd, const void *data, size_t size)
{
	char link[32], path[CGROUP_PATH_SIZE + 64], text[64];
	ssize_t length;
	char *file;
	int status;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	length = readlink(link, path, sizeof(path) - 1);
	path[length > 0 ? length : 0] = '\0';
	file = strrchr(path, '/');
	snprintf(text, sizeof(text), "%.*s", (int)size, (const char *)data);
	if (file == NULL || strncmp(path, fake_root, strlen(fake_root)) != 0)
		return __real_write(fd, data, size);
	*file++ = '\0';
	if (strcmp(file, "cgroup.subtree_control") == 0)
		status = hand_on(path, text);
	else if (strcmp(file, "cgroup.procs") == 0)
		status = move(path, text);
	else
		return __real_write(fd, data, size);
	return status < 0 ? -1 : (ssize_t)size;
}

/* ---- the tree ---- */

int fake_set_up(void **state)
{
	char unified[96], text[256];
	struct error error;

	(void)state;
	snprintf(fake_root, sizeof(fake_root), "/tmp/test-controller-XXXXXX");
	if (mkdtemp(fake_root) == NULL)
		return -1;
	snprintf(unified, sizeof(unified), "%s/unified", fake_root);
	snprintf(fake_own, sizeof(fake_own), "%s/service", unified);
	__real_mkdir(unified, 0755);
	fake_put(unified, "cgroup.subtree_control", "memory pids cpu");
	mkdir(fake_own, 0755);
	fake_put(fake_own, "cgroup.procs", "1\n");
	put_own("/service");
	snprintf(text, sizeof(text),
		 "30 20 0:26 / %s rw - cgroup2 cgroup2 rw\n", unified);
	fake_put(fake_root, "mountinfo", text);
	return cgroups_open(&fake_cgroups, "test", "/run/test", &error);
}

static int remove_one(const char *path, const struct stat *status, int type,
		      struct FTW *ftw)
{
	(void)status;
	(void)type;
	(void)ftw;
	return remove(path);
}

int fake_tear_down(void **state)
{
	(void)state;
	close(fake_cgroups.folder);
	return nftw(fake_root, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}
