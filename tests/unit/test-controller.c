#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <sys/stat.h>
#include <unistd.h>

#include "supervisor/controller.h"

/*
 * Controllers in a fake cgroup tree: plain files in a folder, and the rules of
 * the kernel for those that are written (cgroups(7)), by wrapped calls.
 * /proc/self/cgroup and mountinfo are files there too.
 */

static char root[64]; /* the tree; "unified" below is the mount of cgroup2 */
static char own[128]; /* where reeve was started: root/unified/service */
static struct cgroups cgroups;
static bool has_others; /* not only reeve is in its own cgroup */

/* ---- files ---- */

static void put(const char *folder, const char *file, const char *text)
{
	char path[CGROUP_PATH_SIZE + 64];
	FILE *stream;

	snprintf(path, sizeof(path), "%s/%s", folder, file);
	stream = fopen(path, "we");
	assert_non_null(stream);
	fputs(text, stream);
	fclose(stream);
}

static const char *get(const char *folder, const char *file)
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
	put(root, "cgroup", text);
}

/* ---- the kernel ---- */

FILE *__real_fopen(const char *path, const char *mode);
int __real_mkdir(const char *path, mode_t mode);
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
	snprintf(fake, sizeof(fake), "%s/%.32s", root, path + 11);
	return __real_fopen(fake, mode);
}

/* A new cgroup has the controllers that the one above hands on. */
int __wrap_mkdir(const char *path, mode_t mode)
{
	char above[CGROUP_PATH_SIZE];

	if (__real_mkdir(path, mode) < 0)
		return -1;
	snprintf(above, sizeof(above), "%s/..", path);
	put(path, "cgroup.controllers", get(above, "cgroup.subtree_control"));
	put(path, "cgroup.subtree_control", "");
	put(path, "cgroup.procs", "");
	return 0;
}

int __wrap_rmdir(const char *path)
{
	static const char *const files[] = {
		"cgroup.controllers", "cgroup.subtree_control", "cgroup.procs"};
	char file[CGROUP_PATH_SIZE + 64];

	if (*get(path, "cgroup.procs") != '\0') {
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

	if (text[0] == '+' && *get(folder, "cgroup.procs") != '\0') {
		errno = EBUSY;
		return -1;
	}
	if (strstr(get(folder, "cgroup.controllers"), text + 1) == NULL) {
		errno = ENOENT;
		return -1;
	}
	snprintf(list, sizeof(list), "%s",
		 get(folder, "cgroup.subtree_control"));
	while ((word = strsep(&at, " \n")) != NULL)
		if (*word != '\0' && strcmp(word, text + 1) != 0) {
			strcat(rest, word);
			strcat(rest, " ");
		}
	if (text[0] == '+')
		strcat(rest, text + 1);
	put(folder, "cgroup.subtree_control", rest);
	if (strcmp(folder, own) == 0)
		put(cgroups.path, "cgroup.controllers", rest);
	return 0;
}

/* Moves reeve there. */
static int move(const char *folder)
{
	char former[CGROUP_PATH_SIZE + 64];

	if (*get(folder, "cgroup.subtree_control") != '\0') {
		errno = EBUSY;
		return -1;
	}
	snprintf(former, sizeof(former), "%s/unified%s", root,
		 strstr(get(root, "cgroup"), "0::") + 3);
	former[strlen(former) - 1] = '\0';
	put(former, "cgroup.procs", has_others ? "99\n" : "");
	put(folder, "cgroup.procs", "1\n");
	put_own(folder + strlen(root) + strlen("/unified"));
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
	if (file == NULL || strncmp(path, root, strlen(root)) != 0)
		return __real_write(fd, data, size);
	*file++ = '\0';
	if (strcmp(file, "cgroup.subtree_control") == 0)
		status = hand_on(path, text);
	else if (strcmp(file, "cgroup.procs") == 0)
		status = move(path);
	else
		return __real_write(fd, data, size);
	return status < 0 ? -1 : (ssize_t)size;
}

/* ---- the tree ---- */

static int set_up(void **state)
{
	char unified[96], text[256];
	struct error error;

	(void)state;
	has_others = false;
	snprintf(root, sizeof(root), "/tmp/test-controller-XXXXXX");
	if (mkdtemp(root) == NULL)
		return -1;
	snprintf(unified, sizeof(unified), "%s/unified", root);
	snprintf(own, sizeof(own), "%s/service", unified);
	__real_mkdir(unified, 0755);
	put(unified, "cgroup.subtree_control", "memory pids cpu");
	mkdir(own, 0755);
	put(own, "cgroup.procs", "1\n");
	put_own("/service");
	snprintf(text, sizeof(text),
		 "30 20 0:26 / %s rw - cgroup2 cgroup2 rw\n", unified);
	put(root, "mountinfo", text);
	return cgroups_open(&cgroups, "test", "/run/test", &error);
}

static int remove_one(const char *path, const struct stat *status, int type,
		      struct FTW *ftw)
{
	(void)status;
	(void)type;
	(void)ftw;
	return remove(path);
}

static int tear_down(void **state)
{
	(void)state;
	close(cgroups.folder);
	return nftw(root, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

/* ---- where controllers are ---- */

static void controller_is_found_where_it_is_delegated(void **state)
{
	struct controller_place place;
	struct error error;

	(void)state;
	assert_int_equal(controller_find(CONTROLLER_MEMORY, &place, &error), 0);
	assert_int_equal(place.version, 2);
	assert_string_equal(place.path, own);
}

static void missing_controller_is_told(void **state)
{
	struct controller_place place;
	struct error error;

	(void)state;
	put(own, "cgroup.controllers", "pids");
	assert_int_equal(controller_find(CONTROLLER_MEMORY, &place, &error),
			 -1);
	assert_non_null(strstr(error.text, "no controller memory to give"));
	assert_int_equal(controller_find(CONTROLLER_PROCESSES, &place, &error),
			 0);
}

static void controller_that_is_not_delegated_is_told(void **state)
{
	struct controller_place place;
	struct error error;
	char path[192];

	(void)state;
	snprintf(path, sizeof(path), "%s/cgroup.subtree_control", own);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(controller_find(CONTROLLER_MEMORY, &place, &error),
			 -1);
	assert_non_null(strstr(error.text, "no controller memory to give"));
}

static void version_1_is_taken_where_2_has_none(void **state)
{
	struct controller_place place;
	struct error error;
	char first[96], text[512];

	(void)state;
	put(own, "cgroup.controllers", "memory");
	snprintf(first, sizeof(first), "%s/pids", root);
	assert_int_equal(__real_mkdir(first, 0755), 0);
	snprintf(text, sizeof(text),
		 "30 20 0:26 / %s/unified rw - cgroup2 cgroup2 rw\n"
		 "31 20 0:27 / %s rw - cgroup cgroup rw,pids\n",
		 root, first);
	put(root, "mountinfo", text);
	assert_int_equal(controller_find(CONTROLLER_PROCESSES, &place, &error),
			 0);
	assert_int_equal(place.version, 1);
	assert_string_equal(place.path, first);
}

/* ---- handing on ---- */

static void enable(enum controller controller)
{
	struct controller_place place;
	struct error error;

	if (controller_find(controller, &place, &error) < 0 ||
	    controller_enable(controller, &place, &cgroups, &error) < 0)
		fail_msg("%s", error.text);
	assert_string_equal(place.path, own);
}

/* Only leaves hold processes, so reeve moves into one; all the same it still
 * finds the other controllers, and goes back in the end. */
static void reeve_moves_into_a_leaf_and_back(void **state)
{
	char self[CGROUP_PATH_SIZE + 8];
	struct controller_place place;
	struct error error;

	(void)state;
	snprintf(self, sizeof(self), "%s.self", cgroups.path);
	enable(CONTROLLER_MEMORY);
	assert_string_equal(get(self, "cgroup.procs"), "1\n");
	assert_string_equal(get(own, "cgroup.procs"), "");
	enable(CONTROLLER_PROCESSES);
	enable(CONTROLLER_CPU);
	assert_string_equal(get(own, "cgroup.subtree_control"),
			    "memory pids cpu");
	assert_string_equal(get(cgroups.path, "cgroup.subtree_control"),
			    "memory pids cpu");
	assert_int_equal(controller_find(CONTROLLER_MEMORY, &place, &error), 0);
	controller_disable(&place, &cgroups);
	assert_string_equal(get(own, "cgroup.procs"), "1\n");
	assert_string_equal(get(own, "cgroup.subtree_control"), "");
	assert_int_equal(access(self, F_OK), -1);
}

static void strangers_in_the_way_are_told(void **state)
{
	struct controller_place place;
	struct error error;

	(void)state;
	has_others = true;
	assert_int_equal(controller_find(CONTROLLER_MEMORY, &place, &error), 0);
	assert_int_equal(
		controller_enable(CONTROLLER_MEMORY, &place, &cgroups, &error),
		-1);
	assert_non_null(strstr(error.text, "only reeve may run in there"));
	assert_string_equal(get(own, "cgroup.procs"), "1\n");
}

/* ---- limits ---- */

static void limits_are_written_and_taken_back(void **state)
{
	int folder = open(own, O_PATH | O_DIRECTORY | O_CLOEXEC);

	(void)state;
	put(own, "memory.max", "");
	put(own, "pids.max", "");
	put(own, "cpu.max", "");
	assert_int_equal(controller_write(CONTROLLER_MEMORY, 2, folder,
					  INT64_C(32) << 20),
			 0);
	assert_int_equal(controller_write(CONTROLLER_PROCESSES, 2, folder, 20),
			 0);
	assert_int_equal(controller_write(CONTROLLER_CPU, 2, folder, 1500), 0);
	assert_string_equal(get(own, "memory.max"), "33554432");
	assert_string_equal(get(own, "pids.max"), "20");
	assert_string_equal(get(own, "cpu.max"), "150000 100000");
	for (int i = 0; i < CONTROLLER_COUNT; i++) {
		static const char *const files[] = {"memory.max", "pids.max",
						    "cpu.max"};

		put(own, files[i], "");
		assert_int_equal(
			controller_write((enum controller)i, 2, folder, -1), 0);
		assert_string_equal(get(own, files[i]), "max");
	}
	close(folder);
	assert_int_equal(controller_write(CONTROLLER_MEMORY, 2, folder, 1), -1);
}

static void counts_are_read_by_name(void **state)
{
	int folder = open(own, O_PATH | O_DIRECTORY | O_CLOEXEC);

	(void)state;
	put(own, "memory.events",
	    "low 0\nhigh 0\nmax 812\noom 3\noom_kill 2\noom_group_kill 0\n");
	put(own, "memory.peak", "33554432\n");
	assert_true(controller_read(folder, "memory.events", "max") == 812);
	assert_true(controller_read(folder, "memory.events", "oom") == 3);
	assert_true(controller_read(folder, "memory.events", "oom_kill") == 2);
	assert_true(controller_read(folder, "memory.events", "oo") == 0);
	assert_true(controller_read(folder, "memory.peak", NULL) == 33554432);
	assert_true(controller_read(folder, "no.such.file", NULL) == 0);
	close(folder);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(controller_is_found_where_it_is_delegated),
		TEST(missing_controller_is_told),
		TEST(controller_that_is_not_delegated_is_told),
		TEST(version_1_is_taken_where_2_has_none),
		TEST(reeve_moves_into_a_leaf_and_back),
		TEST(strangers_in_the_way_are_told),
		TEST(limits_are_written_and_taken_back),
		TEST(counts_are_read_by_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
