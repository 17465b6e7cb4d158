#ifndef BASE_WORDS_H
#define BASE_WORDS_H

#include <stdbool.h>

/*
 * The words that every part of reeve shares: states of a worker and causes of
 * an end. The numbers are stored in files: add at the end, never renumber.
 */

/* Longest name of an instance or a pool, with its end. */
enum { NAME_SIZE = 64 };
/* Longest "POOL/INDEX", with its end. */
enum { WORKER_NAME_SIZE = NAME_SIZE + 12 };

/* X(enumerator, number, word, rank): the worst rank of its workers is the
 * state of a pool, the lower the worse. */
#define WORKER_STATES(X)                       \
	X(WORKER_STOPPED, 0, "stopped", 5)     \
	X(WORKER_STARTING, 1, "starting", 3)   \
	X(WORKER_READY, 2, "ready", 7)         \
	X(WORKER_UNHEALTHY, 3, "unhealthy", 2) \
	X(WORKER_STOPPING, 4, "stopping", 4)   \
	X(WORKER_BACKOFF, 5, "backoff", 1)     \
	X(WORKER_FAILED, 6, "failed", 0)       \
	X(WORKER_DONE, 7, "done", 6)

enum worker_state {
#define X(enumerator, number, word, rank) enumerator = number,
	WORKER_STATES(X)
#undef X
		WORKER_STATE_COUNT
};

/* X(enumerator, number, word, whether it is a crash) */
#define END_CAUSES(X)                                     \
	X(CAUSE_NONE, 0, "", false)                       \
	X(CAUSE_EXITED, 1, "exited", false)               \
	X(CAUSE_CRASHED, 2, "crashed", true)              \
	X(CAUSE_NOT_STARTED, 3, "not-started", true)      \
	X(CAUSE_STOPPED, 4, "stopped", false)             \
	X(CAUSE_RESTARTED, 5, "restarted", false)         \
	X(CAUSE_RELOAD, 6, "reload", false)               \
	X(CAUSE_SCALED, 7, "scaled", false)               \
	X(CAUSE_UNHEALTHY, 8, "unhealthy", true)          \
	X(CAUSE_MEMORY, 9, "memory", true)                \
	X(CAUSE_CPU, 10, "cpu", true)                     \
	X(CAUSE_ZOMBIES, 11, "zombies", true)             \
	X(CAUSE_OPEN_FILES, 12, "open-files", true)       \
	X(CAUSE_THREADS, 13, "threads", true)             \
	X(CAUSE_LIFETIME, 14, "lifetime", false)          \
	X(CAUSE_OOM, 15, "oom", true)                     \
	X(CAUSE_START_TIMEOUT, 16, "start-timeout", true) \
	X(CAUSE_JOB_TIMEOUT, 17, "job-timeout", true)     \
	X(CAUSE_CANCELLED, 18, "cancelled", false)        \
	X(CAUSE_LOST, 19, "lost", false)

enum end_cause {
#define X(enumerator, number, word, crash) enumerator = number,
	END_CAUSES(X)
#undef X
		END_CAUSE_COUNT
};

/* What a run says that it is doing, sd_notify(3). X(enumerator, number, word)
 */
#define RUN_ACTIVITIES(X)                     \
	X(ACTIVITY_NONE, 0, "")               \
	X(ACTIVITY_RELOADING, 1, "reloading") \
	X(ACTIVITY_STOPPING, 2, "stopping")

enum run_activity {
#define X(enumerator, number, word) enumerator = number,
	RUN_ACTIVITIES(X)
#undef X
		RUN_ACTIVITY_COUNT
};

/* What of a worker can be watched. X(enumerator, number, word, the cause by
 * which a run ends that is over its bound) */
#define GAUGES(X)                                              \
	X(GAUGE_MEMORY, 0, "memory", CAUSE_MEMORY)             \
	X(GAUGE_CPU, 1, "cpu", CAUSE_CPU)                      \
	X(GAUGE_ZOMBIES, 2, "zombies", CAUSE_ZOMBIES)          \
	X(GAUGE_OPEN_FILES, 3, "open files", CAUSE_OPEN_FILES) \
	X(GAUGE_THREADS, 4, "threads", CAUSE_THREADS)

enum gauge {
#define X(enumerator, number, word, cause) enumerator = number,
	GAUGES(X)
#undef X
		GAUGE_COUNT
};

/* The word of a state; "?" for a number that is none. */
const char *worker_state_name(enum worker_state state);

/* The state called `word`, or WORKER_STATE_COUNT. */
enum worker_state worker_state_parse(const char *word);

/* How bad a state is for its pool: 0 is the worst. */
int worker_state_rank(enum worker_state state);

/* The word of a cause; "" for CAUSE_NONE, "?" for a number that is none. */
const char *end_cause_name(enum end_cause cause);

/* Whether a run that ended by `cause` counts as a crash. */
bool end_cause_is_crash(enum end_cause cause);

/* The word of an activity; "" for none, "?" for a number that is none. */
const char *run_activity_name(enum run_activity activity);

/* The word of a gauge, for sentences. */
const char *gauge_name(enum gauge gauge);

/* The cause by which a run ends that is over its bound in `gauge`. */
enum end_cause gauge_cause(enum gauge gauge);

/* The gauge of that cause, or GAUGE_COUNT. */
enum gauge gauge_of_cause(enum end_cause cause);

/* Whether `name` may name an instance or a pool: a letter, then letters,
 * digits, "_" and "-", shorter than NAME_SIZE, and not "all". */
bool name_is_valid(const char *name);

#endif
