#include "config.h"

#include "tui/dashboard.h"

/* Jobs and queues. */

static void draw(struct view *view, struct canvas *canvas, int top, int bottom)
{
	struct pen pen = pen_at(canvas, top);

	(void)view;
	pen_print(&pen, ROLE_PLAIN,
		  " This instance has no jobs and no queues.");
	if (top + 2 >= bottom)
		return;
	pen = pen_at(canvas, top + 2);
	pen_print(&pen, ROLE_DIM,
		  " All its pools are services: they run until they are "
		  "stopped.");
}

static const enum action hints[] = {ACTION_BACK, ACTION_HELP, ACTION_QUIT,
				    ACTION_NONE};

const struct screen screen_jobs = {
	.name = "jobs and queues",
	.opens = ACTION_ALL_JOBS,
	.keys = KEY_GROUP_COUNT,
	.draw = draw,
	.hints = hints,
};
