#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "sampler-fixture.h"

/* What is measured of a worker that is more than one process or thread. */

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
	while (process_stat(getpid()).state != 'Z')
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
	while (process_stat(fixture->child).threads > 1)
		sched_yield();
	measure(fixture);
	assert_true(live_table_get_usage(fixture->table, 0, &usage));
	assert_int_equal(usage.zombies, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(zombies_below_are_counted),
		TEST(all_of_the_tree_counts),
		TEST(a_main_thread_that_is_gone_is_a_zombie),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
