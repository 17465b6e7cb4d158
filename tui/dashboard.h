#ifndef TUI_DASHBOARD_H
#define TUI_DASHBOARD_H

#include "base/error.h"
#include "tui/canvas.h"
#include "tui/event-lines.h"
#include "tui/list.h"
#include "tui/model.h"
#include "tui/past.h"
#include "tui/requests.h"
#include "tui/screen.h"
#include "tui/settings.h"
#include "tui/unseen.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * The dashboard without its terminal: it takes models and keys, and draws on a
 * canvas. loop.c feeds it; tests do too. What it knows is what screens may use.
 */

/* What is given from outside. The texts belong to the caller. */
struct dashboard_options {
	const struct control *control;
	const char *live_path; /* of the live table */
	const char *state_dir; /* history.db and log/ are in it */
	const char *settings_path; /* "": none are kept */
	const char *seen_path; /* of struct unseen; "": not kept */
	bool helpers; /* show the helpers of reeve too */
	bool read_only; /* never act */
	bool (*key_waits)(void); /* whether one was typed; NULL: never */
};

/* The views that can stand one on another. */
enum { SCREEN_DEPTH = 8 };

struct dashboard {
	struct dashboard_options options;
	struct model model;
	bool alive; /* the supervisor is there: the model is of now */
	int64_t paused_at_us; /* the screen stands still since; 0: it does not
			       */
	int64_t interval_ms; /* from one refresh to the next */
	struct past past;
	struct event_lines events; /* the latest */
	struct unseen unseen;
	struct settings settings;
	struct requests requests;
	struct view views[SCREEN_DEPTH]; /* opened, one on another */
	size_t depth;
	struct prompt prompt;
	char notice[256]; /* above the key bar; "": none */
	enum role notice_role;
	int64_t notice_until_us;
	char *copied; /* for the clipboard, until the loop takes it; or NULL */
	int rows; /* of the canvas, as last drawn */
	int columns;
	json_t *plan; /* of a reload, for screen_plan; or NULL */
};

/* Makes a dashboard that shows the overview of nothing yet. */
void dashboard_init(struct dashboard *dashboard,
		    const struct dashboard_options *options);

/* Writes what the user has chosen and seen. Returns 0, or -1 and the reason. */
int dashboard_keep(struct dashboard *dashboard, struct error *error);

void dashboard_release(struct dashboard *dashboard);

/* Takes the model anew from `table`, and what is new in the history. While the
 * screen is paused it keeps what it shows. */
void dashboard_look(struct dashboard *dashboard,
		    const struct live_table *table);

/* Tells the dashboard that its model was taken anew, or that the supervisor
 * went or came. */
void dashboard_update(struct dashboard *dashboard);

/* Takes one key, as curses gives it. */
enum redo dashboard_key(struct dashboard *dashboard, int key);

/* Takes a click: into `row`; or turns of the wheel, `lines` down. */
enum redo dashboard_click(struct dashboard *dashboard, int row);
enum redo dashboard_wheel(struct dashboard *dashboard, int lines);

/* Sends what was asked for and takes the answers. Returns what to redo. */
enum redo dashboard_go_on(struct dashboard *dashboard);

/* Draws everything. */
void dashboard_draw(struct dashboard *dashboard, struct canvas *canvas);

/* ---- for the screens ---- */

/* The view that is seen. */
struct view *dashboard_top(struct dashboard *dashboard);

/* Opens `screen` on top; where it is open with that subject, goes back to
 * it. */
void dashboard_open(struct dashboard *dashboard, const struct screen *screen,
		    const char *subject);

/* Opens `screen` in the place of the view on top. */
void dashboard_replace(struct dashboard *dashboard, const struct screen *screen,
		       const char *subject);

/* Goes back one level. */
void dashboard_back(struct dashboard *dashboard);

/* The open view of that screen that is highest, or NULL. */
struct view *dashboard_find(struct dashboard *dashboard,
			    const struct screen *screen);

/* Says something above the key bar for some seconds. */
void dashboard_say(struct dashboard *dashboard, enum role role,
		   const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Terminals refuse more in their clipboard. */
enum { COPY_MAX = 74000 };

/* Puts text into the clipboard of the terminal, COPY_MAX bytes of it at most;
 * takes over `text`. */
void dashboard_copy(struct dashboard *dashboard, char *text);

/* A target that is `worker`. */
struct target target_of_worker(const struct model_worker *worker);

/* A target that is `pool`. */
struct target target_of_pool(const struct model_pool *pool);

/* A target that is the worker or pool of that name; false: there is none. */
bool target_of_name(const struct model *model, const char *name,
		    struct target *target);

#endif
