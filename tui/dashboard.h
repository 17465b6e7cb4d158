#ifndef TUI_DASHBOARD_H
#define TUI_DASHBOARD_H

#include "base/error.h"
#include "tui/canvas.h"
#include "tui/keys.h"
#include "tui/list.h"
#include "tui/model.h"
#include "tui/prompt.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * The dashboard without its terminal: it takes models and keys, and draws on a
 * canvas. loop.c feeds it; tests do too.
 */

/* What has to be done after a key; flags. Handlers return it, they do not
 * draw. */
enum redo {
	REDO_NOTHING = 0,
	REDO_DRAW = 1 << 0,
	REDO_PAINT = 1 << 1, /* the whole screen, whatever it shows */
	REDO_SUSPEND = 1 << 2,
	REDO_QUIT = 1 << 3,
};

struct dashboard;

/* One screen: a `const` class. */
struct screen {
	/* its part of the breadcrumbs; NULL: none */
	const char *(*crumb)(const struct dashboard *dashboard);
	/* takes over what is in the new model; NULL: nothing to take */
	void (*update)(struct dashboard *dashboard);
	/* draws from row `top` down to and without row `bottom` */
	void (*draw)(struct dashboard *dashboard, struct canvas *canvas,
		     int top, int bottom);
	/* what is not the same on all screens */
	enum redo (*handle)(struct dashboard *dashboard, enum action action);
	/* what `x` acts on; false: nothing. NULL: never anything */
	bool (*target)(const struct dashboard *dashboard,
		       struct target *target);
	/* for the key bar, the most important first; ACTION_NONE ends it */
	const enum action *hints;
};

extern const struct screen screen_overview;
extern const struct screen screen_workers;
extern const struct screen screen_detail;
extern const struct screen screen_help;

/* The rows of two of them. */
extern const struct list_class pools_class;
extern const struct list_class workers_class;

/* Asks the supervisor by its control socket for `POST path`. Returns 0 when
 * it agreed, or -1 and the reason. */
typedef int post_fn(void *context, const char *path, struct error *error);

/* No screen can be opened from itself, so this is enough. */
enum { SCREEN_DEPTH = 4 };

struct dashboard {
	post_fn *post;
	void *post_context;
	struct model model;
	bool alive; /* the supervisor is there: the model is of now */
	const struct screen *screens[SCREEN_DEPTH]; /* opened, one on another */
	size_t depth;
	struct list pools; /* of screen_overview */
	struct list workers; /* of screen_workers */
	char pool[NAME_SIZE]; /* whose workers; "": those of all pools */
	char worker[WORKER_NAME_SIZE]; /* of screen_detail */
	size_t help_page; /* of screen_help … */
	size_t help_pages; /* … as last drawn */
	struct prompt prompt;
	char notice[256]; /* above the key bar; "": none */
	enum role notice_role;
	int64_t notice_until_us;
};

/* Makes a dashboard that shows the overview of nothing yet. */
void dashboard_init(struct dashboard *dashboard, post_fn *post, void *context);

void dashboard_release(struct dashboard *dashboard);

/* Tells the dashboard that its model was taken anew, or that the supervisor
 * went or came. */
void dashboard_update(struct dashboard *dashboard);

/* Takes one key, as curses gives it. */
enum redo dashboard_key(struct dashboard *dashboard, int key);

/* Draws everything. */
void dashboard_draw(struct dashboard *dashboard, struct canvas *canvas);

/* For the screens: opens `screen` on top, or goes back one level. */
void dashboard_open(struct dashboard *dashboard, const struct screen *screen);
void dashboard_back(struct dashboard *dashboard);

/* For the screens: opens the workers of `pool`; "": those of all pools. */
void dashboard_open_workers(struct dashboard *dashboard, const char *pool);

/* For the screens: a target that is `worker`. */
struct target target_of_worker(const struct model_worker *worker);

#endif
