#include "config.h"

#include "supervisor/loader.h"

#include <errno.h>
#include <linux/mempolicy.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cpulist.h"
#include "supervisor/placement.h"
#include "supervisor/values.h"

/* ---- what each pool says by itself ---- */

/* Says which CPUs of a list there are not, or may not be used. */
static void check_cpus(struct loader *loader, struct pool_draft *pool)
{
	for (size_t cpu = 0; cpu < CPU_SETSIZE; cpu++) {
		const bool present = CPU_ISSET(cpu, &loader->present);
		char text[CPULIST_TEXT_SIZE];

		if (!CPU_ISSET(cpu, &pool->config.affinity.cpus) ||
		    (present && CPU_ISSET(cpu, &loader->usable)))
			continue;
		cpulist_format(present ? &loader->usable : &loader->present,
			       text);
		mistakes_add(&loader->mistakes,
			     pool_draft_place(pool, "affinity.cpus"),
			     present ? "reeve may not use CPU %zu; it may use "
				       "%s"
				     : "CPU %zu does not exist; this machine "
				       "has %s",
			     cpu, text);
		pool->unplaced = true;
		return;
	}
}

static void check_affinity(struct loader *loader, struct pool_draft *pool)
{
	struct affinity_config *affinity = &pool->config.affinity;
	const struct node *cpus = pool_draft_find(pool, "affinity.cpus");

	if (cpus && !pool_draft_find(pool, "affinity.mode")) {
		affinity->mode = AFFINITY_ALL;
		value_put(pool->json, "affinity.mode", json_string("all"));
	}
	if (cpus && affinity->mode == AFFINITY_NONE) {
		mistakes_add(&loader->mistakes, cpus->place,
			     "'cpus' has no effect with mode none; leave it "
			     "out, or write mode all or spread");
		pool->unplaced = true;
	} else if (cpus) {
		check_cpus(loader, pool);
	}
	if (affinity->memory != MEMORY_NONE && affinity->mode != AFFINITY_NUMA)
		mistakes_add(&loader->mistakes,
			     pool_draft_place(pool, "affinity.memory"),
			     "'memory' has no effect without mode numa; leave "
			     "it out, or write mode numa");
}

/* Finds the cores of the machine where a pool asks for them. */
static bool find_machine(struct loader *loader)
{
	for (size_t i = 0; i < loader->pool_count; i++) {
		struct pool_draft *pool = &loader->pools[i];
		struct error error;

		if (pool->unplaced ||
		    !placement_needs_machine(pool->config.affinity.mode))
			continue;
		if (loader_find_topology(loader, &error) == 0)
			return true;
		mistakes_add(&loader->mistakes,
			     pool_draft_place(pool, "affinity.mode"), "%s",
			     error.text);
		return false;
	}
	return true;
}

/* ---- all pools together ---- */

static void set_workers(struct pool_draft *pool, int count)
{
	pool->config.workers = count;
	value_put(pool->json, "workers.min", json_integer(count));
}

static bool wants_cpus(const struct pool_draft *pool)
{
	return json_is_string(value_get(pool->json, "workers.min"));
}

static void say_lack(struct loader *loader, const struct pool_draft *pool,
		     const struct placement_pool *placed)
{
	struct place at = pool_draft_place(pool, "affinity.mode");
	char text[CPULIST_TEXT_SIZE];

	cpulist_format(&placed->cpus, text);
	if (placed->lack == PLACEMENT_TOO_FEW)
		mistakes_add(&loader->mistakes, at,
			     "%u workers with CPUs of their own are too many: "
			     "%d CPUs are left for them%s%s; run fewer, give "
			     "them more CPUs, or write mode spread",
			     placed->wanted, CPU_COUNT(&placed->cpus),
			     *text ? ", " : "", text);
	else if (placed->lack == PLACEMENT_NONE_LEFT)
		mistakes_add(&loader->mistakes, at,
			     "no CPU is left for '%.80s': pools with mode "
			     "exclusive take them all; give those fewer "
			     "workers, or 'cpus' of their own",
			     pool->name);
}

/* Whether a process may have its memory from `node` by this policy. */
static bool can_set_memory(enum affinity_memory memory, int node)
{
	unsigned long nodes[CPU_SETSIZE / (8 * sizeof(unsigned long))] = {0};
	const size_t bits = 8 * sizeof(nodes[0]);
	bool can;

	nodes[(size_t)node / bits] |= 1UL << ((size_t)node % bits);
	can = syscall(SYS_set_mempolicy,
		      memory == MEMORY_BIND ? MPOL_BIND : MPOL_PREFERRED, nodes,
		      CPU_SETSIZE + 1) == 0;
	if (can)
		syscall(SYS_set_mempolicy, MPOL_DEFAULT, NULL, 0);
	return can;
}

/* Fills in the default, and looks whether the kernel lets us do it. */
static void check_memory(struct loader *loader, struct pool_draft *pool,
			 const struct placement *placement)
{
	enum affinity_memory *memory = &pool->config.affinity.memory;
	bool given = pool_draft_find(pool, "affinity.memory");

	if (pool->config.affinity.mode != AFFINITY_NUMA)
		return;
	if (!given)
		*memory = MEMORY_PREFERRED;
	for (size_t i = 0; i < placement->count && *memory; i++) {
		int node = placement->places[i].node;

		if (can_set_memory(*memory, node))
			continue;
		*memory = MEMORY_NONE;
		if (given)
			mistakes_add(&loader->mistakes,
				     pool_draft_place(pool, "affinity.memory"),
				     "memory cannot be chosen from node %d "
				     "here: %s; write memory none",
				     node, strerror(errno));
	}
	if (!given)
		value_put(pool->json, "affinity.memory",
			  json_string(*memory ? "preferred" : "none"));
}

/* Where each worker goes, for people: {"web": ["0", "2"]}. */
static void show_placement(json_t *shown, const struct pool_draft *pool,
			   const struct placement *placement)
{
	json_t *list = json_array();
	char text[CPULIST_FULL_SIZE];

	for (int64_t i = 0; i < pool->config.workers; i++) {
		const struct worker_place *place =
			placement_of(placement, (uint32_t)i);

		if (!place || (size_t)i >= placement->count)
			break;
		cpulist_write(&place->cpus, text, sizeof(text));
		json_array_append_new(list, json_string(text));
	}
	if (json_array_size(list) > 0)
		json_object_set(shown, pool->name, list);
	json_decref(list);
}

/* Asks where all workers go. `workers: cpus` of a pool depends on what others
 * take, and where others start depends on how many workers that are: so it is
 * asked twice. */
static int place(struct loader *loader, const struct machine *machine,
		 struct placement_pool *placed)
{
	for (int round = 0; round < 2; round++) {
		for (size_t i = 0; i < loader->pool_count; i++) {
			struct pool_draft *pool = &loader->pools[i];
			const struct affinity_config *affinity =
				&pool->config.affinity;

			if (wants_cpus(pool) &&
			    affinity->mode == AFFINITY_EXCLUSIVE)
				set_workers(
					pool,
					CPU_COUNT(CPU_COUNT(&affinity->cpus)
							  ? &affinity->cpus
							  : &loader->usable));
			placement_release(&placed[i].placement);
			placed[i].affinity = affinity;
			placed[i].workers = placed[i].wanted =
				(uint32_t)pool->config.workers;
		}
		if (placement_make(machine, &loader->usable, placed,
				   loader->pool_count) < 0)
			return -1;
		for (size_t i = 0; i < loader->pool_count; i++)
			if (wants_cpus(&loader->pools[i]))
				set_workers(&loader->pools[i],
					    CPU_COUNT(&placed[i].cpus));
	}
	return 0;
}

void loader_place_pools(struct loader *loader, json_t *json)
{
	struct placement_pool *placed =
		calloc(loader->pool_count + 1, sizeof(*placed));
	const struct option *option = option_find(OPTION_OF_FILE, "machine");
	struct configuration file = {0};
	json_t *shown = json_object();
	struct error error;
	bool found = find_machine(loader);

	for (size_t i = 0; i < loader->pool_count; i++)
		if (!loader->pools[i].unplaced)
			check_affinity(loader, &loader->pools[i]);
	if (loader->topology) {
		json_t *machine = loader_machine(loader);

		value_store(option, machine, &file, &error);
		value_put(json, option->path, machine);
	}
	found = found && placed && place(loader, &file.machine, placed) == 0;
	for (size_t i = 0; i < loader->pool_count && placed; i++) {
		struct pool_draft *pool = &loader->pools[i];

		if (found && !pool->unplaced) {
			say_lack(loader, pool, &placed[i]);
			check_memory(loader, pool, &placed[i].placement);
			show_placement(shown, pool, &placed[i].placement);
		}
		placement_release(&placed[i].placement);
	}
	value_put(json, "placement", shown);
	value_release(option, &file);
	free(placed);
}
