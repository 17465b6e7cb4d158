#ifndef SUPERVISOR_OPTIONS_H
#define SUPERVISOR_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The option table: every key of the config, once. The loader's parser and
 * checker, the decoder of the supervisor, `reeve check --print`, the JSON
 * Schema and the manual page reeve.yaml(5) read it; none of them knows a key
 * of its own.
 *
 * A value has two forms: what people write in YAML, and the canonical JSON
 * that the loader makes of it and that values.h puts into a member of
 * `struct configuration` or `struct pool_config`.
 */

enum option_scope {
	OPTION_OF_FILE, /* `offset` is one of struct configuration */
	OPTION_OF_POOL, /* `offset` is one of struct pool_config */
	OPTION_OF_SOCKET, /* a key below `sockets`: of struct socket_config */
};

enum option_status {
	OPTION_BUILT,
	OPTION_COMPUTED, /* the loader sets it; people cannot */
	OPTION_PLANNED, /* known and refused; covers all keys below it */
};

enum option_type {
	OPTION_NAME, /* char[NAME_SIZE] */
	OPTION_TEXT, /* char *; any text */
	OPTION_PATH, /* char *; absolute in the canonical form */
	OPTION_INTEGER, /* int64_t */
	OPTION_WORKERS, /* int64_t; or `cpus` in YAML */
	OPTION_FACTOR, /* double */
	OPTION_PERCENT, /* double; "10%" is 0.1 */
	OPTION_LOAD, /* int64_t, permille of one CPU; "150%", 150 */
	OPTION_DURATION, /* int64_t, nanoseconds */
	OPTION_SIZE, /* int64_t, bytes */
	OPTION_WORD, /* an enum; one of `words` */
	OPTION_SIGNAL, /* int */
	OPTION_LIMIT, /* struct restart_config: "5 in 60s", "none" */
	OPTION_THEN, /* struct restart_config: "cooldown 5m", "fail" */
	OPTION_SUCCESS, /* struct success_list */
	OPTION_COMMAND, /* struct text_list: words */
	OPTION_NAMES, /* struct text_list: names of pools */
	OPTION_ENVIRONMENT, /* struct text_list: "NAME=value" */
	OPTION_USER, /* struct user_config; null: no change */
	OPTION_HTTP, /* struct target: a URL; resolved in the canonical form */
	OPTION_TCP, /* struct target: "HOST:PORT", "unix:/PATH" */
	OPTION_STATUSES, /* struct status_range: "200", "200-399" */
	OPTION_PATTERN, /* struct pattern */
	OPTION_CPUS, /* cpu_set_t */
	OPTION_ADDRESS, /* struct address: "tcp://127.0.0.1:80" */
	OPTION_MODE, /* int64_t: octal, "0660" */
	OPTION_SOCKETS, /* struct socket_list: OPTION_OF_SOCKET, or addresses */
	OPTION_FLAG, /* bool: true, false */
	OPTION_NUMBER, /* struct optional_number; or `none` */
	OPTION_BYTES, /* struct optional_number, bytes; or `none` */
	OPTION_CPU_QUOTA, /* struct optional_number, 1/1000 CPU; or `none` */
	OPTION_UMASK, /* struct optional_number: "022" */
	OPTION_GROUP, /* struct optional_number; null: no change */
	OPTION_GROUPS, /* struct group_list */
	OPTION_CAPABILITIES, /* struct capability_list */
	OPTION_IO, /* int, as ioprio_set(2): "best-effort/4" */
	OPTION_POLICY, /* struct policy_config: "batch", "fifo/10" */
	OPTION_RLIMIT_COUNT, /* struct rlimit_config: "1024", "1024:4096" */
	OPTION_RLIMIT_SIZE, /* the same, "64M" */
	OPTION_RLIMIT_TIME, /* the same, "10m", in whole seconds */
	OPTION_MACHINE, /* struct machine: [[cpu, core, node], …] */
	OPTION_INCLUDE, /* no member; read by the loader alone */
	OPTION_SECTION, /* no member; holds pool keys or pools */
};

/* A word that an option takes. */
struct option_word {
	const char *word; /* NULL ends the list */
	unsigned value; /* of the enum */
	bool planned; /* known and refused */
};

/* No member: the loader accepts the one built word and drops it. */
#define OPTION_NO_MEMBER SIZE_MAX

struct option {
	enum option_scope scope;
	enum option_status status;
	const char *path; /* "workers", "restart.delay_min" */
	enum option_type type;
	/* as people would write it; "" is an empty list; NULL: none, the key
	 * is left out of the canonical form */
	const char *fallback;
	bool needed; /* has no default and cannot be left out */
	/* "none" is a value too: of durations kept as 0, of numbers and sizes
	 * as -1 */
	bool none;
	/* May stand as the value of its section itself: "ready: notify" is
	 * "ready: {when: notify}". Such a section is not mixed with that of the
	 * defaults: it takes its place. */
	bool alone;
	/* A changed value is put in force without new runs. */
	bool live;
	/* of numbers; nanoseconds of durations, bytes of sizes */
	int64_t min;
	int64_t max;
	const struct option_word *words;
	size_t offset;
	const char *help; /* sentences for the manual page and editors */
};

extern const struct option options[];
extern const size_t option_count;

/* The option of `scope` with exactly this path, or NULL. */
const struct option *option_find(enum option_scope scope, const char *path);

/* The option that may stand as the value of the section `path` ("ready"), or
 * that the option `path` ("ready.http") has in its section; or NULL. */
const struct option *option_alone(enum option_scope scope, const char *path);

/* Whether some option of `scope` lies below `path` ("restart" has
 * "restart.delay"). */
bool option_is_section(enum option_scope scope, const char *path);

#endif
