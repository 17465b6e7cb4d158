#ifndef TUI_LOG_TEXT_H
#define TUI_LOG_TEXT_H

#include "base/log-line.h"
#include "base/words.h"
#include "store/log-lines.h"
#include "store/log-list.h"
#include "tui/event-lines.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * What workers have printed, as lines: the last ones that were there, then what
 * comes. Beyond a bound the oldest go; each line keeps its number, so that what
 * is looked at stays where it is.
 */

enum {
	LOG_TEXT_LINES = 20000, /* that are kept */
	LOG_TEXT_WIDTH = 2048, /* longer lines are cut */
};

struct log_text_line {
	int64_t at_us; /* 0: not known */
	uint32_t worker; /* place in the list of workers */
	enum log_stream stream;
	bool border; /* begin or end of a run, or a mark: nobody printed it */
	bool crash; /* … by a crash */
	char *text; /* plain; owned */
};

/* One log that is read. */
struct log_text_source {
	struct log_lines lines;
	ino_t inode; /* of the file, and … */
	off_t size; /* … its size, when it was read to its end; -1: not yet */
	bool more; /* there may be lines */
};

struct log_text {
	char subject[WORKER_NAME_SIZE]; /* "web/0", "web", "all" */
	const char *subjects[1];
	struct log_list list;
	struct log_text_source *sources; /* for each of the list; owned */
	struct log_text_line *lines; /* a ring; owned */
	size_t first; /* number of the oldest line … */
	size_t next; /* … and of the one that will come next */
	int64_t border_us; /* of the last border */
	bool timed; /* the logs have times */
	int name_width;
	char problem[200]; /* why there is nothing; "": there is no problem */
};

/* Opens the logs of `subject`, "" being all, and reads their last lines. */
void log_text_open(struct log_text *text, const char *state_dir,
		   const char *live_path, const char *subject);

void log_text_close(struct log_text *text);

/* Reads what is new, and takes borders of runs from `events`. Returns whether
 * there was anything. */
bool log_text_read(struct log_text *text, const struct event_lines *events);

/* Appends a line that the user puts to know it again. */
void log_text_mark(struct log_text *text);

/* The line of that number, which must be between `first` and `next`. */
const struct log_text_line *log_text_get(const struct log_text *text,
					 size_t number);

/* The name of the worker that has printed the line. */
const char *log_text_name(const struct log_text *text,
			  const struct log_text_line *line);

#endif
