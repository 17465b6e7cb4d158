#include "config.h"

#include "supervisor/policy.h"

#include <stdlib.h>

/* A cool-down doubles each time, up to this. */
static const int64_t cooldown_max_ns = INT64_C(3600000000000);

int policy_init(struct policy *policy, const struct restart_config *config)
{
	int64_t *crashes =
		calloc(config->limit ? config->limit : 1, sizeof(*crashes));

	if (!crashes)
		return -1;
	free(policy->crashes);
	*policy =
		(struct policy){.crashes = crashes, .capacity = config->limit};
	return 0;
}

void policy_release(struct policy *policy)
{
	free(policy->crashes);
	policy->crashes = NULL;
}

void policy_reset(struct policy *policy)
{
	policy->count = 0;
	policy->next = 0;
	policy->in_a_row = 0;
	policy->cooldowns = 0;
	policy->probing = false;
}

/* Whether this crash is one too many; remembers it if not. */
static bool trips(struct policy *policy, const struct restart_config *config,
		  int64_t now_ns)
{
	if (policy->capacity == 0)
		return false;
	if (policy->count == policy->capacity &&
	    now_ns - policy->crashes[policy->next] <= config->limit_window_ns)
		return true;
	policy->crashes[policy->next] = now_ns;
	policy->next = (policy->next + 1) % policy->capacity;
	if (policy->count < policy->capacity)
		policy->count++;
	return false;
}

static int64_t restart_delay(const struct policy *policy,
			     const struct restart_config *config, double chance)
{
	double delay = (double)config->delay_min_ns;

	if (policy->in_a_row == 0)
		return config->delay_ns;
	for (uint32_t i = 1; i < policy->in_a_row; i++) {
		delay *= config->factor;
		if (delay >= (double)config->delay_max_ns)
			break;
	}
	if (delay > (double)config->delay_max_ns)
		delay = (double)config->delay_max_ns;
	return (int64_t)(delay * (1 + config->jitter * chance));
}

static struct policy_decision cool_down(struct policy *policy,
					const struct restart_config *config)
{
	int64_t delay_ns = config->cooldown_ns;

	for (uint32_t i = 0; i < policy->cooldowns; i++)
		if (delay_ns < cooldown_max_ns)
			delay_ns *= 2;
	if (delay_ns > cooldown_max_ns)
		delay_ns = config->cooldown_ns > cooldown_max_ns
				   ? config->cooldown_ns
				   : cooldown_max_ns;
	policy->cooldowns++;
	policy->count = 0;
	policy->next = 0;
	policy->probing = true;
	return (struct policy_decision){POLICY_COOLDOWN, delay_ns};
}

struct policy_decision policy_decide(struct policy *policy,
				     const struct restart_config *config,
				     const struct policy_end *end)
{
	struct policy_decision decision = {POLICY_RESTART, 0};

	if (end->ready_ns > 0 && end->ready_ns >= config->reset_ns) {
		policy->in_a_row = 0;
		policy->cooldowns = 0;
		policy->probing = false;
	}
	if (config->policy == RESTART_NEVER ||
	    (config->policy == RESTART_ON_FAILURE && !end->crash))
		return (struct policy_decision){POLICY_DONE, 0};
	if (policy->probing)
		return cool_down(policy, config);
	if (end->crash && trips(policy, config, end->now_ns)) {
		if (config->then == THEN_FAIL)
			return (struct policy_decision){POLICY_FAIL, 0};
		return cool_down(policy, config);
	}
	decision.delay_ns = restart_delay(policy, config, end->chance);
	policy->in_a_row++;
	return decision;
}
