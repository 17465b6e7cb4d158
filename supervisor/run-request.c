#include "config.h"

#include "supervisor/run-request.h"

#include "supervisor/instance.h"
#include "supervisor/limits.h"
#include "supervisor/process.h"

#include <linux/mempolicy.h>
#include <stdio.h>

static void fill_identity(struct spawn_request *request,
			  const struct pool_config *config)
{
	const struct user_config *user = &config->user;

	request->set_uid = user->set;
	request->uid = user->uid;
	request->set_gid = user->set || config->group.set;
	request->gid =
		config->group.set ? (gid_t)config->group.value : user->gid;
	request->set_groups = user->set || config->groups.set;
	request->groups =
		config->groups.set ? config->groups.gids : user->groups;
	request->group_count =
		config->groups.set ? config->groups.count : user->group_count;
	request->umask = config->umask.set ? (int)config->umask.value : -1;
	request->set_capabilities = config->capabilities.set;
	request->capabilities = config->capabilities.mask;
	request->no_new_privileges = config->no_new_privileges;
}

/* Without a wish a worker gets the open files that reeve was given: reeve has
 * raised its own. */
static size_t fill_rlimits(struct spawn_rlimit rlimits[RLIM_NLIMITS],
			   const struct worker *worker)
{
	const struct limits_config *limits = &worker->pool->config->limits;
	size_t count = 0;

	for (int i = 0; i < (int)RLIM_NLIMITS; i++) {
		const struct rlimit_config *wish = &limits->rlimits[i];

		if (wish->set)
			rlimits[count++] =
				(struct spawn_rlimit){i, wish->value};
		else if (i == RLIMIT_NOFILE)
			rlimits[count++] = (struct spawn_rlimit){
				i, worker->pool->instance->nofile};
	}
	return count;
}

static void fill_scheduling(struct spawn_scheduling *scheduling,
			    const struct scheduling_config *config)
{
	scheduling->set_nice = config->nice.set;
	scheduling->nice = (int)config->nice.value;
	scheduling->set_policy = config->policy.set;
	scheduling->policy = config->policy.policy;
	scheduling->priority = config->policy.priority;
	scheduling->io = config->io;
	if (config->oom_score_adj.set)
		snprintf(scheduling->oom_score_adj,
			 sizeof(scheduling->oom_score_adj), "%d",
			 (int)config->oom_score_adj.value);
}

static void fill_place(struct spawn_request *request,
		       const struct process *process,
		       const struct affinity_config *affinity)
{
	if (process->placed)
		request->cpus = &process->cpus;
	if (process->node < 0 || affinity->memory == MEMORY_NONE)
		return;
	request->memory_policy =
		affinity->memory == MEMORY_BIND ? MPOL_BIND : MPOL_PREFERRED;
	request->memory_node = (unsigned)process->node;
}

void run_request_fill(struct spawn_request *request,
		      const struct worker *worker,
		      struct spawn_rlimit rlimits[RLIM_NLIMITS])
{
	const struct pool *pool = worker->pool;
	char *score = request->scheduling.oom_score_adj;

	request->directory = pool->config->directory;
	fill_place(request, worker->process, &pool->config->affinity);
	fill_identity(request, pool->config);
	request->rlimits = rlimits;
	request->rlimit_count = fill_rlimits(rlimits, worker);
	fill_scheduling(&request->scheduling, &pool->config->scheduling);
	/* What protects reeve is not for its workers. */
	if (score[0] == '\0' && !pool->hidden &&
	    limits_is_protected(pool->instance->limits))
		snprintf(score, sizeof(request->scheduling.oom_score_adj), "0");
}
