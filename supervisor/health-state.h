#ifndef SUPERVISOR_HEALTH_STATE_H
#define SUPERVISOR_HEALTH_STATE_H

#include "supervisor/check.h"
#include "supervisor/health.h"

#include <event2/event.h>
#include <event2/event_struct.h>

/*
 * What health.c (what is checked when, and what follows), health-ask.c (http,
 * tcp and exec: asking), health-signs.c (heartbeat, silence, progress and log:
 * hearing) and health-missing.c (what a start lacks) share.
 */

enum { WRONG_SIZE = 128 };

/* What is checked. The first three are probes: reeve asks. The next three are
 * of `alive` alone, the last two of `ready`. */
enum kind {
	KIND_HTTP,
	KIND_TCP,
	KIND_EXEC,
	PROBE_COUNT,
	KIND_HEARTBEAT = PROBE_COUNT,
	KIND_SILENCE,
	KIND_PROGRESS,
	ALIVE_COUNT,
	KIND_LOG = ALIVE_COUNT,
	KIND_UP,
	KIND_COUNT
};

/* By enum kind, for people. */
extern const char *const health_names[ALIVE_COUNT];

enum phase { PHASE_OFF, PHASE_ASKING, PHASE_ALIVE };

/* A probe of a worker: asked again and again, one at a time. */
struct asking {
	struct health *health;
	int64_t due_ns; /* CLOCK_MONOTONIC; 0: never */
	int64_t pause_ns; /* while starting */
	char wrong[WRONG_SIZE]; /* while starting: the last answer, or "" */
	struct probe *probe; /* under way */
	struct task *task; /* the same, of exec */
};

struct health {
	struct worker *worker;
	struct event timer;
	uint64_t run; /* that the rest is about */
	uint64_t former_run; /* of the config before this one; 0: none */
	enum phase phase;
	unsigned missing; /* while starting: kinds that have not passed */
	struct asking asking[PROBE_COUNT];
	struct check checks[ALIVE_COUNT];
	int64_t up_at_ns; /* when ready.up is over */
	int64_t heartbeat_ns; /* between two; 0: none */
	int64_t beat_at_ns; /* the latest one */
	int64_t grace_until_ns;
	bool silent; /* the logger says so */
	bool good;
	char wrong[WRONG_SIZE]; /* of the check that failed last */
};

/* The probes that are asked in the present phase. */
const struct probe_config *health_probes_of(const struct health *health);

/* Asks now. */
void health_ask(struct asking *asking);

/* Says when it is asked next. */
void health_plan(struct health *health, struct asking *asking);

/* Gives up what is under way. */
void health_abandon(struct asking *asking);

/* Sets the timer for whatever is due next. */
void health_set_timer(struct health *health);

/* A check of a starting run has passed. */
void health_pass(struct health *health, enum kind kind);

/* A check that has no count: it fails at once, `wrong` says how, or is good
 * again. The worker may be something else afterwards. */
void health_settle(struct health *health, enum kind kind, bool good,
		   const char *wrong);

/* Looks which signs were to have come by now. */
void health_check_signs(struct health *health, int64_t now_ns);

/* Health without checks, for a worker that has none. NULL when memory is
 * short. */
struct health *health_new(struct worker *worker);

/* Acts when the health has changed. The worker may be something else
 * afterwards. */
void health_act(struct health *health);

#endif
