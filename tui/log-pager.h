#ifndef TUI_LOG_PAGER_H
#define TUI_LOG_PAGER_H

#include "tui/canvas.h"
#include "tui/entry.h"
#include "tui/keys.h"
#include "tui/log-text.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * A window over lines of logs: which of them are shown, and how. It follows the
 * end, or stays where it is, whatever comes and goes.
 */
struct log_pager {
	struct log_text text;
	bool follow;
	bool wrap;
	bool time;
	bool names; /* of workers, before each line */
	enum log_stream stream; /* LOG_NO_STREAM: both */
	int side; /* cells that are left out at the left */
	char find[ENTRY_SIZE];
	char lines[ENTRY_SIZE]; /* only lines with that; "": all */
	size_t top; /* number of the first line that is seen */
	size_t seen_next; /* text.next when follow was left */
	int page; /* rows, as last drawn */
};

void log_pager_open(struct log_pager *pager, const char *state_dir,
		    const char *live_path, const char *subject);
void log_pager_close(struct log_pager *pager);

/* Reads what is new. */
void log_pager_read(struct log_pager *pager, const struct event_lines *events);

/* Moves or changes what is shown as `action` says; false: it is nothing for
 * it. */
bool log_pager_handle(struct log_pager *pager, enum action action);

/* Looks for a text from the window on, or shows only lines with it. Writes how
 * many there are into `answer`. */
void log_pager_find(struct log_pager *pager, const char *text, char answer[64]);
void log_pager_filter(struct log_pager *pager, const char *text,
		      char answer[64]);

/* Whether that line is shown. */
bool log_pager_shows(const struct log_pager *pager, size_t number);

/* Draws from row `top` down to and without `bottom`. */
void log_pager_draw(struct log_pager *pager, struct canvas *canvas, int top,
		    int bottom);

#endif
