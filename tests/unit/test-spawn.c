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
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "supervisor/spawn.h"

/*
 * The program that is started is this one again: with the argument "report" it
 * tells what it was given, one thing a line, and exits.
 */

/* Of ioprio_set(2). */
enum { BEST_EFFORT = 2 << 13 };

static char self[4096];
static char folder[64];
static char *const no_environment[] = {NULL};
static bool in_valgrind; /* as can be seen from what does not work */

/* ---- the child's side ---- */

static void report_fds(void)
{
	printf("fds");
	for (int fd = 0; fd < 1024; fd++)
		if (fcntl(fd, F_GETFD) >= 0)
			printf(" %d", fd);
	printf("\n");
}

static void report_signals(void)
{
	struct sigaction action;
	sigset_t blocked;

	sigprocmask(SIG_SETMASK, NULL, &blocked);
	for (int number = 1; number < NSIG; number++) {
		if (sigismember(&blocked, number) == 1)
			printf("blocked %d\n", number);
		if (sigaction(number, NULL, &action) == 0 &&
		    action.sa_handler == SIG_IGN)
			printf("ignored %d\n", number);
	}
}

/* Lines of a file in /proc/self that begin with `key`. */
static void report_file(const char *file, const char *key)
{
	FILE *stream = fopen(file, "re");
	char line[256];

	while (stream != NULL && fgets(line, sizeof(line), stream) != NULL)
		if (strncmp(line, key, strlen(key)) == 0)
			printf("%s", line);
	if (stream != NULL)
		fclose(stream);
}

static void report_scheduling(void)
{
	printf("nice %d policy %d io %ld oom ", getpriority(PRIO_PROCESS, 0),
	       sched_getscheduler(0), syscall(SYS_ioprio_get, 1, 0));
	report_file("/proc/self/oom_score_adj", "");
}

static int report(void)
{
	struct rlimit limit;
	gid_t groups[8];
	cpu_set_t cpus;
	mode_t mask = umask(0);
	char *where = realpath(".", NULL);

	report_fds();
	report_signals();
	printf("folder %s\n", where);
	free(where);
	printf("group %s\n", getpgid(0) == getpid() ? "own" : "inherited");
	printf("umask %03o\n", mask);
	printf("user %u %u %d\n", geteuid(), getegid(), getgroups(8, groups));
	getrlimit(RLIMIT_NOFILE, &limit);
	printf("files %lu\n", (unsigned long)limit.rlim_cur);
	sched_getaffinity(0, sizeof(cpus), &cpus);
	printf("cpus %d first %d\n", CPU_COUNT(&cpus), CPU_ISSET(0, &cpus));
	report_scheduling();
	report_file("/proc/self/status", "Cap");
	report_file("/proc/self/status", "NoNewPrivs");
	return 0;
}

/* ---- the caller's side ---- */

static struct spawn_request make_request(char *const *argv, const int *fds,
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

/* Waits by the pidfd where there is one. */
static int wait_for(const struct spawn_result *result)
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

/* Runs this program as "report", as it is wished, with standard descriptors of
 * its own where none are, and returns what it says, in a static buffer. */
static const char *run_report(const struct spawn_request *wish)
{
	struct spawn_request request = *wish;
	static char text[8192];
	char *const argv[] = {self, (char[]){"report"}, NULL};
	char path[128];
	int output, fds[3];
	struct spawn_result result;
	struct spawn_failure failure;
	ssize_t length;

	snprintf(path, sizeof(path), "%s/report", folder);
	output = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	fds[0] = fds[1] = fds[2] = output;
	request.argv = argv;
	if (request.fds == NULL) {
		request.fds = fds;
		request.fd_count = 3;
	}
	if (spawn(&request, &result, &failure) < 0)
		fail_msg("%s %s: %s", failure.step, failure.object,
			 strerror(failure.error_number));
	assert_int_equal(wait_for(&result), 0);
	length = pread(output, text, sizeof(text) - 1, 0);
	text[length > 0 ? length : 0] = '\0';
	close(output);
	return text;
}

static void assert_says(const char *text, const char *line)
{
	if (strstr(text, line) == NULL)
		fail_msg("no \"%s\" in:\n%s", line, text);
}

static void assert_says_not(const char *text, const char *line)
{
	if (strstr(text, line) != NULL)
		fail_msg("\"%s\" in:\n%s", line, text);
}

/* Asserts that a request fails at this step, and that no process is left. */
static void assert_fails(const struct spawn_request *request, const char *step,
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

static void write_file(char path[128], const char *name, const char *text,
		       mode_t mode)
{
	int fd;

	snprintf(path, 128, "%s/%s", folder, name);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
	assert_int_equal(chmod(path, mode), 0);
}

static int set_up_method(const char *method)
{
	struct error error;

	setenv("REEVE_SPAWN", method, 1);
	return spawn_init(&error);
}

/* Where there is no clone3 (valgrind), the way that works is tested again. */
static int set_up_clone3(void **state)
{
	struct error error;

	(void)state;
	unsetenv("REEVE_SPAWN");
	if (spawn_init(&error) < 0)
		return -1;
	in_valgrind = spawn_method() == SPAWN_PID;
	return 0;
}

static int set_up_vfork(void **state)
{
	(void)state;
	return set_up_method(in_valgrind ? "pid" : "vfork");
}

static int set_up_pid(void **state)
{
	(void)state;
	return set_up_method("pid");
}

/* ---- what a child gets ---- */

static void child_has_its_fds_alone(void **state)
{
	int null = open("/dev/null", O_RDWR);
	int other = dup2(null, 100); /* not close-on-exec */
	struct spawn_request request = make_request(NULL, NULL, 0);

	(void)state;
	assert_says(run_report(&request), "fds 0 1 2\n");
	close(null);
	close(other);
}

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

static void many_open_fds_stay_here(void **state)
{
	enum { MANY = 5000 };
	struct rlimit limit, former;
	struct spawn_rlimit files;
	struct spawn_request request = make_request(NULL, NULL, 0);
	int null = open("/dev/null", O_RDWR);
	int last = -1;

	(void)state;
	getrlimit(RLIMIT_NOFILE, &former);
	limit = former;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
	for (int i = 0; i < MANY && (rlim_t)i + 200 < limit.rlim_cur; i++)
		last = fcntl(null, F_DUPFD, 200);
	files = (struct spawn_rlimit){RLIMIT_NOFILE, former};
	request.rlimits = &files;
	request.rlimit_count = 1;
	assert_says(run_report(&request), "fds 0 1 2\n");
	assert_true(fcntl(last, F_GETFD) >= 0);
	for (int fd = 200; fd <= last; fd++)
		close(fd);
	close(null);
	setrlimit(RLIMIT_NOFILE, &former);
}

static void handle(int number)
{
	(void)number;
}

static void child_has_default_signals(void **state)
{
	struct spawn_request request = make_request(NULL, NULL, 0);
	sigset_t blocked, former, now;
	const char *text;

	(void)state;
	sigemptyset(&blocked);
	sigaddset(&blocked, SIGUSR1);
	sigaddset(&blocked, SIGRTMIN + 1);
	sigprocmask(SIG_BLOCK, &blocked, &former);
	signal(SIGHUP, handle);
	text = run_report(&request);
	sigprocmask(SIG_SETMASK, NULL, &now);
	assert_int_equal(sigismember(&now, SIGUSR1), 1);
	assert_int_equal(sigismember(&now, SIGTERM), 0);
	sigprocmask(SIG_SETMASK, &former, NULL);
	signal(SIGHUP, SIG_DFL);
	assert_says_not(text, "blocked");
	assert_says_not(text, "ignored"); /* main() ignores SIGPIPE */
}

static void child_is_placed(void **state)
{
	struct spawn_request request = make_request(NULL, NULL, 0);
	struct spawn_rlimit files = {.resource = RLIMIT_NOFILE};
	cpu_set_t allowed, one;
	int cpu = 0;
	char line[64];
	const char *text;

	(void)state;
	sched_getaffinity(0, sizeof(allowed), &allowed);
	while (!CPU_ISSET(cpu, &allowed))
		cpu++;
	CPU_ZERO(&one);
	CPU_SET(cpu, &one);
	request.cpus = &one;
	getrlimit(RLIMIT_NOFILE, &files.limit);
	files.limit.rlim_cur = 123;
	request.directory = "/usr";
	request.umask = 027;
	request.detached = true;
	request.rlimits = &files;
	request.rlimit_count = 1;
	text = run_report(&request);
	snprintf(line, sizeof(line), "cpus 1 first %d\n", cpu == 0);
	assert_says(text, line);
	assert_says(text, "folder /usr\n");
	assert_says(text, "umask 027\n");
	assert_says(text, "group own\n");
	if (!in_valgrind) /* which keeps the limit to itself */
		assert_says(text, "files 123\n");
}

static void child_is_another_user(void **state)
{
	static const gid_t groups[] = {4321, 4322};
	struct spawn_request request = make_request(NULL, NULL, 0);

	(void)state;
	if (geteuid() != 0)
		skip();
	request.set_uid = request.set_gid = request.set_groups = true;
	request.uid = 65534;
	request.gid = 4320;
	request.groups = groups;
	request.group_count = 2;
	request.directory = "/";
	assert_says(run_report(&request), "user 65534 4320 2\n");
}

static void child_is_scheduled(void **state)
{
	struct spawn_request request = make_request(NULL, NULL, 0);

	(void)state;
	request.scheduling = (struct spawn_scheduling){
		.set_nice = true,
		.nice = 7,
		.set_policy = true,
		.policy = SCHED_BATCH,
		.io = BEST_EFFORT | 6,
		.oom_score_adj = "300",
	};
	assert_says(run_report(&request), "nice 7 policy 3 io 16390 oom 300\n");
}

static void child_keeps_its_capabilities_alone(void **state)
{
	struct spawn_request request = make_request(NULL, NULL, 0);
	const char *text;

	(void)state;
	if (geteuid() != 0 || in_valgrind)
		skip();
	request.set_uid = request.set_gid = request.set_groups = true;
	request.uid = request.gid = 65534;
	request.set_capabilities = true;
	request.capabilities = 1 << 10 | 1 << 5;
	request.no_new_privileges = true;
	text = run_report(&request);
	assert_says(text, "user 65534 65534 0\n");
	assert_says(text, "CapInh:\t0000000000000420\n");
	assert_says(text, "CapPrm:\t0000000000000420\n");
	assert_says(text, "CapEff:\t0000000000000420\n");
	assert_says(text, "CapBnd:\t0000000000000420\n");
	assert_says(text, "CapAmb:\t0000000000000420\n");
	assert_says(text, "NoNewPrivs:\t1\n");
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

/* ---- programs ---- */

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

static void bad_programs_say_why(void **state)
{
	static const int fds[] = {0, 1, 2};
	char path[128];
	char *argv[] = {path, NULL};
	struct spawn_request request = make_request(argv, fds, 3);

	(void)state;
	snprintf(path, sizeof(path), "%s/missing", folder);
	assert_fails(&request, "execve", ENOENT, path);
	write_file(path, "not-executable", "#!/bin/sh\n", 0644);
	assert_fails(&request, "execve", EACCES, path);
	write_file(path, "bad-interpreter", "#!/no/such/shell\n", 0755);
	if (!in_valgrind) /* which dies of it */
		assert_fails(&request, "execve", ENOENT, path);
	write_file(path, "no-program", "hello\n", 0755);
	assert_fails(&request, "execve", ENOEXEC, path);
	argv[0] = folder;
	assert_fails(&request, "execve", EACCES, folder);
	argv[0] = (char[]){""};
	assert_fails(&request, "execve", ENOENT, "");
}

/* ---- other steps ---- */

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

static void change_of_user_takes_rights(void **state)
{
	char *const argv[] = {(char[]){"/bin/true"}, NULL};
	static const int fds[] = {0, 1, 2};
	struct spawn_request request = make_request(argv, fds, 3);

	(void)state;
	if (geteuid() == 0)
		skip();
	request.set_uid = request.set_gid = request.set_groups = true;
	request.uid = request.gid = 65534;
	assert_fails(&request, "setgroups", EPERM, "");
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

#define SPAWN_TESTS                                                   \
	cmocka_unit_test(child_has_its_fds_alone),                    \
		cmocka_unit_test(child_has_more_fds),                 \
		cmocka_unit_test(many_open_fds_stay_here),            \
		cmocka_unit_test(child_has_default_signals),          \
		cmocka_unit_test(child_is_placed),                    \
		cmocka_unit_test(child_is_another_user),              \
		cmocka_unit_test(child_is_scheduled),                 \
		cmocka_unit_test(child_keeps_its_capabilities_alone), \
		cmocka_unit_test(failing_scheduling_is_told),         \
		cmocka_unit_test(missing_rights_are_told),            \
		cmocka_unit_test(child_enters_cgroups_by_itself),     \
		cmocka_unit_test(child_knows_its_pid),                \
		cmocka_unit_test(child_dies_with_its_parent),         \
		cmocka_unit_test(program_is_searched_in_path),        \
		cmocka_unit_test(bad_programs_say_why),               \
		cmocka_unit_test(failing_steps_are_told),             \
		cmocka_unit_test(bad_cgroup_is_told),                 \
		cmocka_unit_test(change_of_user_takes_rights),        \
		cmocka_unit_test(pidfd_tells_of_the_exit)

static void remove_files(void)
{
	static const char *const names[] = {"report", "cgroup.procs",
					    "not-executable", "bad-interpreter",
					    "no-program"};
	char path[128];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", folder, names[i]);
		unlink(path);
	}
	rmdir(folder);
}

int main(int argc, char **argv)
{
	static const struct CMUnitTest tests[] = {SPAWN_TESTS};
	static const struct CMUnitTest wishes[] = {
		cmocka_unit_test(bad_wish_is_refused),
	};
	int failed;

	if (argc > 1 && strcmp(argv[1], "report") == 0)
		return report();
	signal(SIGPIPE, SIG_IGN);
	snprintf(folder, sizeof(folder), "/tmp/test-spawn-XXXXXX");
	if (mkdtemp(folder) == NULL ||
	    readlink("/proc/self/exe", self, sizeof(self) - 1) < 0)
		return 1;
	failed = cmocka_run_group_tests_name("clone3", tests, set_up_clone3,
					     NULL) +
		 cmocka_run_group_tests_name("vfork", tests, set_up_vfork,
					     NULL) +
		 cmocka_run_group_tests_name("pid", tests, set_up_pid, NULL) +
		 cmocka_run_group_tests(wishes, NULL, NULL);
	remove_files();
	return failed != 0;
}
