#ifndef TESTS_WORKER_FIXTURE_H
#define TESTS_WORKER_FIXTURE_H

#include "supervisor/pool.h"
#include "supervisor/worker.h"

/*
 * The state machine of one worker with a fake kernel: no process runs and no
 * time passes but as the test says.
 */

/* A second. */
#define S INT64_C(1000000000)

/* The world as the machine sees it: what it asked for is written down. */
struct world {
	int64_t now_ns;
	int64_t real_us; /* CLOCK_REALTIME less CLOCK_MONOTONIC */
	int spawns;
	int next_failure; /* errno of the next spawn; 0: it succeeds */
	bool launching; /* that it succeeds is known later */
	int signal; /* the last one that was sent */
	int signals;
	int64_t timer_ns; /* -1: none is set */
	bool leftovers;
	int sweeps;
	uint64_t events[32]; /* kinds, in order */
	struct event_record last;
	int event_count;
	int changes;
	bool gate_closed;
	bool evidence; /* somebody can gather it */
	int evidences;
};

extern struct world world;
extern struct pool_config config;
extern struct worker worker;

/* For cmocka: the worker of a new pool, not started yet. */
int setup(void **state);
int teardown(void **state);

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

void input(enum worker_input what);

/* The main process ends; the logger has drained it at once. */
void end_by(int code, int number);

#endif
