#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <cmocka.h>

#include "spawn-fixture.h"

/*
 * What children are given. The program that is started is this one again: with
 * the argument "report" it tells what it was given, one thing a line, and
 * exits.
 */

/* Of ioprio_set(2). */
enum { BEST_EFFORT = 2 << 13 };

static char self[4096];

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

	snprintf(path, sizeof(path), "%s/report", spawn_folder);
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
	assert_says_not(text, "ignored"); /* the fixture ignores SIGPIPE */
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

int main(int argc, char **argv)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(child_has_its_fds_alone),
		cmocka_unit_test(many_open_fds_stay_here),
		cmocka_unit_test(child_has_default_signals),
		cmocka_unit_test(child_is_placed),
		cmocka_unit_test(child_is_another_user),
		cmocka_unit_test(child_is_scheduled),
		cmocka_unit_test(child_keeps_its_capabilities_alone),
	};

	int failed;

	if (argc > 1 && strcmp(argv[1], "report") == 0)
		return report();
	if (readlink("/proc/self/exe", self, sizeof(self) - 1) < 0)
		return 1;
	if (spawn_fixture_begin() < 0)
		return 1;
	failed = run_each_way(tests);
	spawn_fixture_end();
	return failed != 0;
}
