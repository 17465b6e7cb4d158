#ifndef TUI_EVENT_LINES_H
#define TUI_EVENT_LINES_H

#include "tui/palette.h"
#include "tui/past.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Events of the history as lines: the latest ones, what comes, and earlier ones
 * where they are asked for. */

enum { EVENT_TEXT_SIZE = 200 };

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

struct event_lines {
	struct past *past;
	char about[WORKER_NAME_SIZE]; /* a worker or a pool; "": all */
	struct event_line *lines; /* oldest first; owned */
	size_t count;
	size_t capacity;
	size_t most; /* that are kept; the oldest go first */
	bool complete; /* there are no earlier ones … */
	int64_t from_us; /* … than this, where not */
	uint64_t opened; /* past->opened, when they were read */
	char problem[PAST_PROBLEM_SIZE]; /* why they are not up to date */
};

/* No lines yet, of what is about that worker or pool; "": all. They are read
 * from `past`, which must outlive them. */
void event_lines_init(struct event_lines *lines, struct past *past,
		      const char *about, size_t most);

/* Takes over what others, which are about all, have read: of what it is
 * about. */
void event_lines_copy(struct event_lines *lines,
		      const struct event_lines *others);

void event_lines_release(struct event_lines *lines);

/* Reads the events that are new. Returns the place of the first of them, which
 * is `lines->count` where there is none. */
size_t event_lines_read(struct event_lines *lines);

/* Tells of the crashes since that time which come before the first line, the
 * latest so many of them, the oldest first. Returns 0, or -1 when the history
 * cannot be read now. */
int event_lines_find_crashes(struct event_lines *lines, int64_t since_us,
			     void (*tell)(const struct event_line *crash,
					  void *context),
			     void *context);

/* Reads some that come before the first line, where there is room for them. */
void event_lines_read_earlier(struct event_lines *lines);

#endif
