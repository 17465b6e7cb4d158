#ifndef TUI_LOOP_H
#define TUI_LOOP_H

#include "base/error.h"
#include "tui/dashboard.h"

#include <stdbool.h>

/* What the dashboard is to show, and how it acts. */
struct loop_options {
	const char *live_path; /* of the live table */
	bool helpers; /* show the helpers of reeve too */
	post_fn *post; /* asks the supervisor; may block for a moment */
	void *post_context;
};

/*
 * Shows the dashboard on the terminal until the user leaves it. Returns 0, or
 * -1 and the reason when there is no live table with a living supervisor or no
 * fit terminal. After SIGTERM, SIGINT, SIGHUP or SIGQUIT the terminal is given
 * back and the program ends by that signal.
 */
int loop_run(const struct loop_options *options, struct error *error);

#endif
