#ifndef SUPERVISOR_STRAY_H
#define SUPERVISOR_STRAY_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* Processes that a run may have left, one by one as /proc shows them. */

enum { STRAY_NAME_SIZE = 64 }; /* of a kernel thread; others have 16 */

struct stray {
	pid_t pid;
	pid_t parent;
	uint64_t start_ticks; /* with the pid: which process it is */
	char state; /* R S D T Z X …, of its first thread */
	long threads;
	char name[STRAY_NAME_SIZE]; /* as ps shows it; unprintables are ? */
};

/* Reads /proc/PID/stat. Returns 0, or -1 when there is no such process. */
int stray_read(pid_t pid, struct stray *process);

/* Whether a process is a child of `ancestor`, or one of a child of it, and so
 * on. */
bool stray_descends(pid_t pid, pid_t ancestor);

/* Whether it still runs. A zombie does not, but a process whose first thread
 * has ended before others looks much like one. */
bool stray_is_alive(const struct stray *process);

/*
 * The run of the instance with this runtime folder that the process belongs
 * to, by REEVE_RUNTIME_DIR and REEVE_RUN in its environment; 0 when it is none
 * of a worker (helpers have no REEVE_RUN) or cannot be read.
 */
uint64_t stray_find_run(pid_t pid, const char *runtime);

/* Sends a signal to this very process, not to another that has its pid now.
 * Returns 0 also when it is gone, or -1 with errno (EPERM). */
int stray_signal(const struct stray *process, int number);

#endif
