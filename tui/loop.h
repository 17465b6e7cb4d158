#ifndef TUI_LOOP_H
#define TUI_LOOP_H

#include "base/error.h"
#include "tui/dashboard.h"

#include <stdbool.h>

/* What the dashboard is to show, and how. */
struct loop_options {
	struct dashboard_options dashboard;
	enum color_mode { COLOR_AUTO, COLOR_ALWAYS, COLOR_NEVER } color;
	const char *theme; /* "dark", …; NULL: as the settings say */
	bool mouse;
};

/*
 * Shows the dashboard on the terminal until the user leaves it. Returns 0, or
 * -1 and the reason when there is no live table with a living supervisor or no
 * fit terminal. The text of `error` after 0 says why something of what the user
 * has chosen is not kept; "" where it is. After SIGTERM, SIGINT, SIGHUP or
 * SIGQUIT the terminal is given back and the program ends by that signal.
 */
int loop_run(const struct loop_options *options, struct error *error);

/* Writes one frame as text, without colours, on standard output: `columns` wide
 * and `rows` high. Returns 0, or -1 and the reason. */
int loop_once(const struct loop_options *options, int columns, int rows,
	      struct error *error);

#endif
