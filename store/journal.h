#ifndef STORE_JOURNAL_H
#define STORE_JOURNAL_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Journals carry events from the processes of an instance to the recorder,
 * which alone writes history.db. A journal has one writer and is a row of
 * segments of fixed size, allocated and mapped ahead, in RUNTIME/journal:
 * WRITER.NUMBER, with a random id in the header. An append is a copy into the
 * mapping: it waits for no disk, and what was appended survives the death of
 * the writer.
 *
 * A record has length, checksum, type and version, and starts at a multiple of
 * 8 bytes. The length is stored last, so a record that a dead writer left
 * half done does not count (a torn tail). A record whose checksum is wrong is
 * skipped and counted; where its length cannot be right either, the reader
 * looks for the next whole record in the segment.
 *
 * A writer that starts always begins a new segment. The recorder deletes a
 * segment when all of it is committed and a later one of that writer exists.
 */

/* ---- writing ---- */

struct journal;

struct journal_settings {
	const char *folder; /* RUNTIME/journal; must exist */
	const char *writer; /* "supervisor", "logger", "sampler", … */
	size_t segment_size; /* bytes; at least 64 KiB */
	unsigned max_segments; /* the bound: when so many wait, it is full */
	int wake_fd; /* eventfd that wakes the recorder, or -1 */
};

/* Opens a journal and its first segment. NULL and the reason when that cannot
 * be allocated. `settings` is copied. */
struct journal *journal_open(const struct journal_settings *settings,
			     struct error *error);

/*
 * Appends one record. No disk is waited for. journal_wake() makes the
 * recorder look at it; one call serves any number of records. Returns 0;
 * or -1 when the journal is full or no segment could be allocated: the record
 * is counted as lost, and the count goes into the journal as a gap event as
 * soon as there is room again, before the next record.
 */
int journal_append(struct journal *journal, unsigned type, unsigned version,
		   const void *data, size_t size);

/* Wakes the recorder, unless it is about to look anyhow. */
void journal_wake(struct journal *journal);

/*
 * Allocates the next segment where the present one is more than half full.
 * Call it when nothing is going on; journal_append() does it itself when it
 * must. Never fails: what cannot be had is tried again.
 */
void journal_prepare(struct journal *journal);

/* Whether journal_prepare() has something to do. */
bool journal_wants_prepare(const struct journal *journal);

/* How many records were lost since it was opened. */
uint64_t journal_lost(const struct journal *journal);

/* Unmaps; the segments stay for the recorder. NULL is fine. */
void journal_close(struct journal *journal);

/* The record type of an event (store/event.h). */
enum { JOURNAL_EVENT = 1 };

/* ---- reading ---- */

struct journal_record {
	unsigned type;
	unsigned version;
	const void *data; /* valid until the next call */
	size_t size;
};

/* One segment, open for reading. */
struct journal_segment;

/* Opens the segment at `path`. NULL and the reason when it cannot be read;
 * errno is EBADMSG then when it is no segment. */
struct journal_segment *journal_segment_open(const char *path,
					     struct error *error);

/* NULL is fine. */
void journal_segment_close(struct journal_segment *segment);

/* The random id in its header, never 0. */
uint64_t journal_segment_id(const struct journal_segment *segment);

/*
 * Reads the record at or after `*offset` (0 at first) and moves `*offset`
 * behind it. Returns 1 with a record, 0 at the end of what is there by now.
 * Damaged bytes that were skipped on the way add one to `*damaged` for each
 * run of them.
 */
int journal_segment_next(struct journal_segment *segment, uint64_t *offset,
			 struct journal_record *record, uint64_t *damaged);

/* The reader knows that the writer moved on, or died: a later segment was
 * there before this call. What is no whole record now never will be one. */
void journal_segment_seal(struct journal_segment *segment);

/* The recorder is about to read all that is there: an append from now on wakes
 * it again. Until then appends are silent. */
void journal_segment_rearm(struct journal_segment *segment);

/* Whether the writer has moved on to a later segment. */
bool journal_segment_is_sealed(const struct journal_segment *segment);

#endif
