/*
 * reap PASSES PAUSE_MS: the bare libproc2 pass that the sampler's is compared
 * with: reads all processes PASSES times, PAUSE_MS apart, and prints the CPU
 * time of one pass in nanoseconds, without the first, which allocates.
 */
#include "config.h"

#include <libproc2/pids.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static enum pids_item items[] = {
	PIDS_ID_PID,	PIDS_ID_PPID,  PIDS_STATE,	PIDS_NLWP,
	PIDS_PROCESSOR, PIDS_TICS_ALL, PIDS_TICS_BEGAN, PIDS_RSS,
};

static int64_t cpu_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

int main(int argc, char **argv)
{
	struct pids_info *info = NULL;
	int64_t began_ns = 0;
	long passes, pause_ms;

	if (argc != 3)
		return 2;
	passes = strtol(argv[1], NULL, 10);
	pause_ms = strtol(argv[2], NULL, 10);
	if (passes < 1)
		return 2;
	if (procps_pids_new(&info, items, sizeof(items) / sizeof(items[0])) < 0)
		return 1;
	for (long i = 0; i <= passes; i++) {
		if (procps_pids_reap(info, PIDS_FETCH_TASKS_ONLY) == NULL)
			return 1;
		if (i == 0)
			began_ns = cpu_ns();
		usleep((useconds_t)pause_ms * 1000);
	}
	printf("%lld\n", (long long)((cpu_ns() - began_ns) / passes));
	procps_pids_unref(&info);
	return 0;
}
