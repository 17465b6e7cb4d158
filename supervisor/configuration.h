#ifndef SUPERVISOR_CONFIGURATION_H
#define SUPERVISOR_CONFIGURATION_H

#include "base/error.h"
#include "base/log-line.h"
#include "base/words.h"
#include "supervisor/address.h"

#include <jansson.h>
#include <regex.h>
#include <sched.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/types.h>

/*
 * A config as the supervisor uses it: checked, complete and immutable. The
 * loader makes it from YAML and hands it over as JSON; configuration_decode()
 * fills these structs from that by the option table (supervisor/options.h),
 * which says for each key which member it sets.
 */

enum restart_policy { RESTART_ALWAYS, RESTART_ON_FAILURE, RESTART_NEVER };
enum restart_then { THEN_COOLDOWN, THEN_FAIL };
/* What is done about a run that is not well. */
enum fault_action { ACTION_RESTART, ACTION_NONE };
enum affinity_mode {
	AFFINITY_NONE,
	AFFINITY_ALL,
	AFFINITY_SPREAD,
	AFFINITY_PACK,
	AFFINITY_EXCLUSIVE,
	AFFINITY_NUMA,
};
enum affinity_memory { MEMORY_NONE, MEMORY_PREFERRED, MEMORY_BIND };
enum leftovers { LEFTOVERS_KILL, LEFTOVERS_KEEP };
/* What a run has to do to be ready: be there, say so, or pass checks. */
enum ready_when { READY_STARTED, READY_NOTIFY, READY_CHECKS };
/* What a command can be hooked to. */
enum hook { HOOK_CRASH, HOOK_FAILED, HOOK_READY, HOOK_UNHEALTHY, HOOK_COUNT };

/* Words or names; NULL at the end of `items`. */
struct text_list {
	char **items;
	size_t count;
};

/* An exit that is no crash: an exit code, or a signal. */
struct success_list {
	bool codes[256];
	bool signals[65];
};

struct restart_config {
	enum restart_policy policy;
	struct success_list success;
	int64_t delay_ns;
	int64_t delay_min_ns;
	int64_t delay_max_ns;
	double factor;
	double jitter; /* 0.1 is 10 % */
	int64_t reset_ns;
	uint32_t limit; /* crashes in limit_window_ns; 0: none */
	int64_t limit_window_ns;
	enum restart_then then;
	int64_t cooldown_ns;
};

struct stop_config {
	int signal;
	int64_t timeout_ns;
};

/* What becomes of a run that is not ready in time. */
struct start_config {
	int64_t timeout_ns;
	enum fault_action action;
};

struct rolling_config {
	int64_t at_once;
	int64_t surge;
	bool rollback;
};

struct log_config {
	enum log_format format;
	int64_t max_size; /* bytes; 0: never rotated */
	int64_t max_age_ns; /* 0: never rotated */
	int64_t keep;
	bool compress; /* older parts, from the second on */
	int64_t tail; /* bytes of last output kept with a run */
};

/* One bound of `watch`, as struct live_bound. */
struct bound_config {
	int64_t over; /* -1: not watched */
	int64_t for_ns;
	enum fault_action action;
};

struct watch_config {
	struct bound_config bounds[GAUGE_COUNT];
	struct {
		int64_t over_ns; /* 0: none */
		double spread; /* 0.1 is 10 % */
	} lifetime;
};

struct user_config {
	bool set;
	char name[64];
	uid_t uid;
	gid_t gid;
	gid_t *groups; /* supplementary */
	size_t group_count;
};

/* A number that need not be given. */
struct optional_number {
	bool set;
	int64_t value;
};

struct group_list {
	bool set;
	gid_t *gids;
	size_t count;
};

struct capability_list {
	bool set;
	uint64_t mask; /* bit N: capability N of capabilities(7) */
};

struct policy_config {
	bool set;
	int policy; /* SCHED_… */
	int priority;
};

struct scheduling_config {
	struct optional_number nice;
	struct policy_config policy;
	int io; /* as ioprio_set(2) has it; 0: reeve's own */
	struct optional_number oom_score_adj;
};

struct rlimit_config {
	bool set;
	struct rlimit value;
};

struct limits_config {
	struct rlimit_config rlimits[RLIM_NLIMITS];
	/* of the cgroup of a worker */
	struct optional_number memory; /* bytes */
	struct optional_number processes;
	struct optional_number cpu; /* thousandths of a CPU */
};

struct affinity_config {
	enum affinity_mode mode;
	cpu_set_t cpus; /* the list; empty: all that reeve may use */
	enum affinity_memory memory; /* in mode numa */
};

/* A CPU of the machine, or hardware thread. */
struct machine_cpu {
	int cpu; /* as Linux counts it */
	int core;
	int node; /* NUMA node, as Linux counts it */
};

/* All CPUs of the machine, those of a core and of a node together. Without any
 * where no pool asks for cores or nodes. */
struct machine {
	struct machine_cpu *cpus;
	size_t count;
};

/* An extended regular expression (regex(7)); no text: none. */
struct pattern {
	char *text;
	regex_t compiled;
};

/*
 * Where a check connects to. In `port`, `path` and `socket` braces are still as
 * they are in the config ({index} and the like). No text: nowhere.
 */
struct target {
	char *text; /* as it was written, for messages */
	struct text_list addresses; /* numeric; tried in this order */
	char *port;
	char *socket; /* path of a unix socket, in place of both */
	char *host; /* http: the value of the Host field */
	char *path; /* http: with the query */
};

/* HTTP status codes from first to last. */
struct status_range {
	int first;
	int last;
};

/* Checks that ask; those that are not set are not asked. */
struct probe_config {
	struct target http;
	struct target tcp;
	struct text_list exec; /* a command: exit code 0 is good */
	struct status_range status; /* http: the good ones */
	struct pattern body; /* http: stands in a good answer */
	int64_t interval_ns;
	int64_t timeout_ns;
};

struct ready_config {
	enum ready_when when;
	/* READY_CHECKS: all of these that are set. */
	struct probe_config probe;
	struct pattern log; /* a line of the output matches it */
	int64_t up_ns; /* it lives for so long; 0: not asked */
};

struct alive_config {
	struct probe_config probe;
	int64_t heartbeat_ns; /* between two of them at most; 0: none */
	int64_t silence_ns; /* between two outputs at most; 0: none */
	int64_t progress_ns; /* without any at most; 0: none */
	int64_t failures; /* of a probe in a row that count */
	int64_t successes; /* in a row that make it good again */
	int64_t grace_ns; /* from ready on */
	enum fault_action action;
};

struct hooks_config {
	struct text_list commands[HOOK_COUNT]; /* empty: none */
	int64_t timeout_ns;
};

/* A socket that is handed to every run. */
struct socket_config {
	struct address address;
	char name[NAME_SIZE]; /* "": that of the pool */
	int64_t backlog;
	int64_t mode; /* of the file of a unix socket */
};

struct socket_list {
	struct socket_config *items;
	size_t count;
};

struct scaling_config {
	int64_t max; /* workers; as many as `workers` or fewer: fixed */
	/* "connections", "cpu", or "exec" and a command: a gauge */
	struct text_list by;
	double share; /* of a CPU that a worker is to use; 0.7 is 70 % */
	double load; /* of what the gauge prints, for each worker */
	int64_t every_ns; /* the gauge is run so often */
	int64_t idle_ns;
};

/* How long the history keeps what; 0: for ever. */
struct history_config {
	int64_t events_ns;
	int64_t runs_ns;
	int64_t samples_ns;
	int64_t minutes_ns;
	int64_t hours_ns;
	int64_t max_size; /* bytes; -1: no bound */
};

struct pool_config {
	char name[NAME_SIZE];
	char *text; /* its canonical JSON: equal text, equal pool */
	struct text_list command;
	int64_t workers; /* the fewest, where it scales */
	struct scaling_config scaling;
	char *directory; /* absolute, or NULL: where reeve was started */
	struct user_config user;
	struct optional_number group;
	struct group_list groups; /* supplementary */
	struct optional_number umask;
	struct capability_list capabilities;
	bool no_new_privileges;
	struct scheduling_config scheduling;
	struct limits_config limits;
	struct text_list environment; /* "NAME=value" */
	struct text_list after;
	struct start_config start;
	struct restart_config restart;
	struct stop_config stop;
	struct affinity_config affinity;
	struct watch_config watch;
	struct socket_list sockets;
	int64_t fd_store; /* descriptors that a worker may store; 0: none */
	enum leftovers leftovers;
	struct rolling_config rolling;
	struct log_config log;
	struct ready_config ready;
	struct alive_config alive;
	struct hooks_config hooks;
};

struct configuration {
	char instance[NAME_SIZE];
	char *runtime_dir; /* NULL: the default */
	char *state_dir;
	char *file; /* absolute path of the config */
	char *exit_with; /* a pool: reeve ends when it has; NULL: none */
	char *text; /* the whole source, for the history */
	int64_t sample_interval_ns;
	int64_t start_at_once;
	struct history_config history;
	struct machine machine;
	struct pool_config *pools; /* in an order that respects `after` */
	size_t pool_count;
	/* The one before it, while pools of that still stop. Not freed with
	 * this one. */
	struct configuration *former;
};

/*
 * Makes a configuration from the JSON of the loader. Returns NULL and the
 * reason when it does not fit the option table (a loader of another version).
 * The caller frees it.
 */
struct configuration *configuration_decode(const json_t *json,
					   struct error *error);

/* Frees it and all it owns; NULL is fine. */
void configuration_free(struct configuration *configuration);

/* Whether workers of the pool have a notify socket. */
bool pool_config_has_notify(const struct pool_config *config);

/* How many workers the pool can get by itself. */
uint64_t pool_config_most_workers(const struct pool_config *config);

/* How many files the supervisor has open for a pool of so many workers, beside
 * those that each worker has. */
uint64_t pool_config_files(const struct pool_config *config, uint64_t workers);

/* How many of the `files` that it may have open the supervisor keeps open at
 * most to be faster, see remains.h. */
uint64_t configuration_kept_files(uint64_t files);

/* How many workers a supervisor can have that may have `files` files open, of
 * which `others` are those of pool_config_files(). */
uint64_t configuration_most_workers(uint64_t files, uint64_t others);

/* The pool called `name`, or NULL. */
const struct pool_config *configuration_find_pool(
	const struct configuration *configuration, const char *name);

#endif
