#ifndef TUI_PAST_H
#define TUI_PAST_H

#include "base/error.h"
#include "store/query.h"
#include "tui/canvas.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * The past, as the screens ask for it: the history file of the instance, held
 * open while it is the same file. No question holds the screen: one that takes
 * long, or meets a lock, fails, and the screens keep what they have.
 */

enum { PAST_PROBLEM_SIZE = 220 };

struct past {
	char path[600]; /* of the history */
	bool hidden; /* what is about helpers too */
	bool (*key_waits)(void); /* the user wants something; or NULL */
	struct query *query; /* NULL: not open */
	uint64_t device, inode; /* of the open file */
	uint64_t opened; /* how many times it was: it may be another one */
	int64_t latest_us; /* the latest event that is known; -1: none is */
	char problem[PAST_PROBLEM_SIZE]; /* of the last question; "": none */
	int64_t asked_at_ns; /* since when the questions last … */
	int64_t rest_until_ns; /* none is asked before, 0: at once */
	bool gave_up, locked; /* on the last question, because of a lock */
};

/* A past that reads `path` when it is asked for. It must not move then. */
void past_init(struct past *past, const char *path, bool hidden,
	       bool (*key_waits)(void));

void past_release(struct past *past);

/* The history, for some questions at once; opened if need be, and anew when
 * another file took its place. NULL: there is none, or it is busy:
 * `past->problem` says so. */
struct query *past_query(struct past *past);

/* Tells that a question has failed by `error`: sets `past->problem`. */
void past_failed(struct past *past, const struct error *error);

/* When and how a screen has read what it shows from the history. */
struct past_reading {
	int64_t for_us; /* the latest event at that time; … */
	uint64_t opened; /* … and past->opened; … */
	int64_t took_us; /* … it took so long … */
	int64_t at_us; /* … and ended then */
	int64_t began_us;
	bool failed;
	char problem[PAST_PROBLEM_SIZE]; /* "": none */
};

/* The history, where there is a reason to read it again: something has happened
 * lately, it was opened anew, or more is `wanted`; but reading takes a tenth of
 * the time at most. Call past_reading_end() after the questions. NULL: there is
 * no reason, or no history. */
struct query *past_reading_begin(struct past_reading *reading,
				 struct past *past, bool wanted);

/* `result`: 0, or -1 and the reason. */
void past_reading_end(struct past_reading *reading, struct past *past,
		      int result, const struct error *error);

/* Writes the problem of the reading, if there is one; says whether. */
bool past_reading_complain(const struct past_reading *reading, struct pen *pen);

#endif
