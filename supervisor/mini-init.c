#include "config.h"

#include "supervisor/mini-init.h"

#include "supervisor/instance.h"
#include "supervisor/pool.h"
#include "supervisor/shutdown.h"

#include <errno.h>
#include <string.h>

/* As a shell has them. */
enum { CODE_CANNOT_RUN = 126, CODE_NOT_FOUND = 127, CODE_SIGNAL = 128 };

bool mini_init_is_on(const struct instance *instance)
{
	return instance->configuration->exit_with != NULL;
}

bool mini_init_is_pool(const struct pool *pool)
{
	const char *name = pool->instance->configuration->exit_with;

	return name != NULL && !pool->hidden &&
	       strcmp(name, pool->config->name) == 0;
}

static struct pool *find_pool(const struct instance *instance)
{
	return mini_init_is_on(instance)
		       ? instance_find_pool(instance,
					    instance->configuration->exit_with)
		       : NULL;
}

void mini_init_forward(struct instance *instance, int signal)
{
	const struct pool *pool = find_pool(instance);

	for (uint32_t i = 0; pool && i < pool->count; i++)
		if (pool->workers[i]->run.pid > 0)
			pool->workers[i]->kernel->send_signal(pool->workers[i],
							      signal);
}

void mini_init_stop_by(struct instance *instance, int signal)
{
	const struct pool *pool = find_pool(instance);

	for (uint32_t i = 0; pool && i < pool->count; i++)
		pool->workers[i]->run.stop_signal = signal;
}

void mini_init_follow(const struct worker *worker)
{
	struct pool *pool = worker->pool;

	if (!mini_init_is_pool(pool))
		return;
	for (uint32_t i = 0; i < pool->count; i++)
		if (pool->workers[i]->state != WORKER_DONE &&
		    pool->workers[i]->state != WORKER_FAILED)
			return;
	shutdown_begin(pool->instance, NULL);
}

void mini_init_look(const struct instance *instance)
{
	const struct pool *pool = find_pool(instance);

	if (pool && pool->count > 0)
		mini_init_follow(pool->workers[0]);
}

static int exit_code(const struct live_exit *last)
{
	if (last->cause == CAUSE_NOT_STARTED)
		return last->error_number == ENOENT ? CODE_NOT_FOUND
						    : CODE_CANNOT_RUN;
	if (last->signal > 0)
		return CODE_SIGNAL + last->signal;
	return last->code > 0 ? last->code : 0;
}

int mini_init_exit_code(const struct instance *instance)
{
	const struct pool *pool = find_pool(instance);
	int code = 0;

	for (uint32_t i = 0; pool && code == 0 && i < pool->count; i++)
		code = exit_code(&pool->workers[i]->last_exit);
	return code;
}
