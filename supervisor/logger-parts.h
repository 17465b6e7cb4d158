#ifndef SUPERVISOR_LOGGER_PARTS_H
#define SUPERVISOR_LOGGER_PARTS_H

#include "supervisor/logger-marks.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * The parts of a log: NAME, which is written, is part 0; the older ones are
 * NAME.1 (the youngest) to NAME.KEEP, or NAME.2.gz … where they were
 * compressed. Where we were killed between the two steps that put NAME.2.gz in
 * the place of NAME.2, both are there and have the same contents.
 */

enum { LOGGER_PART_PATH_SIZE = 640 };

/* The path of part `number` of the log `name`, compressed or not. */
void logger_part_path(char path[LOGGER_PART_PATH_SIZE], const char *name,
		      uint64_t number, bool compressed);

/* The path of the file that is going to be a compressed part. */
void logger_part_draft(char path[LOGGER_PART_PATH_SIZE], const char *name);

/*
 * Moves all parts up by one, so that there is no part 0, and removes those
 * above `keep`. When `begin` (or NULL) names a removed one its inode is set to
 * 0. Returns 0, or -1 with errno.
 */
int logger_parts_shift(const char *name, uint64_t keep, struct log_mark *begin);

/*
 * The oldest part that is to be compressed, 0: none. Part 1 stays plain, so
 * that who reads the end of the log goes on at once, and so do those in which
 * the last `tail` bytes are.
 */
uint64_t logger_parts_plain(const char *name, uint64_t keep, uint64_t tail);

/*
 * Puts the draft, compressed from the file `inode`, in the place of the part
 * that this file is by now; where it was removed meanwhile, removes the draft.
 * `begin` as above. Returns 0, or -1 with errno.
 */
int logger_parts_replace(const char *name, uint64_t keep, uint64_t inode,
			 struct log_mark *begin);

#endif
