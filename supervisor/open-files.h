#ifndef SUPERVISOR_OPEN_FILES_H
#define SUPERVISOR_OPEN_FILES_H

#include <stdint.h>
#include <sys/types.h>

/* How many files the process has open; 0 where we may not know or it is gone.
 * Since Linux 6.2 one stat(2) of its fd folder tells; else they are counted. */
uint32_t open_files_count(pid_t pid);

#endif
