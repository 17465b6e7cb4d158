#include "config.h"

#include "supervisor/loader.h"

#include <inttypes.h>
#include <linux/capability.h>
#include <sched.h>
#include <stdio.h>
#include <sys/resource.h>

#include "supervisor/capability.h"
#include "supervisor/controller.h"
#include "supervisor/values.h"

static bool has(int capability)
{
	return loader_capabilities() & (UINT64_C(1) << capability);
}

/* ---- rlimits ---- */

/* What no process may go beyond, whatever it is allowed. */
static rlim_t most_open_files(void)
{
	FILE *file = fopen("/proc/sys/fs/nr_open", "re");
	uint64_t most = RLIM_INFINITY;

	if (file && fscanf(file, "%" SCNu64, &most) != 1)
		most = RLIM_INFINITY;
	if (file)
		fclose(file);
	return most;
}

static void check_rlimit(struct loader *loader, struct pool_draft *pool,
			 const struct option *option, int resource)
{
	const struct rlimit_config *wish =
		&pool->config.limits.rlimits[resource];
	const char *key = option->path + sizeof("limits.") - 1;
	struct rlimit own;
	rlim_t most = RLIM_INFINITY;

	if (!wish->set || getrlimit((__rlimit_resource_t)resource, &own) != 0)
		return;
	if (!has(CAP_SYS_RESOURCE))
		most = own.rlim_max;
	else if (resource == RLIMIT_NOFILE)
		most = most_open_files();
	if (wish->value.rlim_max <= most)
		return;
	mistakes_add(&loader->mistakes, pool_draft_place(pool, option->path),
		     "reeve may not raise '%s' above the hard limit that it "
		     "was given, %" PRIu64 "%s; write no more than that, or "
		     "start reeve with a higher one",
		     key, (uint64_t)most,
		     option->type == OPTION_RLIMIT_SIZE	  ? " bytes"
		     : option->type == OPTION_RLIMIT_TIME ? " seconds"
							  : "");
}

static void check_rlimits(struct loader *loader, struct pool_draft *pool)
{
	const size_t first = offsetof(struct pool_config, limits.rlimits);

	for (size_t i = 0; i < option_count; i++) {
		const struct option *option = &options[i];

		if (option->type == OPTION_RLIMIT_COUNT ||
		    option->type == OPTION_RLIMIT_SIZE ||
		    option->type == OPTION_RLIMIT_TIME)
			check_rlimit(loader, pool, option,
				     (int)((option->offset - first) /
					   sizeof(struct rlimit_config)));
	}
}

/* ---- cgroups ---- */

static void check_controller(struct loader *loader, struct pool_draft *pool,
			     enum controller controller, const char *path,
			     const struct optional_number *limit)
{
	struct controller_place place;
	struct error error;

	if (limit->set && controller_find(controller, &place, &error) != 0)
		mistakes_add(&loader->mistakes, pool_draft_place(pool, path),
			     "'%s' cannot be limited here: %s; leave it out, "
			     "or give reeve a cgroup of its own (in systemd, "
			     "Delegate=yes)",
			     path, error.text);
}

/* ---- scheduling ---- */

static int own_oom_score_adj(void)
{
	FILE *file = fopen("/proc/self/oom_score_adj", "re");
	int score = 0;

	if (file && fscanf(file, "%d", &score) != 1)
		score = 0;
	if (file)
		fclose(file);
	return score;
}

static void refuse(struct loader *loader, const struct pool_draft *pool,
		   const char *path, const char *what, const char *capability)
{
	mistakes_add(&loader->mistakes, pool_draft_place(pool, path),
		     "reeve may not %s, as it runs without the capability %s; "
		     "leave '%s' out, or run reeve as root",
		     what, capability, path);
}

/* The lowest nice value that reeve may give. */
static int64_t lowest_nice(void)
{
	int64_t own = getpriority(PRIO_PROCESS, 0);
	struct rlimit limit;

	if (getrlimit(RLIMIT_NICE, &limit) == 0 &&
	    20 - (int64_t)limit.rlim_cur < own)
		own = 20 - (int64_t)limit.rlim_cur;
	return own;
}

static void check_scheduling(struct loader *loader, struct pool_draft *pool)
{
	enum { IO_REALTIME = 1, IO_SHIFT = 13 };
	const struct scheduling_config *scheduling = &pool->config.scheduling;
	const struct optional_number *oom = &scheduling->oom_score_adj;
	struct rlimit realtime = {0};

	if (oom->set && oom->value < own_oom_score_adj() &&
	    !has(CAP_SYS_RESOURCE))
		refuse(loader, pool, "scheduling.oom_score_adj",
		       "protect workers more than itself", "SYS_RESOURCE");
	if (has(CAP_SYS_NICE))
		return;
	if (scheduling->nice.set && scheduling->nice.value < lowest_nice())
		refuse(loader, pool, "scheduling.nice",
		       "give workers a lower nice value than its own",
		       "SYS_NICE");
	getrlimit(RLIMIT_RTPRIO, &realtime);
	if (scheduling->policy.priority > 0 &&
	    (rlim_t)scheduling->policy.priority > realtime.rlim_cur)
		refuse(loader, pool, "scheduling.policy",
		       "give workers a realtime policy", "SYS_NICE");
	if (scheduling->io >> IO_SHIFT == IO_REALTIME && !has(CAP_SYS_ADMIN))
		refuse(loader, pool, "scheduling.io",
		       "give workers realtime input and output", "SYS_NICE");
}

/* ---- capabilities ---- */

static void check_capabilities(struct loader *loader, struct pool_draft *pool)
{
	const struct capability_list *wish = &pool->config.capabilities;
	uint64_t lacking = wish->mask & ~loader_capabilities();

	if (!wish->set)
		return;
	if (!has(CAP_SETPCAP)) {
		refuse(loader, pool, "capabilities", "drop capabilities",
		       "SETPCAP");
		return;
	}
	for (int number = 0; number < 64; number++)
		if (lacking & (UINT64_C(1) << number))
			mistakes_add(&loader->mistakes,
				     pool_draft_place(pool, "capabilities"),
				     "reeve itself lacks the capability %s; "
				     "leave it out",
				     capability_name(number));
}

static void complete_privileges(struct pool_draft *pool)
{
	if (pool_draft_find(pool, "no_new_privileges"))
		return;
	pool->config.no_new_privileges = pool_draft_find(pool, "user");
	value_put(pool->json, "no_new_privileges",
		  json_boolean(pool->config.no_new_privileges));
}

void loader_check_limits(struct loader *loader, struct pool_draft *pool)
{
	const struct limits_config *limits = &pool->config.limits;

	complete_privileges(pool);
	check_rlimits(loader, pool);
	check_controller(loader, pool, CONTROLLER_MEMORY, "limits.memory",
			 &limits->memory);
	check_controller(loader, pool, CONTROLLER_PROCESSES, "limits.processes",
			 &limits->processes);
	check_controller(loader, pool, CONTROLLER_CPU, "limits.cpu",
			 &limits->cpu);
	check_scheduling(loader, pool);
	check_capabilities(loader, pool);
}
