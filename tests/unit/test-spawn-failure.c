#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "spawn-fixture.h"

/* Which step failed, and why, when no child could be started. */

static void bad_programs_say_why(void **state)
{
	static const int fds[] = {0, 1, 2};
	char path[128];
	char *argv[] = {path, NULL};
	struct spawn_request request = make_request(argv, fds, 3);

	(void)state;
	snprintf(path, sizeof(path), "%s/missing", spawn_folder);
	assert_fails(&request, "execve", ENOENT, path);
	write_file(path, "not-executable", "#!/bin/sh\n", 0644);
	assert_fails(&request, "execve", EACCES, path);
	write_file(path, "bad-interpreter", "#!/no/such/shell\n", 0755);
	if (!in_valgrind) /* which dies of it */
		assert_fails(&request, "execve", ENOENT, path);
	write_file(path, "no-program", "hello\n", 0755);
	assert_fails(&request, "execve", ENOEXEC, path);
	argv[0] = spawn_folder;
	assert_fails(&request, "execve", EACCES, spawn_folder);
	argv[0] = (char[]){""};
	assert_fails(&request, "execve", ENOENT, "");
}

static void failing_steps_are_told(void **state)
{
	char *const argv[] = {(char[]){"/bin/true"}, NULL};
	static const int fds[] = {0, 1, 2}, bad_fds[] = {0, 1, 999};
	const struct spawn_request good = make_request(argv, fds, 3);
	struct spawn_request request = good;
	struct spawn_rlimit limit = {RLIMIT_NOFILE,
				     {.rlim_cur = 200, .rlim_max = 100}};
	cpu_set_t none;

	(void)state;
	request.directory = "/no/such/folder";
	assert_fails(&request, "chdir", ENOENT, "/no/such/folder");
	request = good;
	CPU_ZERO(&none);
	request.cpus = &none;
	assert_fails(&request, "sched_setaffinity", EINVAL, "");
	request = good;
	request.rlimits = &limit;
	request.rlimit_count = 1;
	assert_fails(&request, "setrlimit", EINVAL, "");
	request = good;
	request.parent_death_signal = 1000;
	assert_fails(&request, "prctl", EINVAL, "");
	request = good;
	request.fds = bad_fds;
	assert_fails(&request, "dup", EBADF, "");
}

static void failing_scheduling_is_told(void **state)
{
	char *const argv[] = {(char[]){"/bin/true"}, NULL};
	static const int fds[] = {0, 1, 2};
	const struct spawn_request good = make_request(argv, fds, 3);
	struct spawn_request request = good;

	(void)state;
	request.scheduling.set_policy = true;
	request.scheduling.policy = 99;
	assert_fails(&request, "sched_setscheduler", EINVAL, "");
	request = good;
	request.scheduling.io = 7 << 13;
	assert_fails(&request, "ioprio_set", EINVAL, "");
	request = good;
	request.scheduling = (struct spawn_scheduling){.oom_score_adj = "2000"};
	assert_fails(&request, "oom_score_adj", EINVAL, "");
	request = good;
	request.memory_policy = 99;
	assert_fails(&request, "set_mempolicy", EINVAL, "");
}

/* The same for a caller without rights. */
static void assert_fails_for_nobody(const struct spawn_request *request,
				    const char *step, int error_number)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		struct spawn_result result;
		struct spawn_failure failure;

		if (geteuid() == 0 && setresuid(65534, 65534, 65534) < 0)
			_exit(2);
		_exit(spawn(request, &result, &failure) == 0 ||
		      strcmp(failure.step, step) != 0 ||
		      failure.error_number != error_number);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void missing_rights_are_told(void **state)
{
	char *const argv[] = {(char[]){"/bin/true"}, NULL};
	static const int fds[] = {0, 1, 2};
	const struct spawn_request good = make_request(argv, fds, 3);
	struct spawn_request request = good;

	(void)state;
	request.scheduling.set_nice = true;
	request.scheduling.nice = -20;
	assert_fails_for_nobody(&request, "setpriority", EACCES);
	request = good;
	request.set_capabilities = true;
	request.capabilities = ~UINT64_C(0);
	assert_fails_for_nobody(&request, "capset", EPERM);
	request.capabilities = 0; /* all others would have to be dropped */
	assert_fails_for_nobody(&request, "prctl", EPERM);
	request = good;
	request.set_uid = true;
	request.uid = 4321;
	assert_fails_for_nobody(&request, "setuid", EPERM);
	request = good;
	request.set_gid = true;
	request.gid = 4321;
	assert_fails_for_nobody(&request, "setgid", EPERM);
	request = good;
	request.set_groups = true;
	assert_fails_for_nobody(&request, "setgroups", EPERM);
}

static void bad_cgroup_is_told(void **state)
{
	char *const argv[] = {(char[]){"/bin/true"}, NULL};
	static const int fds[] = {0, 1, 2};
	struct spawn_request request = make_request(argv, fds, 3);

	(void)state;
	request.cgroup = open("/", O_PATH | O_CLOEXEC);
	assert_fails(&request, "clone3",
		     spawn_method() == SPAWN_CLONE3 ? EBADF : EOPNOTSUPP, "");
	close(request.cgroup);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(bad_programs_say_why),
		cmocka_unit_test(failing_steps_are_told),
		cmocka_unit_test(failing_scheduling_is_told),
		cmocka_unit_test(missing_rights_are_told),
		cmocka_unit_test(bad_cgroup_is_told),
	};

	int failed;

	if (spawn_fixture_begin() < 0)
		return 1;
	failed = run_each_way(tests);
	spawn_fixture_end();
	return failed != 0;
}
