#ifndef SUPERVISOR_PROCESSES_H
#define SUPERVISOR_PROCESSES_H

#include "base/error.h"

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * All processes of the machine, read from /proc by libproc2 (procps_pids(3)) in
 * one pass that opens one file for each.
 */

/* The slot of a process that is no worker's. */
#define PROCESS_NO_SLOT UINT32_MAX

struct process {
	pid_t pid;
	pid_t parent;
	char state; /* R S D Z T … */
	uint32_t threads;
	int32_t processor; /* that it ran on last */
	uint64_t cpu_ticks; /* user and system time so far */
	uint64_t start_ticks; /* after boot */
	uint64_t rss_bytes;
	/* Whose main process it is; for those who read them to say. */
	uint32_t slot;
	uint64_t run;
	uint32_t zombies;
};

struct pids_info;

struct processes {
	struct pids_info *info;
	struct process *list;
	size_t count;
	size_t capacity;
	uint32_t *map; /* from pid to number in the list + 1; open addressing */
	size_t map_size; /* a power of two, at least twice the capacity */
	uint64_t page_bytes;
};

/* Opens /proc. Returns 0, or -1 and the reason. */
int processes_init(struct processes *processes, struct error *error);

void processes_release(struct processes *processes);

/* Reads them all anew. Returns 0; or -1 and the reason, and the list is empty
 * then. */
int processes_read(struct processes *processes, struct error *error);

/* The process `pid`, or NULL. */
struct process *processes_find(const struct processes *processes, pid_t pid);

#endif
