#ifndef SUPERVISOR_CORE_PATTERN_H
#define SUPERVISOR_CORE_PATTERN_H

#include <stdbool.h>
#include <sys/types.h>

/*
 * Where the kernel puts the core of a process, by /proc/sys/kernel/core_pattern
 * and core_uses_pid: see core(5).
 */

enum { CORE_TEXT_SIZE = 4096 };

struct core_process {
	pid_t pid;
	int signal;
	const char *directory; /* absolute, that it was started in */
};

enum core_place {
	CORE_NOWHERE,
	CORE_IN_FILE, /* text: a pattern for glob(3) */
	CORE_HANDED, /* text: who was given it */
};

/*
 * Reads `pattern`, as the file has it, for a process that dumped its core. What
 * nobody knows any more when the process has ended (its threads, its name, the
 * time) may be anything in the glob pattern: whether a file is the right one
 * says core_file_read().
 */
enum core_place core_pattern_read(const char *pattern, bool uses_pid,
				  const struct core_process *process,
				  char text[CORE_TEXT_SIZE]);

#endif
