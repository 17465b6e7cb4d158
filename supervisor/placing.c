#include "config.h"

#include "supervisor/placing.h"

#include "supervisor/helpers.h"
#include "supervisor/instance.h"
#include "supervisor/process.h"
#include "supervisor/publish.h"

#include <stdlib.h>

/* Asks where the workers of all pools go, when `scaled` (NULL: none) has
 * `count` of them. Those that are gone from the config count no more. NULL
 * when memory is short; else one answer for each pool. */
static struct placement_pool *ask(const struct instance *instance,
				  const struct pool *scaled, uint32_t count)
{
	static const struct affinity_config anywhere;
	struct placement_pool *answers =
		calloc(instance->pool_count, sizeof(*answers));

	for (size_t i = 0; answers && i < instance->pool_count; i++) {
		const struct pool *pool = instance->pools[i];

		answers[i].affinity =
			pool->gone ? &anywhere : &pool->config->affinity;
		answers[i].workers = (uint32_t)pool->config->workers;
		answers[i].wanted = pool == scaled ? count : pool_size(pool);
	}
	if (answers &&
	    placement_make(&instance->configuration->machine, &instance->cpus,
			   answers, instance->pool_count) == 0)
		return answers;
	free(answers);
	return NULL;
}

void placing_update(struct instance *instance)
{
	struct placement_pool *answers = ask(instance, NULL, 0);

	if (!answers) {
		publish_warning(instance, "cannot place workers: out of "
					  "memory");
		return;
	}
	for (size_t i = 0; i < instance->pool_count; i++) {
		struct pool *pool = instance->pools[i];

		placement_release(&pool->placement);
		pool->placement = answers[i].placement;
		for (uint32_t j = 0; j < pool->count; j++)
			process_configure(pool->workers[j]);
	}
	free(answers);
}

bool placing_fits(const struct instance *instance, const struct pool *pool,
		  uint32_t count, struct error *error)
{
	struct placement_pool *answers = ask(instance, pool, count);
	const struct pool *lacks = NULL;

	/* Short of memory it is found out later. */
	for (size_t i = 0; answers && i < instance->pool_count; i++) {
		if (i >= HELPER_COUNT && answers[i].lack)
			lacks = instance->pools[i];
		placement_release(&answers[i].placement);
	}
	free(answers);
	if (!lacks)
		return true;
	error_set(error, "there are not enough CPUs for %s then",
		  lacks->config->name);
	return false;
}
