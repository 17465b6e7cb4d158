#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <fcntl.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "spawn-fixture.h"

/* How children are started, and how their starts and ends become known. */

static void child_has_more_fds(void **state)
{
	char *const argv[] = {(char[]){"/bin/sh"}, (char[]){"-c"},
			      (char[]){"echo three >&3; echo four >&4; "
				       "test ! -e /proc/self/fd/5"},
			      NULL};
	int three[2], four[2], fds[5] = {0, 1, 2};
	char text[8] = "";
	struct spawn_request request;
	struct spawn_result result;
	struct spawn_failure failure;

	(void)state;
	assert_int_equal(pipe2(three, O_CLOEXEC), 0);
	assert_int_equal(pipe2(four, O_CLOEXEC), 0);
	fds[3] = three[1];
	fds[4] = four[1];
	request = make_request(argv, fds, 5);
	assert_int_equal(spawn(&request, &result, &failure), 0);
	assert_int_equal(wait_for(&result), 0);
	close(three[1]);
	close(four[1]);
	assert_int_equal(read(three[0], text, sizeof(text)), 6);
	assert_memory_equal(text, "three\n", 6);
	assert_int_equal(read(three[0], text, sizeof(text)), 0);
	assert_int_equal(read(four[0], text, sizeof(text)), 5);
	assert_memory_equal(text, "four\n", 5);
	assert_int_equal(read(four[0], text, sizeof(text)), 0);
	close(three[0]);
	close(four[0]);
}

static void child_knows_its_pid(void **state)
{
	static const int fds[] = {0, 1, 2};
	char *const argv[] = {(char[]){"/bin/sh"}, (char[]){"-c"},
			      (char[]){"test $LISTEN_PID = $$ && "
				       "test $WATCHDOG_PID = $$"},
			      NULL};
	char listen[16 + SPAWN_PID_SIZE] = "LISTEN_PID=";
	char watchdog[16 + SPAWN_PID_SIZE] = "WATCHDOG_PID=";
	char *const envp[] = {listen, watchdog, NULL};
	char *const places[] = {listen + 11, watchdog + 13};
	struct spawn_request request = make_request(argv, fds, 3);
	struct spawn_result result;
	struct spawn_failure failure;

	(void)state;
	request.envp = envp;
	request.pid_places = places;
	request.pid_place_count = 2;
	assert_int_equal(spawn(&request, &result, &failure), 0);
	assert_int_equal(wait_for(&result), 0);
}

/* Waits for the verdict on a child with `attach`; returns what it is. */
static int verdict_of(const struct spawn_request *request,
		      struct spawn_failure *failure)
{
	struct spawn_result result;
	struct pollfd ready;
	int verdict;

	assert_int_equal(spawn(request, &result, failure), 0);
	assert_true(result.verdict >= 0);
	ready = (struct pollfd){.fd = result.verdict, .events = POLLIN};
	assert_int_equal(poll(&ready, 1, -1), 1);
	verdict = spawn_read_verdict(result.verdict, failure);
	close(result.verdict);
	assert_int_equal(wait_for(&result), verdict > 0 ? 0 : 127);
	return verdict;
}

/* The cgroup is a file here, in which its child writes what the kernel would
 * take for its own pid. */
static void child_enters_cgroups_by_itself(void **state)
{
	char *const good[] = {(char[]){"/bin/true"}, NULL};
	char *const bad[] = {(char[]){"/no/such/program"}, NULL};
	static const int fds[] = {0, 1, 2};
	struct spawn_request request = make_request(good, fds, 3);
	struct spawn_failure failure;
	char path[128], text[4] = "";
	int attach;

	(void)state;
	write_file(path, "cgroup.procs", "", 0600);
	attach = open(path, O_RDWR | O_CLOEXEC);
	request.attach = &attach;
	request.attach_count = 1;
	assert_int_equal(verdict_of(&request, &failure), 1);
	assert_int_equal(pread(attach, text, sizeof(text), 0), 1);
	assert_string_equal(text, "0");
	request.argv = bad;
	assert_int_equal(verdict_of(&request, &failure), -1);
	assert_string_equal(failure.step, "execve");
	assert_int_equal(failure.error_number, ENOENT);
	assert_string_equal(failure.object, "/no/such/program");
	close(attach);
	attach = open(path, O_RDONLY | O_CLOEXEC);
	request.argv = good;
	assert_int_equal(verdict_of(&request, &failure), -1);
	assert_string_equal(failure.step, "cgroup.procs");
	assert_int_equal(failure.error_number, EBADF);
	close(attach);
}

/* The child holds the other end of the pipe until it dies. */
static void child_dies_with_its_parent(void **state)
{
	char *const argv[] = {(char[]){"/bin/sleep"}, (char[]){"1000"}, NULL};
	int alive[2];
	char byte;
	pid_t middle;

	(void)state;
	assert_int_equal(pipe2(alive, O_CLOEXEC), 0);
	middle = fork();
	if (middle == 0) {
		int fds[] = {0, 1, 2, alive[1]};
		struct spawn_request request = make_request(argv, fds, 4);
		struct spawn_result result;
		struct spawn_failure failure;

		request.parent_death_signal = SIGKILL;
		_exit(spawn(&request, &result, &failure) == 0 ? 0 : 1);
	}
	close(alive[1]);
	waitpid(middle, NULL, 0);
	assert_int_equal(read(alive[0], &byte, 1), 0);
	close(alive[0]);
}

static void program_is_searched_in_path(void **state)
{
	char *const argv[] = {(char[]){"true"}, NULL};
	char *const envp[] = {(char[]){"PATH=/nowhere:/etc/passwd:/usr/bin"},
			      NULL};
	char *const elsewhere[] = {(char[]){"PATH=/nowhere:/etc"}, NULL};
	static const int fds[] = {0, 1, 2};
	struct spawn_request request = make_request(argv, fds, 3);
	struct spawn_result result;
	struct spawn_failure failure;

	(void)state;
	request.envp = envp;
	assert_int_equal(spawn(&request, &result, &failure), 0);
	assert_int_equal(wait_for(&result), 0);
	request.envp = elsewhere;
	assert_fails(&request, "execve", ENOENT, "true");
}

/* An exit is seen through the pidfd, once, and nothing stays open. */
static void pidfd_tells_of_the_exit(void **state)
{
	char *const argv[] = {(char[]){"/bin/sh"}, (char[]){"-c"},
			      (char[]){"exit 7"}, NULL};
	static const int fds[] = {0, 1, 2};
	struct spawn_request request = make_request(argv, fds, 3);
	struct epoll_event event = {.events = EPOLLIN};
	struct spawn_result result;
	struct spawn_failure failure;
	int before = dup(0), epoll = epoll_create1(EPOLL_CLOEXEC);

	(void)state;
	close(before);
	assert_int_equal(spawn(&request, &result, &failure), 0);
	if (result.pidfd >= 0) {
		epoll_ctl(epoll, EPOLL_CTL_ADD, result.pidfd, &event);
		assert_int_equal(epoll_wait(epoll, &event, 1, -1), 1);
		epoll_ctl(epoll, EPOLL_CTL_DEL, result.pidfd, NULL);
	}
	assert_int_equal(wait_for(&result), 7);
	close(epoll);
	epoll = dup(0);
	assert_int_equal(epoll, before);
	close(epoll);
}

static void bad_wish_is_refused(void **state)
{
	struct error error;

	(void)state;
	setenv("REEVE_SPAWN", "fork", 1);
	assert_int_equal(spawn_init(&error), -1);
	assert_non_null(strstr(error.text, "REEVE_SPAWN=fork"));
	unsetenv("REEVE_SPAWN");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(child_has_more_fds),
		cmocka_unit_test(child_knows_its_pid),
		cmocka_unit_test(child_enters_cgroups_by_itself),
		cmocka_unit_test(child_dies_with_its_parent),
		cmocka_unit_test(program_is_searched_in_path),
		cmocka_unit_test(pidfd_tells_of_the_exit),
	};
	static const struct CMUnitTest wishes[] = {
		cmocka_unit_test(bad_wish_is_refused),
	};
	int failed;

	if (spawn_fixture_begin() < 0)
		return 1;
	failed = run_each_way(tests) +
		 cmocka_run_group_tests(wishes, NULL, NULL);
	spawn_fixture_end();
	return failed != 0;
}
