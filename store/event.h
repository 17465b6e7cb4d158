#ifndef STORE_EVENT_H
#define STORE_EVENT_H

#include "base/fields.h"
#include "base/words.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * An event: one thing that happened. The same struct goes to the journal, to
 * history.db, and as JSON to those who listen to GET /v1/events. Its members
 * are written by one field table (event.c): add a member there, under a new
 * tag, and every place knows it.
 */

/* X(enumerator, number, word); numbers are stored: never renumber. */
#define EVENT_KINDS(X)                                                       \
	X(EVENT_INSTANCE_STARTED, 1, "instance-started")                     \
	X(EVENT_INSTANCE_STOPPED, 2, "instance-stopped")                     \
	X(EVENT_CONFIG_LOADED, 3, "config-loaded")                           \
	X(EVENT_CONFIG_REFUSED, 4, "config-refused")                         \
	/* Somebody asked for something: command, text = what follows it     \
	 * ("SIGHUP web", "web 4"), uid. */                                  \
	X(EVENT_COMMAND, 5, "command")                                       \
	/* A run exists: run, pid, config, by, cpus; command and uid of who  \
	 * asked for it, if somebody did; state = starting. */               \
	X(EVENT_SPAWNED, 6, "spawned")                                       \
	/* A run is ready: run; state = ready. */                            \
	X(EVENT_READY, 7, "ready")                                           \
	/* A run was asked to end: run, cause, command, uid; state =         \
	 * stopping. */                                                      \
	X(EVENT_STOPPING, 8, "stopping")                                     \
	/* A run ended: run, cause, exit_code or exit_signal, core, rusage,  \
	 * uptime_us, samples; command and uid of who asked for it, if       \
	 * somebody did; state and delay_ns = what was decided. A run that   \
	 * never started has cause not-started, step, error_number. */       \
	X(EVENT_ENDED, 9, "ended")                                           \
	/* Any other change of a worker's state. */                          \
	X(EVENT_STATE, 10, "state")                                          \
	/* What was left of a run was killed: run, count, text = names. */   \
	X(EVENT_SWEPT, 11, "swept")                                          \
	/* The last output of a run: run, text. From the logger; where one   \
	 * comes twice for a run, the later one counts. */                   \
	X(EVENT_OUTPUT, 12, "output")                                        \
	/* One measurement of a run. From the sampler. */                    \
	X(EVENT_SAMPLE, 13, "sample")                                        \
	/* Records were lost: count, by = the journal's writer, text. */     \
	X(EVENT_GAP, 14, "gap")                                              \
	/* Something an operator should know: text. */                       \
	X(EVENT_WARNING, 15, "warning")                                      \
	/* What /proc knew of a run that was about to be ended: run, pid,    \
	 * cause, text. From the sweeper; a run may have several. */         \
	X(EVENT_EVIDENCE, 16, "evidence")                                    \
	/* What a run printed was lost: run, count = bytes, text. */         \
	X(EVENT_OUTPUT_LOST, 19, "output-lost")                              \
	/* A hook has ended: run, by = what it was hooked to, exit_code or   \
	 * exit_signal, uptime_us, count = further ones that it stood for,   \
	 * text = its output. */                                             \
	X(EVENT_HOOK, 17, "hook")                                            \
	/* The health of a run has changed: run, text = why, or "ok"; cause  \
	 * = unhealthy, or none. */                                          \
	X(EVENT_HEALTH, 29, "health")                                        \
	/* A pool has got another number of workers by itself: count, text = \
	 * why. */                                                           \
	X(EVENT_SCALED, 26, "scaled")                                        \
	/* More workers would be needed than its config allows: count, text. \
	 */                                                                  \
	X(EVENT_MAX_REACHED, 27, "max-reached")                              \
	/* A run is over a bound of `watch` that nothing is done about:      \
	 * run, cause, text. */                                              \
	X(EVENT_WATCH, 30, "watch")                                          \
	/* Where the core of a run lies: run, text = its path, or            \
	 * who was given it. From the sweeper. */                            \
	X(EVENT_CORE, 31, "core")                                            \
	/* Where the thread was that crashed: run, text = its frames, one a  \
	 * line, "#0 FUNCTION at FILE:LINE". From the sweeper, some time     \
	 * after the end. */                                                 \
	X(EVENT_BACKTRACE, 32, "backtrace")                                  \
	/* All workers of a pool have new runs: cause. */                    \
	X(EVENT_ROLLED, 21, "rolled")                                        \
	/* A new run failed, and the roll-out was stopped: cause, text. */   \
	X(EVENT_ROLLING_STOPPED, 22, "rolling-stopped")                      \
	/* The OOM killer took processes of a run that goes on: run, count,  \
	 * text. */                                                          \
	X(EVENT_OOM_KILL, 28, "oom-kill")                                    \
	/* What a run has told by its notify socket and is worth knowing:    \
	 * run, text. */                                                     \
	X(EVENT_NOTIFY, 25, "notify")                                        \
	/* A run was moved to other CPUs, or has chosen them itself: run,    \
	 * cpus = those, text = from where and whether it could be. */       \
	X(EVENT_PLACEMENT, 18, "placement")

enum event_kind {
#define X(enumerator, number, word) enumerator = number,
	EVENT_KINDS(X)
#undef X
};

struct event_record {
	uint64_t kind; /* enum event_kind */
	int64_t at_us; /* since 1970 */
	char pool[NAME_SIZE]; /* empty: not about a pool */
	uint64_t worker; /* index in the pool + 1; 0: not about one */
	uint64_t run; /* 0: not about one */
	uint64_t config;
	uint64_t pid;
	uint64_t state; /* enum worker_state, after it */
	uint64_t state_before;
	uint64_t cause; /* enum end_cause */
	uint64_t exit_code; /* when neither signal nor not-started */
	uint64_t exit_signal;
	uint64_t core; /* 1: core dumped */
	char step[24]; /* spawn step that failed: "execve" */
	char object[256]; /* what it failed on: the program, folder … */
	uint64_t error_number; /* its errno */
	uint64_t delay_ns; /* until the next start */
	uint64_t restarts;
	uint64_t uid; /* of who asked, + 1; 0: nobody did */
	char by[32]; /* why a run started: config, crash, exit,
		      * command, probe, reload, scale */
	char command[32]; /* stop, restart, scale, …; SIGTERM, … */
	char cpus[128];
	struct bytes text; /* output, config text, message */
	struct bytes samples; /* struct live_sample[], little endian */
	uint64_t uptime_us; /* of the run that ended */
	uint64_t cpu_user_us;
	uint64_t cpu_system_us;
	uint64_t max_rss_bytes;
	uint64_t minor_faults;
	uint64_t major_faults;
	uint64_t voluntary_switches;
	uint64_t involuntary_switches;
	uint64_t blocks_in;
	uint64_t blocks_out;
	uint64_t cpu_permille; /* sample */
	uint64_t rss_bytes; /* sample */
	uint64_t threads; /* sample */
	uint64_t open_files; /* sample */
	uint64_t count; /* how many, for gap and swept */
	uint64_t hidden; /* 1: about a helper of reeve itself */
	uint64_t spawned_at_us; /* ended: when that run began */
	uint64_t told_errno; /* ended: what the run said by ERRNO= … */
	uint64_t told_exit_status; /* … by EXIT_STATUS=, + 1 … */
	char told_status[80]; /* … and by STATUS= last */
	/* ended, by cause oom, and oom-kill: as its cgroup has them */
	uint64_t memory_limit_bytes;
	uint64_t memory_peak_bytes;
	uint64_t oom_kills; /* processes that were killed */
};

enum { EVENT_VERSION = 1 };

/* The longest text (a config, an output) that an event carries. */
enum { EVENT_TEXT_MAX = 512 * 1024 };

/* Encodes into `out`; returns the size, or -1 when `capacity` is too small.
 * EVENT_TEXT_MAX + 8 KiB always fits. */
ssize_t event_encode(const struct event_record *event, void *out,
		     size_t capacity);

/* Decodes; `text` and `samples` point into `data`. Returns 0, or -1 when it is
 * damaged. */
int event_decode(struct event_record *event, const void *data, size_t size);

/* "spawned"; "?" for a number that is none. */
const char *event_kind_name(uint64_t kind);

/* The kind of that name, or 0. */
uint64_t event_kind_parse(const char *name);

/* Writes "POOL/INDEX", or "POOL", or "" into `name`. */
void event_worker_name(const struct event_record *event,
		       char name[WORKER_NAME_SIZE]);

/*
 * A new JSON object as `events --json` and GET /v1/events show it: "at" (RFC
 * 3339), "event", "pool", "worker" ("web/0"), "run" and then every member that
 * is set, states, causes and signals by name, durations in seconds (NAME_s).
 * Bytes that are no UTF-8 are escaped as \xNN (base/escape.h). The caller owns
 * it.
 */
json_t *event_to_json(const struct event_record *event);

/* The same as text on one line. The caller frees it; NULL when memory is
 * short. */
char *event_format(const struct event_record *event);

/* The same without the first members and what else the history keeps in columns
 * of its own: samples, the text of a config, whether it is hidden. */
char *event_detail(const struct event_record *event);

/* For json_dumps() of it: one line, and 0.2 as "0.2". */
#define EVENT_JSON_FLAGS (JSON_COMPACT | JSON_REAL_PRECISION(15))

#endif
