#ifndef SUPERVISOR_EVIDENCE_H
#define SUPERVISOR_EVIDENCE_H

#include <stdio.h>
#include <sys/types.h>

/*
 * What /proc knows of a process that is about to be killed, as text for people:
 * first a few lines that say what it is and what its threads and children do,
 * then, after an empty line, all of it: stacks, open files, status. No file is
 * read that would wait for the memory of the process (cmdline, environ, maps):
 * who waits for a dead disk while changing it would keep the reader waiting.
 * Everything is bounded. What may not be read is said in one line.
 */

/* No evidence is longer. */
enum { EVIDENCE_MAX = 128 * 1024 };

/* Writes the evidence on `pid`, piece by piece, so that what there is counts
 * when the writer is killed. */
void evidence_write(FILE *out, pid_t pid);

#endif
