#ifndef SUPERVISOR_PROCESSES_H
#define SUPERVISOR_PROCESSES_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * All processes of the machine, read from /proc by libproc2 (procps_pids(3)) in
 * one pass that opens one file for each.
 */

/* The slot of a process that is no worker's. */
#define PROCESS_NO_SLOT UINT32_MAX

/* What all processes of a tree use together. */
struct tree_usage {
	uint32_t missing; /* processes that are not added yet */
	uint32_t processes; /* alive */
	uint32_t threads;
	uint32_t open_files;
	uint32_t zombies; /* as in struct live_usage */
	uint64_t rss_bytes;
	uint64_t cpu_ticks;
	bool io_known; /* of each of them */
	uint64_t read_bytes; /* of any kind of file, pipes and sockets too */
	uint64_t written_bytes;
};

struct process {
	pid_t pid;
	pid_t parent;
	pid_t session;
	char state; /* R S D Z T …, of its main thread */
	uint32_t threads;
	int32_t processor; /* that it ran on last */
	/* User and system time so far, with that of children it has reaped. */
	uint64_t cpu_ticks;
	uint64_t start_ticks; /* after boot */
	uint64_t rss_bytes;
	/* For those who read them to say: whose main process it is … */
	uint32_t slot;
	uint32_t pool; /* of that worker, in the live table */
	uint64_t run;
	/* … and in whose tree it is: a main process, or NULL. */
	bool settled;
	struct process *main;
	struct tree_usage tree; /* of a main process */
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
