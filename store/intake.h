#ifndef STORE_INTAKE_H
#define STORE_INTAKE_H

#include "base/error.h"
#include "store/history.h"
#include "store/journal.h"

#include <stdint.h>

/*
 * All journals of an instance, as the recorder reads them: which segments are
 * there, how far each has been read and how far that is in the history. A
 * segment whose end has been committed and which has a successor is deleted.
 */

struct intake;

/* One thing that was read. */
struct intake_item {
	const char *writer; /* of the journal */
	uint64_t damaged; /* so many places were skipped before it */
	bool has_record; /* false: only damage is to be told */
	struct journal_record record;
};

/* Prepares to read the journals in `folder`. NULL and the reason when memory
 * is short. */
struct intake *intake_open(const char *folder, struct error *error);

/* NULL is fine. */
void intake_close(struct intake *intake);

/*
 * Looks which segments are there now, takes up the new ones where `history`
 * says that they were left, and has appends from now on wake the recorder
 * again. Returns 0; or -1 and the reason, as for a history.
 */
int intake_scan(struct intake *intake, struct history *history,
		struct error *error);

/* Reads the next record of any journal. Returns 1, or 0 when there is none by
 * now. */
int intake_next(struct intake *intake, struct intake_item *item);

/* Writes into `history` how far all that was read goes. */
int intake_save(struct intake *intake, struct history *history,
		struct error *error);

/* What was read is in the history: deletes what is done with. */
void intake_committed(struct intake *intake, struct history *history);

/* What was read since the last commit is not in the history: reads it again. */
void intake_rolled_back(struct intake *intake);

/* Forgets all positions: another history takes the place of the old one. */
void intake_forget(struct intake *intake);

#endif
