#ifndef TUI_TREE_H
#define TUI_TREE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* The processes of a run as /proc shows them: the main process and all that
 * descend from it, each before its children. */

enum { TREE_MAXIMUM = 200, TREE_COMMAND_SIZE = 160 };

struct tree_process {
	pid_t pid;
	int depth; /* 0: the main process */
	char state; /* R S D Z T …, proc_pid_stat(5) */
	uint64_t cpu_ticks; /* user and system, so far */
	int64_t rss_pages;
	long threads;
	char command[TREE_COMMAND_SIZE]; /* its words, or its name */
};

/* Reads the tree below `pid`. Writes at most TREE_MAXIMUM processes; returns
 * how many; 0 when there is no such process. */
size_t tree_read(pid_t pid, struct tree_process *out);

#endif
