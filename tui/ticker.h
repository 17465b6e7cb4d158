#ifndef TUI_TICKER_H
#define TUI_TICKER_H

#include "tui/dashboard.h"

/* Draws the latest events, the newest last, from row `top`, which is a rule
 * with a title, down to and without `bottom`. */
void ticker_draw(struct dashboard *dashboard, struct canvas *canvas, int top,
		 int bottom);

/* Draws one event in a row: "14:02:19 ! web/0  ended after 3m: SIGSEGV". Where
 * that was more than a day ago, the date takes the place of the seconds. */
void ticker_draw_line(const struct event_line *line, struct canvas *canvas,
		      int row);

/* Whether the event is worth a line: what only repeats another is not. */
bool ticker_is_shown(const struct event_line *line);

/* A rule over the whole width, from column 0: "── EVENTS ─────". */
void ticker_rule(struct canvas *canvas, int row, const char *title,
		 const char *right);

#endif
