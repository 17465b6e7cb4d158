#ifndef TUI_PANE_H
#define TUI_PANE_H

#include "tui/dashboard.h"

/*
 * The lower part of the detail of a worker: one of several panes, which Tab
 * goes through. A pane is a `const` class, named in detail.c.
 */
struct pane {
	const char *title;
	/* Of what a pane keeps: size, begin and end. The functions may be
	 * NULL. */
	size_t state_size;
	void (*open)(void *state, struct view *view);
	void (*close)(void *state);
	/* comes at each refresh while the pane is seen */
	void (*update)(void *state, struct view *view);
	/* draws from row `top` down to and without `bottom` */
	void (*draw)(void *state, struct view *view, struct canvas *canvas,
		     int top, int bottom);
	enum redo (*handle)(void *state, struct view *view, enum action action);
	enum action key; /* goes to it; ACTION_NONE: Tab alone does */
};

extern const struct pane pane_charts;
extern const struct pane pane_log;
extern const struct pane pane_tree;
extern const struct pane pane_runs;

#endif
