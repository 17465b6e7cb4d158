#ifndef TUI_SCREEN_H
#define TUI_SCREEN_H

#include "tui/canvas.h"
#include "tui/keys.h"
#include "tui/model.h"
#include "tui/prompt.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * A screen is one file with one `const` entry, named in screens.c. What is open
 * is a stack of views, each of one screen and about one subject; the dashboard
 * (dashboard.h) owns them.
 */

struct dashboard;
struct list;
struct list_class;
struct view;

/* What has to be done after a key; flags. Handlers return it, they do not
 * draw. */
enum redo {
	REDO_NOTHING = 0,
	REDO_DRAW = 1 << 0,
	REDO_PAINT = 1 << 1, /* the whole screen, whatever it shows */
	REDO_SUSPEND = 1 << 2,
	REDO_QUIT = 1 << 3,
	REDO_REFRESH = 1 << 4, /* look at the facts again */
};

struct screen {
	const char *name; /* what its part of the breadcrumbs says … */
	/* … unless this says it; NULL: the name. */
	const char *(*crumb)(const struct view *view);
	size_t state_size; /* of view->state, zeros at first */
	/* The key that opens it with the subject "", from everywhere, and the
	 * one that opens it with what is selected; ACTION_NONE: none. */
	enum action opens;
	enum action opens_selected;
	/* Keys that only some screens use; KEY_GROUP_COUNT: none. */
	enum key_group keys;
	/* The functions may be NULL, but for draw. */
	void (*open)(struct view *view);
	void (*close)(struct view *view); /* the state is freed after it */
	/* takes over what is new: in the model, or in the files it reads. It
	 * comes at each refresh, also while the view is not on top. */
	void (*update)(struct view *view);
	/* draws from row `top` down to and without row `bottom` */
	void (*draw)(struct view *view, struct canvas *canvas, int top,
		     int bottom);
	/* what is not the same on all screens */
	enum redo (*handle)(struct view *view, enum action action);
	/* The class of the list that it shows; NULL: it shows none. The state
	 * begins with the list, which is begun before `open` and ended after
	 * `close`. Moving, sorting, finding, filtering, tagging, clicks and the
	 * choice of columns work by themselves, for what `handle` leaves. */
	const struct list_class *list;
	/* opens the selected row; a click on it does so too */
	void (*enter)(struct view *view, const void *row);
	/* without a list: takes what was typed behind `/`, `f` or `&` (`action`
	 * says which), after each key; returns what stands behind it: "9
	 * matches" */
	void (*typed)(struct view *view, enum action action, const char *text,
		      char answer[PROMPT_ANSWER_SIZE]);
	/* what was typed so far, for the prompt to begin with; NULL: the screen
	 * takes no such text */
	const char *(*text)(const struct view *view, enum action action);
	/* the pool or worker that is selected, for `x` and for screens that
	 * are opened with it; false: none */
	bool (*target)(const struct view *view, struct target *target);
	/* text for the clipboard, which the caller frees; NULL: nothing */
	char *(*copy)(const struct view *view);
	/* for the key bar, the most important first; ACTION_NONE ends it */
	const enum action *hints;
	/* its own word for one of them; NULL: the usual one */
	const char *(*hint)(enum action action);
};

/* "web", "web/0", the number of a run, "#" and that of a group of crashes, "":
 * everything. */
enum { SUBJECT_SIZE = WORKER_NAME_SIZE };

/* A screen that is open. */
struct view {
	const struct screen *screen;
	struct dashboard *dashboard;
	char subject[SUBJECT_SIZE];
	void *state; /* the screen's own; owned */
};

/* The list of the view, or NULL. */
struct list *view_list(const struct view *view);

/* All screens that a key opens, ended by NULL. */
extern const struct screen *const screens[];

extern const struct screen screen_overview;
extern const struct screen screen_workers;
extern const struct screen screen_detail;
extern const struct screen screen_help;
extern const struct screen screen_events;
extern const struct screen screen_logs;
extern const struct screen screen_columns;
extern const struct screen screen_plan;
extern const struct screen screen_post_mortem;
extern const struct screen screen_crash_groups;
extern const struct screen screen_runs;
extern const struct screen screen_jobs;

#endif
