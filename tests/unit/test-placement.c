#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/cpulist.h"
#include "supervisor/placement.h"

/* Two nodes with two cores each of two hardware threads, which lie as they do
 * on many machines: CPU n and CPU n + 4 share a core. */
static struct machine_cpu server_cpus[] = {
	{0, 0, 0}, {4, 0, 0}, {1, 1, 0}, {5, 1, 0},
	{2, 2, 1}, {6, 2, 1}, {3, 3, 1}, {7, 3, 1},
};
static const struct machine server = {server_cpus, 8};
static const struct machine unknown = {NULL, 0};

static struct affinity_config affinity_of(enum affinity_mode mode,
					  const char *cpus)
{
	struct affinity_config affinity = {.mode = mode};

	if (*cpus)
		assert_int_equal(cpulist_parse(cpus, &affinity.cpus), 0);
	return affinity;
}

static struct placement_pool pool_of(const struct affinity_config *affinity,
				     uint32_t workers)
{
	return (struct placement_pool){
		.affinity = affinity, .workers = workers, .wanted = workers};
}

static void make(const struct machine *machine, const char *allowed,
		 struct placement_pool *pools, size_t count)
{
	cpu_set_t cpus;

	assert_int_equal(cpulist_parse(allowed, &cpus), 0);
	assert_int_equal(placement_make(machine, &cpus, pools, count), 0);
}

/* The places of the first workers, as "0 2 1 3". */
static void assert_places(const struct placement_pool *pool,
			  const char *const *expected, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		const struct worker_place *place =
			placement_of(&pool->placement, i);
		char text[CPULIST_TEXT_SIZE];

		assert_non_null(place);
		cpulist_format(&place->cpus, text);
		assert_string_equal(text, expected[i]);
	}
}

static void release(struct placement_pool *pools, size_t count)
{
	for (size_t i = 0; i < count; i++)
		placement_release(&pools[i].placement);
}

static void assert_alone(const struct machine *machine, const char *allowed,
			 enum affinity_mode mode, const char *cpus,
			 const char *const *expected, uint32_t count)
{
	struct affinity_config affinity = affinity_of(mode, cpus);
	struct placement_pool pool = pool_of(&affinity, count);

	make(machine, allowed, &pool, 1);
	assert_int_equal(pool.lack, PLACEMENT_LACKS_NOTHING);
	assert_places(&pool, expected, count);
	release(&pool, 1);
}

static void spread_takes_cores_and_nodes_in_turn(void **state)
{
	static const char *const all[] = {"0", "2", "1", "3", "4",
					  "6", "5", "7", "0"};
	static const char *const odd[] = {"1", "3", "5", "7"};
	static const char *const listed[] = {"0", "1", "0"};
	static const char *const plain[] = {"2", "5", "9"};

	(void)state;
	assert_alone(&server, "0-7", AFFINITY_SPREAD, "", all, 9);
	assert_alone(&server, "1,3,5,7", AFFINITY_SPREAD, "", odd, 4);
	assert_alone(&server, "0-7", AFFINITY_SPREAD, "0-1", listed, 3);
	assert_alone(&unknown, "2,5,9", AFFINITY_SPREAD, "", plain, 3);
}

static void pack_fills_cores_and_nodes(void **state)
{
	static const char *const all[] = {"0", "4", "1", "5", "2", "6"};
	static const char *const less[] = {"4", "2", "6", "4"};

	(void)state;
	assert_alone(&server, "0-7", AFFINITY_PACK, "", all, 6);
	assert_alone(&server, "2,4,6", AFFINITY_PACK, "", less, 4);
}

static void numa_gives_whole_nodes(void **state)
{
	static const char *const all[] = {"0-1,4-5", "2-3,6-7", "0-1,4-5"};
	static const char *const less[] = {"0", "2-3", "0"};
	struct affinity_config affinity = affinity_of(AFFINITY_NUMA, "");
	struct placement_pool pool = pool_of(&affinity, 2);

	(void)state;
	assert_alone(&server, "0-7", AFFINITY_NUMA, "", all, 3);
	assert_alone(&server, "0,2,3", AFFINITY_NUMA, "", less, 3);
	make(&server, "0-7", &pool, 1);
	assert_int_equal(placement_of(&pool.placement, 0)->node, 0);
	assert_int_equal(placement_of(&pool.placement, 1)->node, 1);
	release(&pool, 1);
}

static void exclusive_shares_its_list_out(void **state)
{
	static const char *const halves[] = {"0,4", "1,5"};
	static const char *const one[] = {"0-1,4-5"};

	(void)state;
	assert_alone(&server, "0-7", AFFINITY_EXCLUSIVE, "0,1,4,5", halves, 2);
	assert_alone(&server, "0-7", AFFINITY_EXCLUSIVE, "0,1,4,5", one, 1);
}

static void nobody_else_gets_exclusive_cpus(void **state)
{
	static const char *const own[] = {"0", "2"};
	static const char *const rest[] = {"1,3-7"};
	static const char *const more[] = {"4-7"};
	struct affinity_config affinities[] = {
		affinity_of(AFFINITY_NONE, ""),
		affinity_of(AFFINITY_EXCLUSIVE, ""),
		affinity_of(AFFINITY_SPREAD, ""),
	};
	struct placement_pool pools[] = {
		pool_of(&affinities[0], 1),
		pool_of(&affinities[1], 2),
		pool_of(&affinities[2], 2),
	};

	(void)state;
	make(&server, "0-7", pools, 3);
	assert_places(&pools[1], own, 2);
	assert_places(&pools[0], rest, 1);
	for (uint32_t i = 0; i < 12; i++) {
		const struct worker_place *place =
			placement_of(&pools[2].placement, i);

		assert_false(CPU_ISSET(0, &place->cpus));
		assert_false(CPU_ISSET(2, &place->cpus));
	}
	release(pools, 3);
	pools[1].wanted = 4;
	make(&server, "0-7", pools, 3);
	assert_places(&pools[0], more, 1);
	release(pools, 3);
	/* None of them runs: its CPUs are free. */
	pools[1].wanted = 0;
	make(&server, "0-7", pools, 3);
	assert_int_equal(CPU_COUNT(&placement_of(&pools[0].placement, 0)->cpus),
			 8);
	release(pools, 3);
}

static void too_few_cpus_are_told(void **state)
{
	static const char *const all[] = {"0-1"};
	struct affinity_config own = affinity_of(AFFINITY_EXCLUSIVE, "");
	struct affinity_config none = affinity_of(AFFINITY_ALL, "");
	struct placement_pool pools[] = {pool_of(&own, 3), pool_of(&none, 1)};

	(void)state;
	make(&server, "0-1", pools, 2);
	assert_int_equal(pools[0].lack, PLACEMENT_TOO_FEW);
	assert_int_equal(pools[1].lack, PLACEMENT_NONE_LEFT);
	/* It runs all the same. */
	assert_places(&pools[1], all, 1);
	release(pools, 2);
}

static void pools_of_a_mode_take_turns(void **state)
{
	static const char *const first[] = {"0", "2"};
	static const char *const second[] = {"1", "3", "4"};
	struct affinity_config spread = affinity_of(AFFINITY_SPREAD, "");
	struct placement_pool pools[] = {pool_of(&spread, 2),
					 pool_of(&spread, 3)};

	(void)state;
	make(&server, "0-7", pools, 2);
	assert_places(&pools[0], first, 2);
	assert_places(&pools[1], second, 3);
	release(pools, 2);
	/* Scaling the first moves none of the second. */
	pools[0].wanted = 6;
	make(&server, "0-7", pools, 2);
	assert_places(&pools[1], second, 3);
	release(pools, 2);
}

static void without_a_wish_there_is_no_place(void **state)
{
	struct affinity_config none = affinity_of(AFFINITY_NONE, "");
	struct placement_pool pool = pool_of(&none, 2);

	(void)state;
	make(&server, "0-7", &pool, 1);
	assert_null(placement_of(&pool.placement, 0));
}

static void masks_are_written_whole(void **state)
{
	static const char *const lists[] = {"0",    "5",      "0-3,6",
					    "1023", "0-1023", "64-127,200"};
	static const char *const masks[] = {"1", "20", "4f"};
	char text[CPUMASK_TEXT_SIZE];
	cpu_set_t set, read;

	(void)state;
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		assert_int_equal(cpulist_parse(lists[i], &set), 0);
		cpumask_write(&set, text);
		if (i < sizeof(masks) / sizeof(masks[0]))
			assert_string_equal(text, masks[i]);
		assert_int_equal(cpumask_parse(text, &read), 0);
		assert_true(CPU_EQUAL(&set, &read));
	}
	assert_int_equal(cpumask_parse("", &read), -1);
	assert_int_equal(cpumask_parse("0", &read), -1);
	assert_int_equal(cpumask_parse("x", &read), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(spread_takes_cores_and_nodes_in_turn),
		cmocka_unit_test(pack_fills_cores_and_nodes),
		cmocka_unit_test(numa_gives_whole_nodes),
		cmocka_unit_test(exclusive_shares_its_list_out),
		cmocka_unit_test(nobody_else_gets_exclusive_cpus),
		cmocka_unit_test(too_few_cpus_are_told),
		cmocka_unit_test(pools_of_a_mode_take_turns),
		cmocka_unit_test(without_a_wish_there_is_no_place),
		cmocka_unit_test(masks_are_written_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
