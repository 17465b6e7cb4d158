#ifndef TESTS_SPAWN_FIXTURE_H
#define TESTS_SPAWN_FIXTURE_H

#include "supervisor/spawn.h"

#include <stdbool.h>
#include <sys/types.h>

/*
 * What the tests of spawn() share: requests, how children end, a folder, and
 * that each test runs in each of the ways to start a process.
 */

extern char spawn_folder[64];
/* As can be seen from what does not work. */
extern bool in_valgrind;

/* The least that is to be said; the child has no environment. */
struct spawn_request make_request(char *const *argv, const int *fds,
				  size_t fd_count);

/* Waits by the pidfd where there is one, and closes it. Returns the exit code
 * or the negative number of the signal. */
int wait_for(const struct spawn_result *result);

/* Asserts that a request fails at this step, and that no process is left. */
void assert_fails(const struct spawn_request *request, const char *step,
		  int error_number, const char *object);

/* Writes a file in the folder and tells its path. */
void write_file(char path[128], const char *name, const char *text,
		mode_t mode);

/* Makes the folder and ignores SIGPIPE, as the supervisor does. Returns 0 or
 * -1. */
int spawn_fixture_begin(void);

/* Removes the folder with its files. */
void spawn_fixture_end(void);

/* For cmocka: processes are started by clone3(2), by vfork(2) with a pidfd
 * and by vfork(2) alone. Where there is no clone3 (valgrind), the way that
 * works is tested again. */
int set_up_clone3(void **state);
int set_up_vfork(void **state);
int set_up_pid(void **state);

/* Runs the group in each of the ways; returns how many tests failed. */
#define run_each_way(tests)                                                  \
	(cmocka_run_group_tests_name("clone3", tests, set_up_clone3, NULL) + \
	 cmocka_run_group_tests_name("vfork", tests, set_up_vfork, NULL) +   \
	 cmocka_run_group_tests_name("pid", tests, set_up_pid, NULL))

#endif
