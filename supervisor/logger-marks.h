#ifndef SUPERVISOR_LOGGER_MARKS_H
#define SUPERVISOR_LOGGER_MARKS_H

#include "base/error.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * Where the output of each run begins, kept in a mapped file (RUNTIME/logger)
 * so that a logger that was killed finds it again. Only runs that printed
 * something and are not drained have a mark. The file is locked: a logger that
 * starts while the one before it still drains waits for its end, so that no
 * two write the same log.
 */

/* Names a place by the inode of the log file, which rotation does not change.
 */
struct log_mark {
	uint64_t run; /* 0: a free place in the table */
	uint64_t inode; /* 0: that file is gone, all that is left is younger */
	uint64_t offset;
};

enum { LOG_MARK_MAX = 65536 };

struct log_marks {
	int fd;
	struct log_mark *table; /* mapped; LOG_MARK_MAX, in part allocated */
	uint32_t allocated; /* marks that the file has room for */
	uint32_t used; /* no mark at or after this place */
	uint32_t free_hint; /* no free place before this one */
	uint32_t unclaimed; /* left by an earlier logger, not found yet */
	char path[600];
};

/*
 * Opens or makes the file at `path`, waits for its lock and maps it. Returns
 * 0, or -1 and the reason.
 */
int log_marks_open(struct log_marks *marks, const char *path,
		   struct error *error);

/* Unmaps it; removes the file when no mark is left. */
void log_marks_close(struct log_marks *marks);

/* The mark that an earlier logger made for this run, or NULL. */
struct log_mark *log_marks_find(struct log_marks *marks, uint64_t run);

/*
 * Adds a mark, which stays where it is until log_marks_drop(). NULL when there
 * is no room.
 */
struct log_mark *log_marks_add(struct log_marks *marks,
			       const struct log_mark *mark);

void log_marks_drop(struct log_marks *marks, struct log_mark *mark);

#endif
