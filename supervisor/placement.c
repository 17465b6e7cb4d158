#include "config.h"

#include "supervisor/placement.h"

#include <stdlib.h>

/* What placement_make() works on. */
struct draft {
	struct machine_cpu list[CPU_SETSIZE]; /* those that are allowed, with
					       * cores and nodes together */
	size_t count;
	cpu_set_t allowed;
	cpu_set_t listed; /* by pools that share */
	cpu_set_t owned; /* by exclusive pools */
	bool exclusive; /* there are such pools */
};

bool placement_needs_machine(enum affinity_mode mode)
{
	return mode != AFFINITY_NONE && mode != AFFINITY_ALL;
}

void placement_release(struct placement *placement)
{
	free(placement->places);
	*placement = (struct placement){0};
}

const struct worker_place *placement_of(const struct placement *placement,
					uint32_t index)
{
	if (placement->count == 0)
		return NULL;
	return &placement
			->places[(placement->first + index) % placement->count];
}

static void subtract(cpu_set_t *set, const cpu_set_t *other)
{
	cpu_set_t common;

	CPU_AND(&common, set, other);
	CPU_XOR(set, set, &common);
}

static void draft_init(struct draft *draft, const struct machine *machine,
		       const cpu_set_t *allowed)
{
	cpu_set_t unknown = *allowed;

	draft->count = 0;
	draft->allowed = *allowed;
	draft->exclusive = false;
	CPU_ZERO(&draft->owned);
	CPU_ZERO(&draft->listed);
	for (size_t i = 0; i < machine->count; i++) {
		const struct machine_cpu *cpu = &machine->cpus[i];

		if (!CPU_ISSET((size_t)cpu->cpu, &unknown))
			continue;
		CPU_CLR((size_t)cpu->cpu, &unknown);
		draft->list[draft->count++] = *cpu;
	}
	for (int cpu = 0; cpu < CPU_SETSIZE; cpu++)
		if (CPU_ISSET((size_t)cpu, &unknown))
			draft->list[draft->count++] =
				(struct machine_cpu){cpu, -1, 0};
}

/* ---- orders of CPUs ---- */

/* Fills one core after the other, and so one node after the other. */
static size_t order_packed(const struct draft *draft, const cpu_set_t *cpus,
			   int order[CPU_SETSIZE])
{
	size_t count = 0;

	for (size_t i = 0; i < draft->count; i++)
		if (CPU_ISSET((size_t)draft->list[i].cpu, cpus))
			order[count++] = draft->list[i].cpu;
	return count;
}

/* The turn in which a CPU comes when workers are spread. */
struct turn {
	int sibling; /* number of the CPU in its core … */
	int core; /* … of the core in its node … */
	int node; /* … and of the node */
	int cpu;
};

static int compare_turns(const void *left, const void *right)
{
	const struct turn *a = left, *b = right;

	if (a->sibling != b->sibling)
		return a->sibling < b->sibling ? -1 : 1;
	if (a->core != b->core)
		return a->core < b->core ? -1 : 1;
	return a->node < b->node ? -1 : a->node > b->node;
}

/* One CPU of each core first, the nodes in turn, then the next of each. */
static size_t order_spread(const struct draft *draft, const cpu_set_t *cpus,
			   int order[CPU_SETSIZE])
{
	struct turn turns[CPU_SETSIZE];
	int cores[CPU_SETSIZE] = {0}; /* seen so far of each node */
	const struct machine_cpu *former = NULL;
	size_t count = 0;

	for (size_t i = 0; i < draft->count; i++) {
		const struct machine_cpu *at = &draft->list[i];
		struct turn *turn = &turns[count];

		if (!CPU_ISSET((size_t)at->cpu, cpus))
			continue;
		*turn = (struct turn){.node = at->node, .cpu = at->cpu};
		if (former && at->core >= 0 && at->core == former->core) {
			turn->core = turn[-1].core;
			turn->sibling = turn[-1].sibling + 1;
		} else {
			turn->core = cores[at->node]++;
		}
		former = at;
		count++;
	}
	qsort(turns, count, sizeof(turns[0]), compare_turns);
	for (size_t i = 0; i < count; i++)
		order[i] = turns[i].cpu;
	return count;
}

/* ---- places ---- */

static struct worker_place *add_place(struct placement *placement, int node)
{
	struct worker_place *place = &placement->places[placement->count++];

	CPU_ZERO(&place->cpus);
	place->node = node;
	return place;
}

static int place_together(struct placement *placement, const cpu_set_t *cpus)
{
	placement->places = malloc(sizeof(*placement->places));
	if (!placement->places)
		return -1;
	add_place(placement, -1)->cpus = *cpus;
	return 0;
}

/* Shares out the CPUs of `order` among `shares` places, evenly and in order. */
static int place_shares(struct placement *placement, const int *order,
			size_t count, size_t shares)
{
	if (shares == 0)
		return 0;
	placement->places = calloc(shares, sizeof(*placement->places));
	if (!placement->places)
		return -1;
	for (size_t i = 0; i < shares; i++) {
		struct worker_place *place = add_place(placement, -1);
		size_t end = (i + 1) * count / shares;

		for (size_t j = i * count / shares; j < end; j++)
			CPU_SET((size_t)order[j], &place->cpus);
	}
	return 0;
}

static int place_nodes(struct placement *placement, const struct draft *draft,
		       const cpu_set_t *cpus)
{
	struct worker_place *of_node[CPU_SETSIZE] = {NULL};

	placement->places = calloc(draft->count, sizeof(*placement->places));
	if (!placement->places)
		return -1;
	for (size_t i = 0; i < draft->count; i++) {
		const struct machine_cpu *at = &draft->list[i];

		if (!CPU_ISSET((size_t)at->cpu, cpus))
			continue;
		if (!of_node[at->node])
			of_node[at->node] = add_place(placement, at->node);
		CPU_SET((size_t)at->cpu, &of_node[at->node]->cpus);
	}
	return 0;
}

/* ---- pools ---- */

/* The CPUs that a pool could have if it were alone. */
static void find_own(const struct draft *draft,
		     const struct affinity_config *affinity, cpu_set_t *cpus)
{
	*cpus = draft->allowed;
	if (CPU_COUNT(&affinity->cpus) > 0)
		CPU_AND(cpus, cpus, &affinity->cpus);
}

/* Takes the first `count` CPUs of `order` for a pool without a list, but those
 * that others have listed only when there are no more. */
static size_t choose(const struct draft *draft, int *order, size_t count,
		     size_t wanted)
{
	int chosen[CPU_SETSIZE];
	size_t found = 0;

	for (int listed = 0; listed <= 1; listed++)
		for (size_t i = 0; i < count && found < wanted; i++)
			if (!!CPU_ISSET((size_t)order[i], &draft->listed) ==
			    listed)
				chosen[found++] = order[i];
	for (size_t i = 0; i < found; i++)
		order[i] = chosen[i];
	return found;
}

static int place_exclusive(struct draft *draft, struct placement_pool *pool)
{
	bool has_list = CPU_COUNT(&pool->affinity->cpus) > 0;
	int order[CPU_SETSIZE];
	cpu_set_t cpus;
	size_t count;

	find_own(draft, pool->affinity, &cpus);
	subtract(&cpus, &draft->owned);
	if (has_list)
		count = order_packed(draft, &cpus, order);
	else
		count = choose(draft, order, order_spread(draft, &cpus, order),
			       pool->wanted);
	CPU_ZERO(&pool->cpus);
	for (size_t i = 0; i < count; i++)
		CPU_SET((size_t)order[i], &pool->cpus);
	CPU_OR(&draft->owned, &draft->owned, &pool->cpus);
	pool->lack = count < pool->wanted ? PLACEMENT_TOO_FEW
					  : PLACEMENT_LACKS_NOTHING;
	if (count == 0)
		return place_together(&pool->placement, &draft->allowed);
	return place_shares(&pool->placement, order, count,
			    pool->wanted > 0 && pool->wanted < count
				    ? pool->wanted
				    : count);
}

/* Where the workers of this pool go on after those of the pools before it. */
static size_t find_first(const struct placement_pool *pools, size_t number)
{
	const struct placement_pool *pool = &pools[number];
	size_t first = 0;

	for (size_t i = 0; i < number; i++)
		if (pools[i].affinity->mode == pool->affinity->mode &&
		    CPU_EQUAL(&pools[i].cpus, &pool->cpus))
			first += pools[i].workers;
	return first;
}

static int place_sharing(const struct draft *draft,
			 struct placement_pool *pools, size_t number)
{
	struct placement_pool *pool = &pools[number];
	enum affinity_mode mode = pool->affinity->mode;
	int order[CPU_SETSIZE];
	size_t count;

	find_own(draft, pool->affinity, &pool->cpus);
	subtract(&pool->cpus, &draft->owned);
	if (CPU_COUNT(&pool->cpus) == 0) {
		pool->lack = PLACEMENT_NONE_LEFT;
		pool->cpus = draft->allowed;
		subtract(&pool->cpus, &draft->owned);
		if (CPU_COUNT(&pool->cpus) == 0)
			pool->cpus = draft->allowed;
	}
	if (mode == AFFINITY_NONE && !draft->exclusive)
		return 0;
	if (mode == AFFINITY_NONE || mode == AFFINITY_ALL)
		return place_together(&pool->placement, &pool->cpus);
	if (mode == AFFINITY_NUMA)
		return place_nodes(&pool->placement, draft, &pool->cpus);
	count = mode == AFFINITY_PACK ? order_packed(draft, &pool->cpus, order)
				      : order_spread(draft, &pool->cpus, order);
	pool->placement.first = find_first(pools, number);
	return place_shares(&pool->placement, order, count, count);
}

static int place_all(struct draft *draft, struct placement_pool *pools,
		     size_t count)
{
	for (int round = 0; round < 2; round++)
		for (size_t i = 0; i < count; i++) {
			bool lists = CPU_COUNT(&pools[i].affinity->cpus) > 0;

			if (pools[i].affinity->mode == AFFINITY_EXCLUSIVE &&
			    lists == (round == 0) &&
			    place_exclusive(draft, &pools[i]) < 0)
				return -1;
		}
	for (size_t i = 0; i < count; i++)
		if (pools[i].affinity->mode != AFFINITY_EXCLUSIVE &&
		    place_sharing(draft, pools, i) < 0)
			return -1;
	return 0;
}

int placement_make(const struct machine *machine, const cpu_set_t *allowed,
		   struct placement_pool *pools, size_t count)
{
	struct draft draft;

	draft_init(&draft, machine, allowed);
	for (size_t i = 0; i < count; i++) {
		const struct affinity_config *affinity = pools[i].affinity;

		pools[i].placement = (struct placement){0};
		pools[i].lack = PLACEMENT_LACKS_NOTHING;
		if (affinity->mode == AFFINITY_EXCLUSIVE)
			draft.exclusive = true;
		else
			CPU_OR(&draft.listed, &draft.listed, &affinity->cpus);
	}
	if (place_all(&draft, pools, count) == 0)
		return 0;
	for (size_t i = 0; i < count; i++)
		placement_release(&pools[i].placement);
	return -1;
}
