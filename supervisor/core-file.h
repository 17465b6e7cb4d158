#ifndef SUPERVISOR_CORE_FILE_H
#define SUPERVISOR_CORE_FILE_H

#include <sys/types.h>

/* What the notes of a core say of the process that it is of: see elf(5). */
struct core_file {
	pid_t pid;
	char program[4096]; /* "": not known */
};

/*
 * Reads the core in `fd`, bounded, whatever its bytes are. Returns 0, or -1
 * when it is no core of a program of this machine's own kind.
 */
int core_file_read(int fd, struct core_file *core);

#endif
