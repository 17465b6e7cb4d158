#include "config.h"

#include "supervisor/loader.h"

#include <inttypes.h>
#include <string.h>
#include <sys/resource.h>

#include "base/duration.h"
#include "supervisor/values.h"

/* The shortest time in which a worker can crash `limit` times more after a
 * crash, when each run crashes at once: the sum of so many of the shortest
 * delays. They grow but for the first, and crashes may be counted from behind
 * that. */
static double shortest_ns(const struct restart_config *restart)
{
	double delay = (double)restart->delay_min_ns;
	double sum = 0;

	for (uint32_t i = 1; i < restart->limit; i++) {
		sum += delay;
		delay *= restart->factor;
		if (delay > (double)restart->delay_max_ns)
			delay = (double)restart->delay_max_ns;
	}
	if (delay > (double)restart->delay_ns)
		delay = (double)restart->delay_ns;
	return (sum + delay) * (1 - restart->jitter);
}

void loader_check_restart(struct loader *loader, struct pool_draft *pool)
{
	const struct restart_config *restart = &pool->config.restart;
	const char *path = "restart.limit";
	char sum[DURATION_TEXT_SIZE];
	char window[DURATION_TEXT_SIZE];

	if (restart->delay_max_ns < restart->delay_min_ns) {
		mistakes_add(
			&loader->mistakes,
			pool_draft_place(
				pool, pool_draft_find(pool, "restart.delay_max")
					      ? "restart.delay_max"
					      : "restart.delay_min"),
			"the longest delay, delay_max, is shorter than "
			"delay_min; make it at least as long");
		return;
	}
	if (restart->limit == 0 || restart->policy == RESTART_NEVER ||
	    shortest_ns(restart) <= (double)restart->limit_window_ns)
		return;
	duration_format_short((int64_t)shortest_ns(restart), sum);
	duration_format_short(restart->limit_window_ns, window);
	if (!pool_draft_find(pool, path))
		path = pool_draft_find(pool, "restart.delay_min")
			       ? "restart.delay_min"
			       : "restart.delay";
	mistakes_add(&loader->mistakes, pool_draft_place(pool, path),
		     "the limit of %" PRIu32
		     " crashes in %s can never trip, as the delays between "
		     "them take at least %s; allow fewer crashes, a longer "
		     "time or shorter delays",
		     restart->limit, window, sum);
}

void loader_check_watch(struct loader *loader, struct pool_draft *pool)
{
	/* What stands for all pools may say what goes with their bounds. */
	if (pool->own == pool->key)
		return;
	for (size_t i = 0; i < option_count; i++) {
		const char *path = options[i].path;
		const char *name = strrchr(path, '.');
		const struct node *node;
		char over[64];

		if (options[i].scope != OPTION_OF_POOL ||
		    strncmp(path, "watch.", strlen("watch.")) != 0)
			continue;
		node = node_find(pool->own, path);
		snprintf(over, sizeof(over), "%.*s.over", (int)(name - path),
			 path);
		if (node && !pool_draft_find(pool, over))
			mistakes_add(&loader->mistakes, node->place,
				     "'%s' has no effect without '%s'; write "
				     "that too, or leave it out",
				     path, over);
	}
}

static bool is_known(const struct text_list *by)
{
	if (strcmp(by->items[0], "exec") == 0)
		return by->count > 1;
	return by->count == 1 && (strcmp(by->items[0], "cpu") == 0 ||
				  strcmp(by->items[0], "connections") == 0);
}

static void check_scaling(struct loader *loader, const struct pool_draft *pool)
{
	const struct pool_config *config = &pool->config;
	const struct node *max = pool_draft_find(pool, "workers.max");
	const char *by;

	/* What could not be read has its mistake already. */
	if (!max || config->scaling.max == 0 || !pool->json ||
	    !value_get(pool->json, "workers.min") ||
	    !value_get(pool->json, "workers.by") ||
	    !value_get(pool->json, "sockets"))
		return;
	by = config->scaling.by.items[0];
	if (config->scaling.max < config->workers)
		mistakes_add(&loader->mistakes, max->place,
			     "max is less than min, %" PRId64
			     "; make it at least as many",
			     config->workers);
	else if (!is_known(&config->scaling.by))
		mistakes_add(&loader->mistakes,
			     pool_draft_place(pool, "workers.by"),
			     "'%.80s' is nothing to scale by; write "
			     "connections, cpu, or exec and a command",
			     config->scaling.by.items[0]);
	else if (config->scaling.load <= 0)
		mistakes_add(&loader->mistakes,
			     pool_draft_place(pool, "workers.load"),
			     "the load of one worker is more than 0; write "
			     "such a number");
	else if (config->sockets.count == 0 && strcmp(by, "connections") == 0)
		mistakes_add(&loader->mistakes, max->place,
			     "a pool without sockets has no connections to "
			     "scale by; write by: cpu, or give it sockets");
	else if (config->sockets.count == 0 && config->workers == 0 &&
		 strcmp(by, "cpu") == 0)
		mistakes_add(&loader->mistakes, max->place,
			     "without sockets nothing starts the first "
			     "worker; write min: 1, or give it sockets");
}

void loader_check_scaling(struct loader *loader)
{
	for (size_t i = 0; i < loader->pool_count; i++)
		check_scaling(loader, &loader->pools[i]);
}

void loader_check_files(struct loader *loader)
{
	const struct pool_draft *most = NULL;
	struct rlimit files;
	uint64_t workers = 0, others = 0;
	uint64_t possible;

	for (size_t i = 0; i < loader->pool_count; i++) {
		const struct pool_draft *pool = &loader->pools[i];

		const uint64_t count = pool_config_most_workers(&pool->config);

		workers += count;
		others += pool_config_files(&pool->config, count);
		if (!most || count > pool_config_most_workers(&most->config))
			most = pool;
	}
	if (!most || getrlimit(RLIMIT_NOFILE, &files) != 0 ||
	    files.rlim_max == RLIM_INFINITY)
		return;
	possible = configuration_most_workers(files.rlim_max, others);
	if (workers > possible)
		mistakes_add(&loader->mistakes,
			     pool_draft_place(most, "workers.min"),
			     "%" PRIu64 " workers in all are too many; reeve "
			     "may have %" PRIu64 " files open here, which is "
			     "enough for %" PRIu64 " workers: run fewer, or "
			     "raise the hard limit of open files (ulimit -Hn)",
			     workers, (uint64_t)files.rlim_max, possible);
}
