#ifndef SUPERVISOR_LOADER_MANUAL_H
#define SUPERVISOR_LOADER_MANUAL_H

#include <stdio.h>

/*
 * Writes the manual page whose prose is in the file at `template`: the lines
 * "@file-keys@", "@pool-keys@" and "@socket-keys@" are replaced by the keys of
 * the option table, in the macros of mdoc(7). Returns 0, or -1 when a file
 * could not be read or written.
 */
int manual_write(const char *template, FILE *file);

#endif
