#ifndef TUI_PAST_H
#define TUI_PAST_H

#include "base/error.h"
#include "store/query.h"
#include "tui/palette.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The past, as the screens show it: the history file of the instance, held
 * open while it is the same file, and the latest events of it as lines.
 */

enum { EVENT_TEXT_SIZE = 200, EVENT_LINES = 1000 };

/* One event, ready to be drawn. */
struct event_line {
	int64_t at_us; /* no two are the same … */
	char id[24]; /* … so this names it */
	uint64_t kind; /* enum event_kind */
	int64_t run; /* 0: not about one */
	char name[WORKER_NAME_SIZE]; /* "web/0", "web", "" */
	char mark; /* what it did to its worker, as glyphs.h has it */
	enum role role;
	bool crash; /* a run ended by one */
	char text[EVENT_TEXT_SIZE];
};

struct past {
	char path[600]; /* of the history */
	struct query *query; /* NULL: not open */
	uint64_t device, inode; /* of the open file */
	char problem[200]; /* why there is none; "": there is one */
	struct event_line *lines; /* oldest first, EVENT_LINES at most; owned */
	size_t count;
	char about[WORKER_NAME_SIZE]; /* a worker or a pool; "": all */
	bool hidden; /* events of helpers too */
};

/* A past that reads `path` when it is asked for: what is about that worker or
 * pool; "": all. */
void past_init(struct past *past, const char *path, const char *about,
	       bool hidden);

void past_release(struct past *past);

/* The history, opened if need be, and anew when another file took its place.
 * NULL: there is none, `past->problem` says why. */
struct query *past_query(struct past *past);

/* Reads the events that are new. Returns the place of the first of them in
 * `past->lines`, which is `past->count` where there is none. */
size_t past_read_events(struct past *past);

/* Makes a line of an event. */
void past_make_line(const struct past_event *event, struct event_line *line);

/* When a screen has read what it shows from the history. */
struct past_reading {
	int64_t for_us; /* the latest event at that time; … */
	int64_t took_us; /* … it took so long … */
	int64_t at_us; /* … and ended then */
	int64_t began_us;
};

/* Whether to read again: something has happened, and reading takes a tenth of
 * the time at most. Call past_reading_end() after it. */
bool past_reading_begin(struct past_reading *reading, const struct past *past);

/* `done`: it could be read. */
void past_reading_end(struct past_reading *reading, const struct past *past, bool done);

#endif
