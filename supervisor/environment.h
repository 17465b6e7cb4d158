#ifndef SUPERVISOR_ENVIRONMENT_H
#define SUPERVISOR_ENVIRONMENT_H

#include "supervisor/worker.h"

/*
 * What a run is given: its command and its environment, with {index}, {pool},
 * {worker} and {instance} filled in. Both are made anew for each run in one
 * buffer that was made large enough when the config was loaded, so that
 * nothing is allocated between a death and the restart, and a worker that
 * just runs costs no memory for it.
 */
struct environment;

/* Keeps reeve's own environment without what belongs to reeve's own place
 * (NOTIFY_SOCKET, LISTEN_*, WATCHDOG_*, REEVE_*). `instance` and `runtime`
 * must outlive it. NULL when memory is short. */
struct environment *environment_open(const char *instance, const char *runtime);

void environment_close(struct environment *environment);

/*
 * The environment of a pool: reeve's own with that of the config over it,
 * ended by NULL; braces are still as they are in the config. Also makes the
 * buffer large enough for it. The array is the caller's, the strings are not.
 * NULL when memory is short.
 */
char **environment_of_pool(struct environment *environment,
			   const struct pool_config *config);

/* What one run is given beside its config. */
struct run_offer {
	const char *notify_socket; /* NOTIFY_SOCKET; NULL: none */
	int64_t watchdog_us; /* WATCHDOG_USEC and _PID; 0: none */
	size_t listen_fds; /* LISTEN_FDS and _PID; 0: none */
	/* LISTEN_FDNAMES, less than LISTEN_NAMES_SIZE bytes. */
	const char *listen_names;
};

enum { LISTEN_NAMES_SIZE = 8192 };

/* The command and environment of one run; valid until the next call. */
struct run_arguments {
	char **argv;
	char **envp;
	/* Where the pid of the run is missing (spawn_request.pid_places). */
	char *pid_places[2];
	size_t pid_place_count;
};

/* Makes them for `worker` and the number of its next run. */
struct run_arguments environment_make(struct environment *environment,
				      const struct worker *worker, uint64_t run,
				      const struct run_offer *offer);

/* The same for a command that goes with a worker and is none, such as a check:
 * one of its pool's config. `run` as it is now. */
struct run_arguments environment_make_command(struct environment *environment,
					      const struct worker *worker,
					      const struct text_list *command,
					      uint64_t run);

/* Fills in the braces of one text for a worker. Returns 0, or -1 when it does
 * not fit into `size` bytes. */
int environment_fill(const struct worker *worker, const char *text, char *out,
		     size_t size);

#endif
