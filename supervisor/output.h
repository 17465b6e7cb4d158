#ifndef SUPERVISOR_OUTPUT_H
#define SUPERVISOR_OUTPUT_H

#include "supervisor/worker.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * The FIFOs that runs print to. A worker has two pairs of them in the runtime
 * folder and takes them in turn, so that a run can begin while the logger
 * still reads what the one before has printed. They are opened read-write and
 * anew for each run: the worker itself keeps its output alive, whoever dies.
 */

/* Makes the FIFOs of a pair, owned by the user that the worker runs as.
 * Returns 0, or -1 with errno. */
int output_make(struct worker *worker, unsigned pair);

/* Whether the pair for the next run is still to be made, which is done while
 * nothing is going on. */
bool output_lacks_pair(const struct worker *worker);

/* Opens a pair for the run `run`, making it first where that has not been
 * done. Returns 0, or -1 with errno; then the pair stays free. */
int output_open(struct worker *worker, unsigned pair, uint64_t run);

/* The main process of the run on this pair has ended. */
void output_end(struct worker *worker, unsigned pair);

/* The logger has read all of it: closes it for the next run. */
void output_close(struct worker *worker, unsigned pair);

/* Closes and removes all FIFOs of the worker. */
void output_remove(struct worker *worker);

#endif
