#include "config.h"

#include "supervisor/governor.h"

static double capacity(const struct restart_config *config, uint32_t workers)
{
	return (double)config->limit + (double)workers;
}

/* One worker has its own limit, and "none" is none for the pool too. */
static bool is_governed(const struct restart_config *config, uint32_t workers)
{
	return config->limit > 0 && workers > 1;
}

static void leak(struct governor *governor, const struct restart_config *config,
		 uint32_t workers, int64_t now_ns)
{
	double passed = (double)(now_ns - governor->level_at_ns) /
			(double)config->limit_window_ns;

	governor->level -= capacity(config, workers) * passed;
	if (governor->level < 0)
		governor->level = 0;
	governor->level_at_ns = now_ns;
	if (governor->level < capacity(config, workers) / 2)
		governor->storm = false;
}

bool governor_crash(struct governor *governor,
		    const struct restart_config *config, uint32_t workers,
		    int64_t now_ns)
{
	double delay_ns = (double)governor->delay_ns * config->factor;

	if (!is_governed(config, workers))
		return false;
	leak(governor, config, workers, now_ns);
	governor->level++;
	if (governor->storm) {
		governor->delay_ns = delay_ns < (double)config->delay_max_ns
					     ? (int64_t)delay_ns
					     : config->delay_max_ns;
		return false;
	}
	if (governor->level <= capacity(config, workers))
		return false;
	governor->storm = true;
	governor->delay_ns = config->delay_min_ns;
	governor->next_start_ns = now_ns + governor->delay_ns;
	return true;
}

int64_t governor_wait_ns(struct governor *governor,
			 const struct restart_config *config, uint32_t workers,
			 int64_t now_ns)
{
	if (!governor->storm)
		return 0;
	leak(governor, config, workers, now_ns);
	if (!governor->storm || governor->next_start_ns <= now_ns)
		return 0;
	return governor->next_start_ns - now_ns;
}

void governor_start(struct governor *governor, int64_t now_ns)
{
	if (governor->storm)
		governor->next_start_ns = now_ns + governor->delay_ns;
}

void governor_reset(struct governor *governor)
{
	*governor = (struct governor){.level = 0};
}
