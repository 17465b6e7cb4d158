#include "config.h"

#include "supervisor/placing.h"

#include "base/cpulist.h"
#include "supervisor/helpers.h"
#include "supervisor/instance.h"
#include "supervisor/message.h"
#include "supervisor/process.h"
#include "supervisor/publish.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
	for (size_t i = 0; i < instance->pool_count; i++)
		for (uint32_t j = 0; j < instance->pools[i]->count; j++)
			placing_move(instance->pools[i]->workers[j]);
}

void placing_look(struct instance *instance)
{
	cpu_set_t cpus;

	if (sched_getaffinity(0, sizeof(cpus), &cpus) < 0 ||
	    CPU_EQUAL(&cpus, &instance->cpus))
		return;
	instance->cpus = cpus;
	placing_update(instance);
}

/* ---- runs ---- */

/* Where a run is expected before it is moved: what reeve may no longer use may
 * have been taken from it too. */
static void find_former(const struct worker *worker, cpu_set_t *former)
{
	const struct process *process = worker->process;

	CPU_AND(former, &process->settled, &worker->pool->instance->cpus);
	if (CPU_COUNT(former) == 0)
		*former = process->settled;
}

void placing_move(struct worker *worker)
{
	struct process *process = worker->process;
	cpu_set_t former;

	if (worker->run.pid <= 0 || worker->run.launching || process->moving ||
	    CPU_EQUAL(&process->settled, &process->cpus))
		return;
	find_former(worker, &former);
	process->moving = helpers_send_place(worker, &former, &process->cpus);
}

static bool is_about(const struct worker *worker, const struct message *message)
{
	return worker->run.pid > 0 && worker->run.number == message->run;
}

static void report(struct worker *worker, const char *cpus, const char *text)
{
	struct event_record event = {
		.kind = EVENT_PLACEMENT,
		.text = {text, strlen(text)},
	};

	snprintf(event.cpus, sizeof(event.cpus), "%s", cpus);
	publish_worker_event(worker, &event);
}

static void report_move(struct worker *worker, const cpu_set_t *cpus,
			int refused)
{
	const struct process *process = worker->process;
	char before[CPULIST_TEXT_SIZE], after[CPULIST_TEXT_SIZE];
	char text[2 * CPULIST_TEXT_SIZE + 128];

	cpulist_format(&process->settled, before);
	cpulist_format(cpus, after);
	snprintf(text, sizeof(text), "%s moved from CPUs %s to %s%s%s",
		 refused ? "could not be" : "was", before, after,
		 refused ? ": " : "", refused ? strerror(refused) : "");
	report(worker, after, text);
}

void placing_moved(struct worker *worker, const struct message *message)
{
	struct process *process = worker->process;
	cpu_set_t cpus;

	if (!is_about(worker, message) || !process->moving ||
	    cpumask_parse(message->mask, &cpus) < 0)
		return;
	process->moving = false;
	if (!worker->pool->hidden)
		report_move(worker, &cpus, (int)message->value);
	process->settled = cpus;
	publish_worker(worker);
	placing_move(worker);
}

/* Whether these are the CPUs of `text`, which is cut as in the live table. */
static bool are_named(const cpu_set_t *cpus, const char *text)
{
	char name[sizeof(((struct live_usage *)NULL)->cpus)];

	cpulist_write(cpus, name, sizeof(name));
	return strcmp(name, text) == 0;
}

/* The sampler tells each choice of a run; which is the first to be its own is
 * known here. It may see a run where reeve has moved it before the sweeper's
 * answer is read, and before the live table says so. */
void placing_chosen(struct worker *worker, const struct message *message)
{
	struct process *process = worker->process;
	char put[CPULIST_TEXT_SIZE], chosen[CPULIST_TEXT_SIZE];
	char text[2 * CPULIST_TEXT_SIZE + 128];

	if (!is_about(worker, message) ||
	    process->choice_run == worker->run.number ||
	    are_named(&process->settled, message->text) ||
	    (process->moving && are_named(&process->cpus, message->text)))
		return;
	process->choice_run = worker->run.number;
	snprintf(chosen, sizeof(chosen), "%.100s", message->text);
	cpulist_format(&process->settled, put);
	snprintf(text, sizeof(text), "has chosen CPUs %s itself, was put on %s",
		 chosen, put);
	report(worker, chosen, text);
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
