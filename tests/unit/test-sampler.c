#include "config.h"

#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/clock.h"
#include "live/table.h"
#include "supervisor/helper.h"
#include "supervisor/measure.h"
#include "supervisor/message.h"

struct fixture {
	char folder[64];
	char path[80]; /* of the live table */
	char journal[80];
	struct live_table *table;
	struct processes processes;
	pid_t child;
	int ready; /* a pipe from the child */
	struct live_pool pool;
	struct verdict verdict; /* the last one */
	unsigned verdicts;
};

static int set_up(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));
	struct error error;

	if (!fixture)
		return -1;
	*state = fixture;
	strcpy(fixture->folder, "/tmp/reeve-sampler-XXXXXX");
	if (!mkdtemp(fixture->folder))
		return -1;
	snprintf(fixture->path, sizeof(fixture->path), "%s/live",
		 fixture->folder);
	snprintf(fixture->journal, sizeof(fixture->journal), "%s/journal",
		 fixture->folder);
	if (mkdir(fixture->journal, 0700) < 0)
		return -1;
	return processes_init(&fixture->processes, &error);
}

static void end_child(struct fixture *fixture)
{
	if (fixture->child > 0) {
		kill(fixture->child, SIGKILL);
		waitpid(fixture->child, NULL, 0);
		close(fixture->ready);
		fixture->child = 0;
	}
}

static int tear_down(void **state)
{
	struct fixture *fixture = *state;
	char command[128];

	end_child(fixture);
	processes_release(&fixture->processes);
	live_table_close(fixture->table);
	snprintf(command, sizeof(command), "rm -rf %s", fixture->folder);
	free(fixture);
	return system(command);
}

static void make_table(struct fixture *fixture, uint32_t capacity)
{
	static const uint32_t slots[] = {0, 1};
	const struct live_instance instance = {
		.name = "shop",
		.sample_interval_ns = 20000000,
	};
	struct live_table *former = fixture->table;
	struct error error;

	strcpy(fixture->pool.name, "web");
	fixture->table =
		live_table_create(fixture->path, &instance, &fixture->pool, 1,
				  capacity, former, slots, &error);
	assert_non_null(fixture->table);
	live_table_close(former);
}

/* Starts a process that calls `work`, says that it is ready, and waits. */
static void start_child(struct fixture *fixture, void (*work)(void))
{
	int ends[2];
	char byte;

	assert_int_equal(pipe(ends), 0);
	fixture->child = fork();
	assert_true(fixture->child >= 0);
	if (fixture->child == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		work();
		if (write(ends[1], "", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	close(ends[1]);
	fixture->ready = ends[0];
	assert_int_equal(read(fixture->ready, &byte, 1), 1);
}

static void set_worker(struct fixture *fixture, uint32_t slot, uint64_t run)
{
	struct live_worker worker = {
		.index = slot,
		.state = WORKER_READY,
		.pid = fixture->child,
		.run = run,
		.started_mono_ns = clock_monotonic_ns(),
	};

	live_table_set_worker(fixture->table, slot, &worker);
}

static bool hear(const struct live_table *table, uint32_t slot,
		 const struct verdict *verdict, void *context)
{
	struct fixture *fixture = context;

	(void)table;
	(void)slot;
	fixture->verdict = *verdict;
	fixture->verdicts++;
	return true;
}

static void measure(struct fixture *fixture)
{
	struct error error;

	assert_int_equal(measure_workers(fixture->table, &fixture->processes,
					 hear, fixture, &error),
			 0);
}

static void open_some_files(void)
{
	for (int fd = 0; fd < 20; fd++)
		dup2(1, 10 + fd);
}

/* As proc(5) shows it. */
struct stat_line {
	char state;
	long threads;
};

static struct stat_line process_stat(pid_t pid)
{
	struct stat_line line = {.state = '?'};
	char path[64];
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	file = fopen(path, "re");
	assert_non_null(file);
	assert_int_equal(fscanf(file,
				"%*d %*s %c %*d %*d %*d %*d %*d %*u %*u %*u "
				"%*u %*u %*u %*u %*d %*d %*d %*d %ld",
				&line.state, &line.threads),
			 2);
	fclose(file);
	return line;
}

static char process_state(pid_t pid)
{
	return process_stat(pid).state;
}

static long process_threads(pid_t pid)
{
	return process_stat(pid).threads;
}

/* The child says that it is there before it sleeps. */
static void wait_until_asleep(pid_t pid)
{
	while (process_state(pid) != 'S')
		sched_yield();
}

static void a_worker_is_measured(void **state)
{
	struct fixture *fixture = *state;
	struct live_usage usage;
	struct live_sample sample;

	make_table(fixture, 2);
	start_child(fixture, open_some_files);
	wait_until_asleep(fixture->child);
	set_worker(fixture, 1, 7);
	measure(fixture);
	assert_false(live_table_get_usage(fixture->table, 0, &usage));
	assert_true(live_table_get_usage(fixture->table, 1, &usage));
	assert_int_equal(usage.run, 7);
	assert_int_equal(usage.threads, 1);
	assert_true(usage.open_files >= 20 && usage.open_files < 60);
	assert_int_equal(usage.zombies, 0);
	assert_int_equal(usage.process_state, 'S');
	assert_true(usage.rss_bytes > 16384);
	assert_int_equal(usage.run_samples, 1);
	measure(fixture);
	assert_true(live_table_get_usage(fixture->table, 1, &usage));
	assert_int_equal(usage.run_samples, 2);
	assert_int_equal(live_table_get_samples(fixture->table, 1, &sample, 1),
			 1);
	assert_int_equal(sample.rss_kib, usage.rss_bytes / 1024);

	/* The next run has the history of the worker, not of the run. */
	end_child(fixture);
	start_child(fixture, open_some_files);
	set_worker(fixture, 1, 8);
	measure(fixture);
	assert_true(live_table_get_usage(fixture->table, 1, &usage));
	assert_int_equal(usage.run, 8);
	assert_int_equal(usage.run_samples, 1);
}

static void burn_some_cpu(void)
{
	struct timespec used;

	do
		clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
	while (used.tv_sec == 0 && used.tv_nsec < 100000000);
}

static void cpu_time_is_measured(void **state)
{
	struct fixture *fixture = *state;
	struct live_usage usage;

	make_table(fixture, 1);
	start_child(fixture, burn_some_cpu);
	set_worker(fixture, 0, 7);
	measure(fixture);
	assert_true(live_table_get_usage(fixture->table, 0, &usage));
	assert_true(usage.cpu_ns >= 80000000);
	assert_true(usage.cpu_permille > 0 && usage.cpu_permille <= 1500);
	/* It has waited since, but for a tick. */
	measure(fixture);
	assert_true(live_table_get_usage(fixture->table, 0, &usage));
	assert_true(usage.cpu_permille <= 200);
}

/* A child with a dead child, and a grandchild with two. */
static void leave_zombies(void)
{
	siginfo_t info;
	int ends[2];
	char byte;

	if (fork() == 0)
		_exit(0);
	waitid(P_ALL, 0, &info, WEXITED | WNOWAIT);
	if (pipe(ends) < 0)
		_exit(1);
	if (fork() == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (int i = 0; i < 2; i++) {
			pid_t pid = fork();

			if (pid == 0)
				_exit(0);
			waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT);
		}
		if (write(ends[1], "", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	if (read(ends[0], &byte, 1) != 1)
		_exit(1);
}

static void zombies_below_are_counted(void **state)
{
	struct fixture *fixture = *state;
	struct live_usage usage;

	make_table(fixture, 1);
	start_child(fixture, leave_zombies);
	set_worker(fixture, 0, 7);
	measure(fixture);
	assert_true(live_table_get_usage(fixture->table, 0, &usage));
	assert_int_equal(usage.zombies, 3);
}

/* A child of its own session that has two children: one that holds memory and
 * files and burns CPU, and one that is an orphan. */
static void raise_family(void)
{
	int ends[2];
	char byte;

	setsid();
	if (pipe(ends) < 0)
		_exit(1);
	if (fork() == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		open_some_files();
		burn_some_cpu();
		if (write(ends[1], "", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	if (fork() == 0) {
		if (fork() == 0) {
			while (getppid() != 1 && write(ends[1], "", 1) == 1)
				pause();
		}
		_exit(0);
	}
	wait(NULL);
	for (int i = 0; i < 2; i++)
		if (read(ends[0], &byte, 1) != 1)
			_exit(1);
}

static void all_of_the_tree_counts(void **state)
{
	struct fixture *fixture = *state;
	struct live_usage usage;
	pid_t orphan = 0;

	/* As for a supervisor, orphans come to this process. */
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	make_table(fixture, 1);
	start_child(fixture, raise_family);
	set_worker(fixture, 0, 7);
	measure(fixture);
	assert_true(live_table_get_usage(fixture->table, 0, &usage));
	assert_int_equal(usage.processes, 3);
	assert_int_equal(usage.threads, 3);
	assert_true(usage.open_files >= 20 + 3 * 3);
	assert_true(usage.cpu_ns >= 80000000);
	for (size_t i = 0; i < fixture->processes.count; i++) {
		const struct process *one = &fixture->processes.list[i];

		if (one->session == fixture->child && one->parent == getpid() &&
		    one->pid != fixture->child)
			orphan = one->pid;
	}
	assert_true(orphan > 0);
	kill(orphan, SIGKILL);
	waitpid(orphan, NULL, 0);
	prctl(PR_SET_CHILD_SUBREAPER, 0);
}

static void *sleep_on(void *unused)
{
	(void)unused;
	for (;;)
		pause();
	return NULL;
}

static void *say_ready(void *fd)
{
	while (process_state(getpid()) != 'Z')
		sched_yield();
	if (write(*(int *)fd, "", 1) != 1)
		_exit(1);
	return sleep_on(NULL);
}

static void a_main_thread_that_is_gone_is_a_zombie(void **state)
{
	struct fixture *fixture = *state;
	struct live_usage usage;
	int ends[2];
	char byte;

	make_table(fixture, 1);
	assert_int_equal(pipe(ends), 0);
	fixture->child = fork();
	if (fixture->child == 0) {
		pthread_t thread;

		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (pthread_create(&thread, NULL, say_ready, &ends[1]) != 0)
			_exit(1);
		pthread_exit(NULL);
	}
	close(ends[1]);
	fixture->ready = ends[0];
	assert_int_equal(read(ends[0], &byte, 1), 1);
	set_worker(fixture, 0, 7);
	measure(fixture);
	assert_true(live_table_get_usage(fixture->table, 0, &usage));
	assert_int_equal(usage.zombies, 1);
	assert_int_equal(usage.process_state, 'Z');
	assert_int_equal(usage.processes, 1);
	/* One that is dead is the supervisor's to reap. */
	kill(fixture->child, SIGKILL);
	while (process_threads(fixture->child) > 1)
		sched_yield();
	measure(fixture);
	assert_true(live_table_get_usage(fixture->table, 0, &usage));
	assert_int_equal(usage.zombies, 0);
}

static void too_many_files_are_told(void **state)
{
	struct fixture *fixture = *state;
	struct live_usage usage;

	fixture->pool.bounds[GAUGE_OPEN_FILES] = (struct live_bound){
		.set = true,
		.over = 10,
	};
	make_table(fixture, 1);
	start_child(fixture, open_some_files);
	set_worker(fixture, 0, 7);
	measure(fixture);
	assert_int_equal(fixture->verdicts, 1);
	assert_int_equal(fixture->verdict.cause, CAUSE_OPEN_FILES);
	assert_int_equal(fixture->verdict.run, 7);
	assert_true(live_table_get_usage(fixture->table, 0, &usage));
	assert_int_equal(fixture->verdict.value, usage.open_files);
	/* Only once: it is not to be ended. */
	measure(fixture);
	assert_int_equal(fixture->verdicts, 1);
}

static void copy_bytes(void)
{
	int null = open("/dev/zero", O_RDWR | O_CLOEXEC);
	char bytes[1000];

	if (read(null, bytes, 1000) != 1000 || write(null, bytes, 300) != 300)
		_exit(1);
}

static void io_is_read_where_progress_counts(void **state)
{
	struct fixture *fixture = *state;
	struct live_usage usage;

	fixture->pool.progress_ns = 1;
	make_table(fixture, 1);
	start_child(fixture, copy_bytes);
	wait_until_asleep(fixture->child);
	set_worker(fixture, 0, 7);
	measure(fixture);
	assert_true(live_table_get_usage(fixture->table, 0, &usage));
	if (!usage.io_known)
		skip();
	assert_true(usage.written_bytes >= 300 && usage.written_bytes < 1000);
	assert_true(usage.io_bytes >= 1300);
	assert_int_equal(fixture->verdicts, 0);
	measure(fixture);
	assert_int_equal(fixture->verdicts, 1);
	assert_int_equal(fixture->verdict.cause, CAUSE_UNHEALTHY);
}

static void another_process_of_that_pid_is_not_measured(void **state)
{
	struct fixture *fixture = *state;
	struct live_worker worker = {.run = 7, .state = WORKER_READY};
	struct live_usage usage;

	make_table(fixture, 1);
	start_child(fixture, open_some_files);
	worker.pid = fixture->child;
	worker.started_mono_ns = clock_monotonic_ns() - 60000000000;
	live_table_set_worker(fixture->table, 0, &worker);
	measure(fixture);
	assert_false(live_table_get_usage(fixture->table, 0, &usage));

	/* The same where the run was measured before. */
	usage = (struct live_usage){.run = 7, .start_ticks = 1};
	live_table_set_usage(fixture->table, 0, &usage);
	measure(fixture);
	assert_true(live_table_get_usage(fixture->table, 0, &usage));
	assert_int_equal(usage.start_ticks, 1);
}

/* Runs reeve-sampler for the folder of the test. Returns our end of its
 * socket. */
static int start_sampler(struct fixture *fixture, pid_t *pid)
{
	const char *build = getenv("REEVE_BUILD_DIR");
	char path[512];
	int ends[2], wake = eventfd(0, 0);

	snprintf(path, sizeof(path), "%s/reeve-sampler", build ? build : ".");
	assert_int_equal(
		socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
	*pid = fork();
	assert_true(*pid >= 0);
	if (*pid == 0) {
		int socket = fcntl(ends[1], F_DUPFD, 10);
		int eventfd = fcntl(wake, F_DUPFD, 10);

		dup2(socket, HELPER_SOCKET_FD);
		dup2(eventfd, HELPER_WAKE_FD);
		execl(path, path, "shop", fixture->folder, fixture->folder,
		      NULL);
		_exit(127);
	}
	close(wake);
	close(ends[1]);
	return ends[0];
}

static void wait_for_samples(const struct live_table *table, uint32_t samples)
{
	struct live_usage usage = {0};

	while (!live_table_get_usage(table, 0, &usage) ||
	       usage.run_samples < samples)
		poll(NULL, 0, 5);
}

static void assert_ends_well(pid_t pid)
{
	int status;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

static void the_sampler_follows_the_table(void **state)
{
	const struct message finish = {.kind = MESSAGE_FINISH};
	struct fixture *fixture = *state;
	pid_t sampler;
	int socket = start_sampler(fixture, &sampler);

	/* It may be there before the table. */
	make_table(fixture, 1);
	start_child(fixture, open_some_files);
	set_worker(fixture, 0, 7);
	wait_for_samples(fixture->table, 2);
	make_table(fixture, 2);
	wait_for_samples(fixture->table, 10);
	assert_int_equal(message_send(socket, &finish), 0);
	assert_ends_well(sampler);
	close(socket);
}

static void the_sampler_ends_with_the_supervisor(void **state)
{
	struct fixture *fixture = *state;
	pid_t sampler;
	int socket;

	make_table(fixture, 1);
	start_child(fixture, open_some_files);
	set_worker(fixture, 0, 7);
	socket = start_sampler(fixture, &sampler);
	wait_for_samples(fixture->table, 1);
	close(socket);
	assert_ends_well(sampler);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(function) \
	cmocka_unit_test_setup_teardown(function, set_up, tear_down)
		TEST(a_worker_is_measured),
		TEST(cpu_time_is_measured),
		TEST(zombies_below_are_counted),
		TEST(all_of_the_tree_counts),
		TEST(a_main_thread_that_is_gone_is_a_zombie),
		TEST(too_many_files_are_told),
		TEST(io_is_read_where_progress_counts),
		TEST(another_process_of_that_pid_is_not_measured),
		TEST(the_sampler_follows_the_table),
		TEST(the_sampler_ends_with_the_supervisor),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
