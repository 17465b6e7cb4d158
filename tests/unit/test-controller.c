#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fake-cgroups.h"
#include "supervisor/controller.h"

/* Controllers in a fake cgroup tree. */

/* ---- where controllers are ---- */

static void controller_is_found_where_it_is_delegated(void **state)
{
	struct controller_place place;
	struct error error;

	(void)state;
	assert_int_equal(controller_find(CONTROLLER_MEMORY, &place, &error), 0);
	assert_int_equal(place.version, 2);
	assert_string_equal(place.path, fake_own);
}

static void missing_controller_is_told(void **state)
{
	struct controller_place place;
	struct error error;

	(void)state;
	fake_put(fake_own, "cgroup.controllers", "pids");
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
	snprintf(path, sizeof(path), "%s/cgroup.subtree_control", fake_own);
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
	fake_put(fake_own, "cgroup.controllers", "memory");
	snprintf(first, sizeof(first), "%s/pids", fake_root);
	assert_int_equal(__real_mkdir(first, 0755), 0);
	snprintf(text, sizeof(text),
		 "30 20 0:26 / %s/unified rw - cgroup2 cgroup2 rw\n"
		 "31 20 0:27 / %s rw - cgroup cgroup rw,pids\n",
		 fake_root, first);
	fake_put(fake_root, "mountinfo", text);
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
	    controller_enable(controller, &place, &fake_cgroups, &error) < 0)
		fail_msg("%s", error.text);
	assert_string_equal(place.path, fake_own);
}

/* Only leaves hold processes, so reeve moves into one; all the same it still
 * finds the other controllers, and goes back in the end. */
static void reeve_moves_into_a_leaf_and_back(void **state)
{
	char self[CGROUP_PATH_SIZE + 8];
	struct controller_place place;
	struct error error;

	(void)state;
	snprintf(self, sizeof(self), "%s.self", fake_cgroups.path);
	enable(CONTROLLER_MEMORY);
	assert_string_equal(fake_get(self, "cgroup.procs"), "1\n");
	assert_string_equal(fake_get(fake_own, "cgroup.procs"), "");
	enable(CONTROLLER_PROCESSES);
	enable(CONTROLLER_CPU);
	assert_string_equal(fake_get(fake_own, "cgroup.subtree_control"),
			    "memory pids cpu");
	assert_string_equal(
		fake_get(fake_cgroups.path, "cgroup.subtree_control"),
		"memory pids cpu");
	assert_int_equal(controller_find(CONTROLLER_MEMORY, &place, &error), 0);
	controller_disable(&place, &fake_cgroups);
	assert_string_equal(fake_get(fake_own, "cgroup.procs"), "1\n");
	assert_string_equal(fake_get(fake_own, "cgroup.subtree_control"), "");
	assert_int_equal(access(self, F_OK), -1);
}

static void strangers_in_the_way_are_told(void **state)
{
	struct controller_place place;
	struct error error;

	(void)state;
	fake_put(fake_own, "cgroup.procs", "1\n99\n");
	assert_int_equal(controller_find(CONTROLLER_MEMORY, &place, &error), 0);
	assert_int_equal(controller_enable(CONTROLLER_MEMORY, &place,
					   &fake_cgroups, &error),
			 -1);
	assert_non_null(strstr(error.text, "only reeve may run in there"));
	assert_string_equal(fake_get(fake_own, "cgroup.procs"), "99\n1\n");
}

/* A child, which ends by itself where the test fails. */
static pid_t start_helper(void)
{
	pid_t pid = fork();

	if (pid == 0) {
		alarm(60);
		pause();
		_exit(0);
	}
	assert_true(pid > 0);
	return pid;
}

static void end_helper(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

/* With a controller that is needed only later: helpers run already. */
static void helpers_move_along(void **state)
{
	char self[CGROUP_PATH_SIZE + 8], list[64];
	struct controller_place place;
	struct error error;
	pid_t helper = start_helper();

	(void)state;
	snprintf(self, sizeof(self), "%s.self", fake_cgroups.path);
	snprintf(list, sizeof(list), "1\n%d\n", (int)helper);
	fake_put(fake_own, "cgroup.procs", list);
	enable(CONTROLLER_MEMORY);
	assert_string_equal(fake_get(self, "cgroup.procs"), list);
	assert_string_equal(fake_get(fake_own, "cgroup.procs"), "");
	assert_int_equal(controller_find(CONTROLLER_MEMORY, &place, &error), 0);
	controller_disable(&place, &fake_cgroups);
	assert_string_equal(fake_get(fake_own, "cgroup.procs"), list);
	assert_int_equal(access(self, F_OK), -1);
	end_helper(helper);
}

/* Then all stay where they were. */
static void helpers_beside_strangers_stay(void **state)
{
	char list[64], back[64];
	struct controller_place place;
	struct error error;
	pid_t helper = start_helper();

	(void)state;
	snprintf(list, sizeof(list), "1\n99\n%d\n", (int)helper);
	snprintf(back, sizeof(back), "99\n1\n%d\n", (int)helper);
	fake_put(fake_own, "cgroup.procs", list);
	assert_int_equal(controller_find(CONTROLLER_MEMORY, &place, &error), 0);
	assert_int_equal(controller_enable(CONTROLLER_MEMORY, &place,
					   &fake_cgroups, &error),
			 -1);
	assert_string_equal(fake_get(fake_own, "cgroup.procs"), back);
	end_helper(helper);
}

/* ---- limits ---- */

static void limits_are_written_and_taken_back(void **state)
{
	int folder = open(fake_own, O_PATH | O_DIRECTORY | O_CLOEXEC);

	(void)state;
	fake_put(fake_own, "memory.max", "");
	fake_put(fake_own, "pids.max", "");
	fake_put(fake_own, "cpu.max", "");
	assert_int_equal(controller_write(CONTROLLER_MEMORY, 2, folder,
					  INT64_C(32) << 20),
			 0);
	assert_int_equal(controller_write(CONTROLLER_PROCESSES, 2, folder, 20),
			 0);
	assert_int_equal(controller_write(CONTROLLER_CPU, 2, folder, 1500), 0);
	assert_string_equal(fake_get(fake_own, "memory.max"), "33554432");
	assert_string_equal(fake_get(fake_own, "pids.max"), "20");
	assert_string_equal(fake_get(fake_own, "cpu.max"), "150000 100000");
	for (int i = 0; i < CONTROLLER_COUNT; i++) {
		static const char *const files[] = {"memory.max", "pids.max",
						    "cpu.max"};

		fake_put(fake_own, files[i], "");
		assert_int_equal(
			controller_write((enum controller)i, 2, folder, -1), 0);
		assert_string_equal(fake_get(fake_own, files[i]), "max");
	}
	close(folder);
	assert_int_equal(controller_write(CONTROLLER_MEMORY, 2, folder, 1), -1);
}

static void counts_are_read_by_name(void **state)
{
	int folder = open(fake_own, O_PATH | O_DIRECTORY | O_CLOEXEC);

	(void)state;
	fake_put(fake_own, "memory.events",
		 "low 0\nhigh 0\nmax 812\noom 3\noom_kill 2\noom_group_kill "
		 "0\n");
	fake_put(fake_own, "memory.peak", "33554432\n");
	assert_true(controller_read(folder, "memory.events", "max") == 812);
	assert_true(controller_read(folder, "memory.events", "oom") == 3);
	assert_true(controller_read(folder, "memory.events", "oom_kill") == 2);
	assert_true(controller_read(folder, "memory.events", "oo") == 0);
	assert_true(controller_read(folder, "memory.peak", NULL) == 33554432);
	assert_true(controller_read(folder, "no.such.file", NULL) == 0);
	close(folder);
}

#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, fake_set_up, fake_tear_down)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(controller_is_found_where_it_is_delegated),
		TEST(missing_controller_is_told),
		TEST(controller_that_is_not_delegated_is_told),
		TEST(version_1_is_taken_where_2_has_none),
		TEST(reeve_moves_into_a_leaf_and_back),
		TEST(strangers_in_the_way_are_told),
		TEST(helpers_move_along),
		TEST(helpers_beside_strangers_stay),
		TEST(limits_are_written_and_taken_back),
		TEST(counts_are_read_by_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
