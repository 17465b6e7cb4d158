#ifndef TESTS_SAMPLER_FIXTURE_H
#define TESTS_SAMPLER_FIXTURE_H

#include "live/table.h"
#include "supervisor/measure.h"

#include <stdbool.h>
#include <sys/types.h>

/*
 * A live table in a folder of its own, a process that is its worker, and what
 * is said of it when it is measured.
 */

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
	bool connected; /* what is said of all workers */
};

/* cmocka's set-up and tear-down of one test; *state is the fixture. */
int set_up(void **state);
int tear_down(void **state);

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

/* Makes the table, or one that takes the place of the former one. */
void make_table(struct fixture *fixture, uint32_t capacity);

/* Starts a process that calls `work`, says that it is ready, and waits. */
void start_child(struct fixture *fixture, void (*work)(void));
void end_child(struct fixture *fixture);

/* The child is the worker in this slot from now on. */
void set_worker(struct fixture *fixture, uint32_t slot, uint64_t run);

/* Measures all workers, as reeve-sampler does at each of its ticks. */
void measure(struct fixture *fixture);

/* Work for children: 20 files, and 100 ms of CPU time. */
void open_some_files(void);
void burn_some_cpu(void);

/* As proc(5) shows it. */
struct stat_line {
	char state;
	long threads;
};

struct stat_line process_stat(pid_t pid);

#endif
