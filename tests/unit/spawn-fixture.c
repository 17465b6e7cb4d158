#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "spawn-fixture.h"

char spawn_folder[64];
bool in_valgrind;

static char *const no_environment[] = {NULL};

struct spawn_request make_request(char *const *argv, const int *fds,
				  size_t fd_count)
{
	return (struct spawn_request){
		.argv = argv,
		.envp = no_environment,
		.fds = fds,
		.fd_count = fd_count,
		.umask = -1,
		.cgroup = -1,
	};
}

int wait_for(const struct spawn_result *result)
{
	siginfo_t end = {.si_pid = 0};

	if (result->pidfd >= 0) {
		assert_int_equal(
			waitid(P_PIDFD, (id_t)result->pidfd, &end, WEXITED), 0);
		close(result->pidfd);
	} else {
		assert_int_equal(
			waitid(P_PID, (id_t)result->pid, &end, WEXITED), 0);
	}
	assert_int_equal(end.si_pid, result->pid);
	return end.si_code == CLD_EXITED ? end.si_status : -end.si_status;
}

void assert_fails(const struct spawn_request *request, const char *step,
		  int error_number, const char *object)
{
	struct spawn_result result;
	struct spawn_failure failure;

	assert_int_equal(spawn(request, &result, &failure), -1);
	assert_string_equal(failure.step, step);
	assert_int_equal(failure.error_number, error_number);
	assert_string_equal(failure.object, object);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
}

void write_file(char path[128], const char *name, const char *text, mode_t mode)
{
	int fd;

	snprintf(path, 128, "%s/%s", spawn_folder, name);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
	assert_int_equal(chmod(path, mode), 0);
}

static int remove_one(const char *path, const struct stat *status, int kind,
		      struct FTW *where)
{
	(void)status;
	(void)kind;
	(void)where;
	return remove(path);
}

int spawn_fixture_begin(void)
{
	signal(SIGPIPE, SIG_IGN);
	snprintf(spawn_folder, sizeof(spawn_folder), "/tmp/test-spawn-XXXXXX");
	return mkdtemp(spawn_folder) ? 0 : -1;
}

void spawn_fixture_end(void)
{
	nftw(spawn_folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static int set_up_method(const char *method)
{
	struct error error;

	setenv("REEVE_SPAWN", method, 1);
	return spawn_init(&error);
}

int set_up_clone3(void **state)
{
	struct error error;

	(void)state;
	unsetenv("REEVE_SPAWN");
	if (spawn_init(&error) < 0)
		return -1;
	in_valgrind = spawn_method() == SPAWN_PID;
	return 0;
}

int set_up_vfork(void **state)
{
	(void)state;
	return set_up_method(in_valgrind ? "pid" : "vfork");
}

int set_up_pid(void **state)
{
	(void)state;
	return set_up_method("pid");
}
