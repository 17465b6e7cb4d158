#ifndef STORE_HISTORY_H
#define STORE_HISTORY_H

#include "base/error.h"
#include "store/event.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * The writing side of history.db; only the recorder uses it. Rows are written
 * in transactions, together with how far each journal has been read, so each
 * event is in the file exactly once whenever the recorder is killed.
 */

struct history;

/* What is wrong with a file that cannot be opened or written. */
enum history_problem {
	HISTORY_BUSY, /* no space, locked, no permission: may pass */
	HISTORY_JUNK, /* it is damaged, or not a history at all */
	HISTORY_NEWER, /* a newer reeve made it: not to be touched */
};

/* Opens the file at `path`, or makes it. NULL, `*problem` and the reason when
 * it cannot be used; it is unchanged then. */
struct history *history_open(const char *path, enum history_problem *problem,
			     struct error *error);

/* Moves what is in the log of the database into the file where that is
 * possible, and closes it. NULL is fine. */
void history_close(struct history *history);

/*
 * Whether the file at its path is still the one that was opened and still a
 * database: people delete files and write over them. Where it is not, close
 * the history and open it anew: what is written to it would not be found.
 * `*problem` says whether what is there is junk.
 */
bool history_is_in_place(struct history *history, enum history_problem *problem,
			 struct error *error);

/*
 * The functions below return 0, or -1 and the reason; after a failure call
 * history_rollback(), and history_problem() says of what kind it was.
 */

int history_begin(struct history *history, struct error *error);

/* Writes one event into its tables. */
int history_add(struct history *history, const struct event_record *event,
		struct error *error);

int history_commit(struct history *history, struct error *error);

/* Whether a run has crashed in this transaction whose last output is not in the
 * file yet: it is better to wait for it a little, so that a reader finds
 * both. */
bool history_awaits_output(const struct history *history);

void history_rollback(struct history *history);

enum history_problem history_problem(const struct history *history);

/* How far the segment with this id has been read; 0 when not at all. */
int history_get_position(struct history *history, uint64_t id,
			 uint64_t *position, struct error *error);

/* Notes that it has been read up to `position`. */
int history_set_position(struct history *history, uint64_t id,
			 const char *writer, uint64_t number, uint64_t position,
			 struct error *error);

/* Forgets the position of a segment that is deleted. */
int history_drop_position(struct history *history, uint64_t id,
			  struct error *error);

/* Moves a file that is junk aside, with what belongs to it, to
 * PATH.corrupt-TIME; writes that path into `aside`. */
int history_move_aside(const char *path, char aside[600], struct error *error);

#endif
