#ifndef BASE_PROGRAMS_H
#define BASE_PROGRAMS_H

#include "base/error.h"

enum { PROGRAM_PATH_SIZE = 512 };

/*
 * Finds a program of reeve's own, such as "reeve-loader": in the folder that
 * REEVE_LIBEXEC_DIR names, else beside the program that is running (a build
 * folder), else where `make install` puts them. Writes its absolute path.
 * Returns 0, or -1 and the reason when it lies nowhere. Reads /proc/self/exe:
 * call it at start, not in a loop.
 */
int programs_find(char path[PROGRAM_PATH_SIZE], const char *name,
		  struct error *error);

#endif
