#include "config.h"

#include "supervisor/check.h"

bool check_note(struct check *check, bool passed, int64_t failures,
		int64_t successes)
{
	bool before = check->failing;

	if (passed) {
		check->failed = 0;
		check->passed++;
		if (check->passed >= successes)
			check->failing = false;
	} else {
		check->passed = 0;
		check->failed++;
		if (check->failed >= failures)
			check->failing = true;
	}
	return check->failing != before;
}

/* Multiples of the golden ratio, less their whole part, lie evenly. */
int64_t check_first(int64_t start_ns, int64_t interval_ns, uint32_t number)
{
	uint32_t part = number * UINT32_C(2654435769);

	return start_ns +
	       (int64_t)((double)part / 4294967296.0 * (double)interval_ns);
}

int64_t check_next(int64_t due_ns, int64_t interval_ns, int64_t now_ns)
{
	if (due_ns > now_ns)
		return due_ns;
	return due_ns + ((now_ns - due_ns) / interval_ns + 1) * interval_ns;
}
