#ifndef SUPERVISOR_POLICY_H
#define SUPERVISOR_POLICY_H

#include "supervisor/configuration.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * The restart policy of one worker: what to do when a run has ended by itself.
 * Pure: time and chance are given. The first restart after a good run comes
 * after restart.delay, the next ones back off; more than `limit` crashes in a
 * sliding window cool the worker down (or fail it), after which one probe run
 * decides.
 */

struct policy {
	int64_t *crashes; /* when the last `limit` crashes were, a ring */
	uint32_t capacity; /* its size: restart.limit */
	uint32_t count; /* how many are in it */
	uint32_t next; /* where the next one goes */
	uint32_t in_a_row; /* restarts since the last good run */
	uint32_t cooldowns; /* cool-downs since the last good run */
	bool probing; /* the present run is the probe */
};

enum policy_verdict {
	POLICY_RESTART, /* after delay_ns */
	POLICY_COOLDOWN, /* after delay_ns, as a probe */
	POLICY_FAIL, /* never again by itself */
	POLICY_DONE, /* the policy wants no further run */
};

struct policy_decision {
	enum policy_verdict verdict;
	int64_t delay_ns;
};

/* How a run ended, for the policy. */
struct policy_end {
	int64_t now_ns; /* CLOCK_MONOTONIC */
	int64_t ready_ns; /* how long it had been ready; 0: never */
	bool crash;
	double chance; /* from -1 to 1, for the jitter */
};

/* Makes room for the window of `config`. Returns 0, or -1 when memory is
 * short (then nothing changed). Also clears what was there. */
int policy_init(struct policy *policy, const struct restart_config *config);

void policy_release(struct policy *policy);

/* Forgets all crashes: somebody started the worker by hand. */
void policy_reset(struct policy *policy);

/* Decides what comes after a run that ended by itself, and remembers it. */
struct policy_decision policy_decide(struct policy *policy,
				     const struct restart_config *config,
				     const struct policy_end *end);

#endif
