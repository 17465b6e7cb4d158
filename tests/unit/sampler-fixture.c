#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/clock.h"
#include "sampler-fixture.h"

int set_up(void **state)
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

void end_child(struct fixture *fixture)
{
	if (fixture->child > 0) {
		kill(fixture->child, SIGKILL);
		waitpid(fixture->child, NULL, 0);
		close(fixture->ready);
		fixture->child = 0;
	}
}

int tear_down(void **state)
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

void make_table(struct fixture *fixture, uint32_t capacity)
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

void start_child(struct fixture *fixture, void (*work)(void))
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

void set_worker(struct fixture *fixture, uint32_t slot, uint64_t run)
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

static bool is_connected(const struct live_pool *pool, uint32_t slot,
			 void *context)
{
	const struct fixture *fixture = context;

	(void)pool;
	(void)slot;
	return fixture->connected;
}

void measure(struct fixture *fixture)
{
	const struct measure_calls calls = {hear, is_connected, fixture};
	struct error error;

	assert_int_equal(measure_workers(fixture->table, &fixture->processes,
					 &calls, &error),
			 0);
}

void open_some_files(void)
{
	for (int fd = 0; fd < 20; fd++)
		dup2(1, 10 + fd);
}

void burn_some_cpu(void)
{
	struct timespec used;

	do
		clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
	while (used.tv_sec == 0 && used.tv_nsec < 100000000);
}

struct stat_line process_stat(pid_t pid)
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
