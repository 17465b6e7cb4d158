#ifndef SUPERVISOR_TREE_H
#define SUPERVISOR_TREE_H

#include "supervisor/processes.h"

/*
 * Which processes are a worker's: its main process, all that descends from it,
 * and those of its session that lost their parent. (A main process leads a
 * session of its own, so an orphan is known by that until it begins one
 * itself.)
 */

/* Settles the `main` of each process, and of how many each tree consists. The
 * slots of main processes must be set. */
void tree_settle(const struct processes *processes);

/* Adds what `process` uses to its tree; without a tree, to none. Its open files
 * are read from /proc now; its I/O too, where the `io_known` of the tree is
 * set. Returns the main process of a tree that is whole now, else NULL: what is
 * then read of the same process is still in the caches of the CPU. */
const struct process *tree_add(const struct process *process);

#endif
