#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "supervisor/cgroup.h"
#include "supervisor/spawn.h"

static char instance[64];

/* Skips the test where reeve may make no cgroups. */
static struct cgroups open_cgroups(void)
{
	struct cgroups cgroups;
	struct error error;

	if (cgroups_open(&cgroups, instance, "/run", &error) < 0) {
		print_message("%s\n", error.text);
		skip();
	}
	return cgroups;
}

/* Starts a program that runs until its standard input ends. */
static pid_t start_in(int cgroup, int *input)
{
	char *const argv[] = {(char[]){"/bin/cat"}, NULL};
	char *const envp[] = {NULL};
	int ends[2];
	struct spawn_result result;
	struct spawn_failure failure;

	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	assert_int_equal(
		spawn(&(struct spawn_request){.argv = argv,
					      .envp = envp,
					      .fds = (int[]){ends[0], 1, 2},
					      .fd_count = 3,
					      .umask = -1,
					      .cgroup = cgroup},
		      &result, &failure),
		0);
	close(ends[0]);
	if (result.pidfd >= 0)
		close(result.pidfd);
	*input = ends[1];
	return result.pid;
}

static void run_is_born_in_its_cgroup(void **state)
{
	struct cgroups cgroups = open_cgroups();
	struct error error;
	int folder, events, input;
	pid_t pid;

	(void)state;
	if (spawn_method() != SPAWN_CLONE3)
		skip();
	folder = cgroup_open(&cgroups, "web", 0, &error);
	assert_true(folder >= 0);
	assert_false(cgroup_is_populated(&cgroups, "web", 0));
	events = cgroup_open_events(&cgroups, "web", 0);
	assert_int_equal(cgroup_events_populated(events), 0);
	pid = start_in(folder, &input);
	close(folder);
	assert_true(cgroup_is_populated(&cgroups, "web", 0));
	assert_int_equal(cgroup_events_populated(events), 1);
	assert_true(cgroup_folder_is_populated(cgroups.folder, "."));
	assert_false(cgroup_is_populated(&cgroups, "web", 1));
	close(input);
	/* Not yet reaped, a zombie does not count. */
	waitid(P_PID, (id_t)pid, &(siginfo_t){.si_pid = 0}, WEXITED | WNOWAIT);
	assert_false(cgroup_is_populated(&cgroups, "web", 0));
	assert_int_equal(cgroup_events_populated(events), 0);
	waitpid(pid, NULL, 0);
	cgroups_close(&cgroups);
	assert_int_equal(cgroup_events_populated(events), -1);
	close(events);
}

static void cgroups_come_and_go(void **state)
{
	struct cgroups cgroups = open_cgroups();
	char path[CGROUP_PATH_SIZE], below[CGROUP_PATH_SIZE + 8];
	struct error error;
	struct stat status;

	(void)state;
	cgroup_path(&cgroups, "web", 7, path);
	close(cgroup_open(&cgroups, "web", 7, &error));
	assert_int_equal(stat(path, &status), 0);
	close(cgroup_open(&cgroups, "web", 7, &error));
	cgroup_remove(&cgroups, "web", 7);
	assert_int_equal(stat(path, &status), -1);
	close(cgroup_open(&cgroups, "web", 8, &error));
	cgroup_path(&cgroups, "web", 8, path);
	snprintf(below, sizeof(below), "%s/below", path);
	assert_int_equal(mkdir(below, 0755), 0);
	cgroups_close(&cgroups);
	assert_int_equal(stat(cgroups.path, &status), -1);
}

static void instances_of_one_name_are_apart(void **state)
{
	struct cgroups first = open_cgroups(), second;
	struct error error;

	(void)state;
	assert_int_equal(cgroups_open(&second, instance, "/elsewhere", &error),
			 0);
	assert_string_not_equal(first.path, second.path);
	cgroups_close(&first);
	cgroups_close(&second);
}

static void cgroups_can_be_turned_off(void **state)
{
	struct cgroups cgroups;
	struct error error;

	(void)state;
	setenv("REEVE_CGROUP", "off", 1);
	assert_int_equal(cgroups_open(&cgroups, instance, "/run", &error), -1);
	assert_string_equal(error.text, "REEVE_CGROUP=off");
	unsetenv("REEVE_CGROUP");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(run_is_born_in_its_cgroup),
		cmocka_unit_test(cgroups_come_and_go),
		cmocka_unit_test(instances_of_one_name_are_apart),
		cmocka_unit_test(cgroups_can_be_turned_off),
	};
	struct error error;

	snprintf(instance, sizeof(instance), "test-%d", (int)getpid());
	if (spawn_init(&error) < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
