#ifndef SUPERVISOR_NUMBERS_H
#define SUPERVISOR_NUMBERS_H

#include "base/error.h"

#include <stdint.h>

/*
 * The numbers of runs and configs, which grow for ever, over restarts and
 * reboots. STATE/next-run holds the first number of each that no supervisor
 * has used: a block of run numbers is reserved there before it is used, and
 * what is left of it is given back when the instance stops in order.
 */
struct numbers;

/* Reads `state`/next-run (none there: both begin at 1) and reserves a block.
 * Returns NULL and the reason: a full disk, a file that is none. */
struct numbers *numbers_open(const char *state, struct error *error);

/* The next run number. Never fails: when a further block cannot be reserved,
 * numbers go on without. Waits for no disk. */
uint64_t numbers_next_run(struct numbers *numbers);

/* The next config number. */
uint64_t numbers_next_config(struct numbers *numbers);

/* Gives back what is left of the block and frees; NULL is fine. */
void numbers_close(struct numbers *numbers);

#endif
