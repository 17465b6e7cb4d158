#include "config.h"

#include "supervisor/scaling.h"

enum { RATE_MAX = 32, PENALTY_MAX = 6 };

static int64_t wait_ns(const struct scaling *scaling,
		       const struct scaling_bounds *bounds)
{
	return bounds->idle_ns << scaling->penalty;
}

static uint32_t least(uint32_t one, uint32_t other)
{
	return one < other ? one : other;
}

static struct scaling_decision add(struct scaling *scaling,
				   const struct scaling_bounds *bounds,
				   const struct scaling_need *need)
{
	uint32_t rate = scaling->rate > 0 ? scaling->rate : 1;
	uint32_t room = bounds->max - need->workers;
	uint32_t count = least(rate, least(need->wished - need->workers, room));

	if (scaling->removed_ns > 0 &&
	    need->now_ns - scaling->removed_ns < wait_ns(scaling, bounds) &&
	    scaling->penalty < PENALTY_MAX)
		scaling->penalty++;
	scaling->rate = least(2 * rate, RATE_MAX);
	scaling->added_ns = need->now_ns;
	return (struct scaling_decision){SCALING_CHANGE, need->workers + count};
}

static void remember_removal(struct scaling *scaling,
			     const struct scaling_bounds *bounds,
			     int64_t now_ns)
{
	/* A calm time makes good for a rash one. */
	if (scaling->penalty > 0 &&
	    now_ns - scaling->added_ns > 2 * wait_ns(scaling, bounds))
		scaling->penalty--;
	scaling->removed_ns = now_ns;
}

struct scaling_decision scaling_decide(struct scaling *scaling,
				       const struct scaling_bounds *bounds,
				       const struct scaling_need *need)
{
	const struct scaling_decision keep = {SCALING_KEEP, need->workers};
	bool more = need->wished > need->workers;

	if (more && need->workers < bounds->max) {
		scaling->fewer_since_ns = 0;
		return need->settled ? add(scaling, bounds, need) : keep;
	}
	scaling->rate = 1;
	if (more) {
		scaling->fewer_since_ns = 0;
		if (scaling->at_max)
			return keep;
		scaling->at_max = true;
		return (struct scaling_decision){SCALING_AT_MAX, bounds->max};
	}
	scaling->at_max = false;
	if (need->wished == need->workers || need->workers <= bounds->min) {
		scaling->fewer_since_ns = 0;
		return keep;
	}
	if (scaling->fewer_since_ns == 0)
		scaling->fewer_since_ns = need->now_ns;
	if (need->now_ns - scaling->fewer_since_ns < wait_ns(scaling, bounds))
		return keep;
	remember_removal(scaling, bounds, need->now_ns);
	return (struct scaling_decision){SCALING_CHANGE, need->workers - 1};
}

bool scaling_release(struct scaling *scaling,
		     const struct scaling_bounds *bounds, int64_t now_ns,
		     uint32_t workers, int64_t idle_ns)
{
	if (workers <= bounds->min || idle_ns < wait_ns(scaling, bounds))
		return false;
	remember_removal(scaling, bounds, now_ns);
	return true;
}
