#ifndef STORE_RECORDER_H
#define STORE_RECORDER_H

#include "base/error.h"
#include "store/history.h"
#include "store/intake.h"
#include "store/retention.h"
#include "store/trim.h"
#include "supervisor/helper.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What the files of reeve-recorder share. */

/* Of one transaction, no more is said on standard error. */
enum { NOTES_MAX = 50 };

struct recorder {
	struct helper helper;
	char path[600]; /* of history.db */
	int folder; /* RUNTIME/journal; locked by the one who records */
	struct intake *intake;
	struct history *history; /* NULL: not open */
	struct retention retention; /* as it was told; no bounds until then */
	struct trim trim; /* the pass of upkeep … */
	bool trimming; /* … that is under way */
	int64_t trim_at_ns; /* when the next one is due */
	int64_t size_at_ns; /* when the size is looked at again */
	bool refused; /* the file is of a newer reeve: only wait */
	bool finishing; /* told to, or the supervisor is gone */
	int retry_ms; /* 0: all is well */
	char warning[1280]; /* to be written into the next history */
	char *notes[NOTES_MAX]; /* what to say once it is committed */
	size_t note_count; /* may be more than NOTES_MAX */
};

/* Opens the history where it is not open, and sees that it is still the file at
 * its path; what is junk there is moved aside. Returns 0; or -1 and the
 * reason, and sets `recorder->refused` when it is of a newer reeve. */
int recorder_open_history(struct recorder *recorder, struct error *error);

/* Closes it; all positions in the journals are asked for again. */
void recorder_close_history(struct recorder *recorder);

/* Writes `recorder->warning` into the history, where there is one. Returns 0;
 * or -1 and the reason. */
int recorder_write_warning(struct recorder *recorder, struct error *error);

/* After a failure: the file is opened anew next time, or a new one begun. */
void recorder_give_up_history(struct recorder *recorder, struct error *error);

/*
 * Does some steps of upkeep where a pass is due. Returns whether more are to be
 * done; sets `recorder->trim_at_ns` to when the next pass is due where not.
 */
bool recorder_tidy(struct recorder *recorder);

#endif
