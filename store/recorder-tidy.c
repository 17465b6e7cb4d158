#include "config.h"

#include "store/recorder.h"

#include "base/clock.h"

#include <stdio.h>

enum {
	/* Steps between two looks at the journals. */
	STEPS_MAX = 8,
	/* From one pass to the next. */
	PASS_S = 600,
	/* From one look at the size to the next. */
	SIZE_S = 10,
};

static int64_t after_s(int64_t now_ns, int seconds)
{
	return now_ns + seconds * INT64_C(1000000000);
}

/* Whether a pass is to begin now. Returns 1, 0, or -1 and the reason. */
static int is_due(struct recorder *recorder, int64_t now_ns,
		  struct error *error)
{
	if (now_ns >= recorder->trim_at_ns)
		return 1;
	if (now_ns < recorder->size_at_ns)
		return 0;
	recorder->size_at_ns = after_s(now_ns, SIZE_S);
	return trim_is_due(recorder->history, &recorder->retention, error);
}

/* Returns 1 when there is more to do, 0, or -1 and the reason. */
static int tidy(struct recorder *recorder, int64_t now_ns, struct error *error)
{
	int result = 1;

	if (!recorder->trimming) {
		result = is_due(recorder, now_ns, error);
		if (result <= 0)
			return result;
		trim_begin(&recorder->trim);
		recorder->trimming = true;
	}
	for (int i = 0; i < STEPS_MAX && result == 1; i++)
		result =
			trim_step(&recorder->trim, recorder->history,
				  &recorder->retention, clock_real_us(), error);
	if (result < 0)
		history_rollback(recorder->history);
	return result;
}

bool recorder_tidy(struct recorder *recorder)
{
	const int64_t now_ns = clock_monotonic_ns();
	bool was = recorder->trimming;
	struct error error;
	int result;

	if (!recorder->history)
		return false;
	result = tidy(recorder, now_ns, &error);
	if (result > 0)
		return true;
	if (result < 0)
		fprintf(stderr, "reeve: %s; it is tidied up later\n",
			error.text);
	recorder->trimming = false;
	if (was || result < 0 || now_ns >= recorder->trim_at_ns) {
		recorder->trim_at_ns = after_s(now_ns, PASS_S);
		recorder->size_at_ns = after_s(now_ns, SIZE_S);
	}
	return false;
}
