#include "config.h"

#include "tui/rate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tui/dashboard.h"

static const int64_t steps_ms[] = {250, 500, 1000, 2000, 5000};
enum { STEP_COUNT = sizeof(steps_ms) / sizeof(steps_ms[0]), S_MS = 1000 };

void rate_format(int64_t interval_ms, char text[RATE_TEXT_SIZE])
{
	if (interval_ms % S_MS == 0)
		snprintf(text, RATE_TEXT_SIZE, "%ds",
			 (int)(interval_ms / S_MS));
	else
		snprintf(text, RATE_TEXT_SIZE, "%dms", (int)interval_ms);
}

int64_t rate_initial(const struct settings *settings)
{
	const char *kept = settings_get(settings, "refresh");
	const char *far = getenv("SSH_CONNECTION");
	char text[RATE_TEXT_SIZE];

	for (int i = 0; kept && i < STEP_COUNT; i++) {
		rate_format(steps_ms[i], text);
		if (strcmp(text, kept) == 0)
			return steps_ms[i];
	}
	return far && *far ? 2 * S_MS : S_MS;
}

enum redo rate_change(struct dashboard *dashboard, bool faster)
{
	char text[RATE_TEXT_SIZE];
	int step = 0;

	while (step < STEP_COUNT - 1 && steps_ms[step] < dashboard->interval_ms)
		step++;
	if (faster && step > 0)
		step--;
	else if (!faster && step < STEP_COUNT - 1)
		step++;
	dashboard->interval_ms = steps_ms[step];
	rate_format(dashboard->interval_ms, text);
	settings_set(&dashboard->settings, "refresh", text);
	return REDO_DRAW | REDO_REFRESH;
}
