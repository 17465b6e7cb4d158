#ifndef STORE_QUERY_H
#define STORE_QUERY_H

#include "base/ending.h"
#include "base/error.h"
#include "base/words.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * The reading side of history.db, behind `reeve history` and `reeve why`. The
 * file is opened read-only; it may lie on a read-only disk or come from
 * another machine. Each function that fails returns -1 and the reason.
 */

struct query;

/* Opens the file at `path`. NULL and the reason when it is missing, is no
 * history, or a newer reeve made it. */
struct query *query_open(const char *path, struct error *error);

/* Is asked again and again while a question takes long, or waits because
 * another process has `locked` the file. Returns whether to go on; else the
 * question fails. */
typedef bool query_patience_fn(void *context, bool locked);

/* The same for somebody who has no time: `patience` is asked for all questions.
 * query_open() waits for a lock for 2 s, and for an answer as long as it
 * takes. */
struct query *query_open_patiently(const char *path,
				   query_patience_fn *patience, void *context,
				   struct error *error);

/* NULL is fine. */
void query_close(struct query *query);

enum query_news {
	QUERY_SAME, /* nothing was written since the last time */
	QUERY_CHANGED,
	QUERY_REPLACED, /* another file is at its path, or none */
};

/* Sets `*news`. Costs little. Returns 0, or -1 and the reason. */
int query_news(struct query *query, enum query_news *news, struct error *error);

/* A pool or a worker that has a past. */
struct query_name {
	int64_t pool; /* its number in the file */
	int64_t worker; /* index in the pool; -1: all of the pool */
};

/* Finds "web" or "web/0". Pools of helpers are found only where `hidden`.
 * Returns 1, 0 when nothing is known under that name, or -1. */
int query_find_name(struct query *query, const char *text, bool hidden,
		    struct query_name *name, struct error *error);

/* One event, as JSON object `detail` and the members that come before. */
struct past_event {
	int64_t at_us;
	const char *pool; /* NULL: not about a pool */
	int64_t worker; /* -1: not about one */
	int64_t run; /* 0: not about one */
	int64_t kind; /* enum event_kind */
	const char *detail;
};

/* Which events are wanted. */
struct event_choice {
	const struct query_name *names; /* of these … */
	size_t name_count; /* … 0: of all */
	int64_t since_us;
	int64_t until_us; /* inclusive */
	uint64_t kind; /* enum event_kind; 0: all */
	uint64_t limit; /* the last so many; 0: all */
	bool hidden; /* those of helpers too, where no names are given */
};

/* Is told one event after the other, the oldest first; what it points to is
 * valid during the call. Returns whether to go on. */
typedef bool past_event_fn(const struct past_event *event, void *context);

/* A new object as event_to_json() makes it. The caller owns it. */
json_t *past_event_to_json(const struct past_event *event);

int query_events(struct query *query, const struct event_choice *choice,
		 past_event_fn *tell, void *context, struct error *error);

/* Whether, by how a run ended and the state that its worker was in then, no
 * other run was to follow. */
bool past_end_is_last(enum end_cause cause, enum worker_state state_after);

/* What a run has used, getrusage(2); -1: not known. */
struct past_usage {
	int64_t cpu_user_us;
	int64_t cpu_system_us;
	int64_t max_rss_bytes;
	int64_t minor_faults;
	int64_t major_faults;
	int64_t voluntary_switches;
	int64_t involuntary_switches;
	int64_t blocks_in;
	int64_t blocks_out;
};

/* One run. Times are microseconds since 1970, 0 when not known. */
struct past_run {
	int64_t run;
	char worker[WORKER_NAME_SIZE];
	struct query_name name;
	int64_t pid;
	int64_t config;
	char cpus[128]; /* on which it was put; "": not known */
	int64_t started_at_us;
	int64_t ready_at_us;
	int64_t ended_at_us;
	char started_by[32];
	int64_t started_uid; /* who asked for it; -1: nobody … */
	char started_command[32]; /* … by this */
	struct ending ending; /* its texts are those below */
	char step[24];
	char object[256];
	char why[160]; /* what it was ended for; "": the cause says it all */
	int64_t ended_uid; /* who asked for its end; -1: nobody … */
	char ended_command[32]; /* … by this */
	/* What the run told of itself, sd_notify(3). */
	int told_errno; /* 0: nothing */
	int told_exit_status; /* -1: nothing */
	char told_status[80]; /* "": nothing */
	enum worker_state state_after; /* what was decided … */
	int64_t delay_ns; /* … and how long it waits */
	struct past_usage usage;
	/* Of its cgroup, where the OOM killer struck; -1: not known. */
	int64_t memory_limit_bytes;
	int64_t memory_peak_bytes;
	int64_t oom_kills; /* how many processes it took */
	int64_t crash_group; /* 0: none */
	char *samples; /* struct live_sample[] */
	size_t samples_size;
	/* Escaped, NULL for none: */
	char *tail; /* last output */
	char *core_path;
	char *backtrace;
};

/* Frees what it holds. */
void past_run_release(struct past_run *run);

/* What /proc knew of a run when it was about to be ended. */
struct past_evidence {
	int64_t at_us;
	enum end_cause cause;
	char *text; /* of its lines, those up to an empty one say the most */
};

/* Finds the evidence on a run, the oldest first. Sets `*list`, which the caller
 * frees by past_evidence_free(). Returns how many there are, or -1. */
ssize_t query_evidence(struct query *query, int64_t run,
		       struct past_evidence **list, struct error *error);

/* Finds what had to be killed of a run, "sh(123), sleep(124)". Sets `*names`,
 * which the caller frees; NULL where it was nothing. Returns 0, or -1. */
int query_killed(struct query *query, const struct past_run *run, char **names,
		 struct error *error);

void past_evidence_free(struct past_evidence *list, ssize_t count);

/*
 * Each of these finds one run and fills `run`, which the caller releases.
 * Returns 1, 0 when there is none (`run` needs no release then), or -1.
 */

/* The run of that number. */
int query_run(struct query *query, int64_t number, struct past_run *run,
	      struct error *error);

/* The last crash of a worker or a pool. */
int query_last_crash(struct query *query, const struct query_name *name,
		     struct past_run *run, struct error *error);

/* Its last run. */
int query_last_run(struct query *query, const struct query_name *name,
		   struct past_run *run, struct error *error);

/* The run of the same worker that came after `run`. */
int query_next_run(struct query *query, const struct past_run *run,
		   struct past_run *next, struct error *error);

/* The run of the same worker that came before `run`. */
int query_former_run(struct query *query, const struct past_run *run,
		     struct past_run *former, struct error *error);

/* Is told one run after the other; it is valid during the call. Returns whether
 * to go on. */
typedef bool past_run_fn(const struct past_run *run, void *context);

/* Tells the last `limit` runs before number `before` (INT64_MAX: all that there
 * are), the latest first: those of a name, or where that is NULL of all
 * workers, of helpers too where `hidden`. Returns 0, or -1 and the reason. */
int query_latest_runs(struct query *query, const struct query_name *name,
		      bool hidden, int64_t before, uint64_t limit,
		      past_run_fn *tell, void *context, struct error *error);

#endif
