#ifndef SUPERVISOR_PLACEMENT_H
#define SUPERVISOR_PLACEMENT_H

#include "supervisor/configuration.h"

#include <sched.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Where the workers of all pools are put: a pure function of the machine, the
 * CPUs that reeve may use and the pools. The loader asks it whether the config
 * can be, the supervisor where a worker goes, again when a pool is scaled or
 * the allowed CPUs change.
 *
 * First come the pools with mode exclusive, those with a list of CPUs before
 * those without; what they take nobody else gets. All others share what is
 * left, each inside of its own list where it has one. Pools of the same mode
 * (spread or pack) over the same CPUs take turns: one goes on where the one
 * before it ends, as the config has them, so that scaling one of them does not
 * move the others.
 */

/* Where one worker is put. */
struct worker_place {
	cpu_set_t cpus;
	int node; /* the NUMA node that these are, in mode numa; else -1 */
};

/* Where the workers of a pool are put. */
struct placement {
	struct worker_place
		*places; /* worker i gets places[(first + i) % count] */
	size_t count; /* 0: wherever reeve may run */
	size_t first;
};

/* What a pool lacks. It is placed all the same: as well as can be. */
enum placement_lack {
	PLACEMENT_LACKS_NOTHING,
	PLACEMENT_TOO_FEW, /* exclusive: there are more workers than CPUs */
	PLACEMENT_NONE_LEFT, /* others took all CPUs that it may use */
};

struct placement_pool {
	const struct affinity_config *affinity;
	uint32_t workers; /* as configured, for the turns */
	uint32_t wanted; /* now, for CPUs of their own */
	/* The answer. */
	struct placement placement;
	enum placement_lack lack;
	cpu_set_t cpus; /* those that its workers have between them */
};

/*
 * Places all pools on those CPUs of `machine` that are `allowed`. CPUs that the
 * machine does not know count as cores of their own, behind all others. Returns
 * 0, or -1 when memory is short: then no pool has a placement. The caller
 * releases that of each pool.
 */
int placement_make(const struct machine *machine, const cpu_set_t *allowed,
		   struct placement_pool *pools, size_t count);

void placement_release(struct placement *placement);

/* The place of worker number `index`, or NULL: wherever reeve may run. */
const struct worker_place *placement_of(const struct placement *placement,
					uint32_t index);

/* Whether the mode asks for the cores and nodes of the machine. */
bool placement_needs_machine(enum affinity_mode mode);

#endif
