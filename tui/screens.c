#include "config.h"

#include "tui/screen.h"

#include <stddef.h>

/* Each screen that has a key of its own. */
const struct screen *const screens[] = {
	&screen_overview,
	&screen_workers,
	&screen_events,
	&screen_logs,
	&screen_help,
	&screen_plan,
	&screen_post_mortem,
	&screen_crash_groups,
	&screen_runs,
	&screen_jobs,
	NULL,
};
