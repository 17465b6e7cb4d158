#ifndef STORE_EVENT_MEMBERS_H
#define STORE_EVENT_MEMBERS_H

#include "base/fields.h"

/*
 * The members of struct event_record, once: event.c makes the codec of them,
 * event-json.c the JSON.
 */

/* How a member is shown as JSON. */
enum event_show {
	SHOW_NEVER, /* told by the object's first members */
	SHOW_NUMBER,
	SHOW_TEXT,
	SHOW_STATE, /* enum worker_state, as its word */
	SHOW_CAUSE, /* enum end_cause, as its word */
	SHOW_SIGNAL, /* as "SIGSEGV" */
	SHOW_EXIT_CODE, /* also when it is 0 */
	SHOW_FLAG, /* as true */
	SHOW_ERROR, /* errno, as its number and its text */
	SHOW_USER, /* a number one above the one that is meant, as of a uid */
	SHOW_TIME, /* microseconds since 1970, as RFC 3339 */
	SHOW_MICROSECONDS, /* as seconds, NAME_s */
	SHOW_NANOSECONDS, /* as seconds, NAME_s */
	SHOW_PERMILLE, /* as percent, NAME_percent */
	SHOW_SAMPLES, /* as [[percent of one CPU, bytes of memory], …] */
};

/* X(tag, member, field type, how it is shown). Tags are stored: add at the
 * end, never renumber. */
#define EVENT_MEMBERS(X)                                         \
	X(1, kind, FIELD_UNSIGNED, SHOW_NEVER)                   \
	X(2, at_us, FIELD_SIGNED, SHOW_NEVER)                    \
	X(3, pool, FIELD_TEXT, SHOW_NEVER)                       \
	X(4, worker, FIELD_UNSIGNED, SHOW_NEVER)                 \
	X(5, run, FIELD_UNSIGNED, SHOW_NEVER)                    \
	X(6, config, FIELD_UNSIGNED, SHOW_NUMBER)                \
	X(7, pid, FIELD_UNSIGNED, SHOW_NUMBER)                   \
	X(8, state, FIELD_UNSIGNED, SHOW_STATE)                  \
	X(9, state_before, FIELD_UNSIGNED, SHOW_STATE)           \
	X(10, cause, FIELD_UNSIGNED, SHOW_CAUSE)                 \
	X(11, exit_code, FIELD_UNSIGNED, SHOW_EXIT_CODE)         \
	X(12, exit_signal, FIELD_UNSIGNED, SHOW_SIGNAL)          \
	X(13, core, FIELD_UNSIGNED, SHOW_FLAG)                   \
	X(14, step, FIELD_TEXT, SHOW_TEXT)                       \
	X(15, object, FIELD_TEXT, SHOW_TEXT)                     \
	X(16, error_number, FIELD_UNSIGNED, SHOW_ERROR)          \
	X(17, delay_ns, FIELD_UNSIGNED, SHOW_NANOSECONDS)        \
	X(18, restarts, FIELD_UNSIGNED, SHOW_NUMBER)             \
	X(19, uid, FIELD_UNSIGNED, SHOW_USER)                    \
	X(20, by, FIELD_TEXT, SHOW_TEXT)                         \
	X(21, command, FIELD_TEXT, SHOW_TEXT)                    \
	X(22, cpus, FIELD_TEXT, SHOW_TEXT)                       \
	X(23, text, FIELD_BYTES, SHOW_TEXT)                      \
	X(24, samples, FIELD_BYTES, SHOW_SAMPLES)                \
	X(25, uptime_us, FIELD_UNSIGNED, SHOW_MICROSECONDS)      \
	X(26, cpu_user_us, FIELD_UNSIGNED, SHOW_MICROSECONDS)    \
	X(27, cpu_system_us, FIELD_UNSIGNED, SHOW_MICROSECONDS)  \
	X(28, max_rss_bytes, FIELD_UNSIGNED, SHOW_NUMBER)        \
	X(29, minor_faults, FIELD_UNSIGNED, SHOW_NUMBER)         \
	X(30, major_faults, FIELD_UNSIGNED, SHOW_NUMBER)         \
	X(31, voluntary_switches, FIELD_UNSIGNED, SHOW_NUMBER)   \
	X(32, involuntary_switches, FIELD_UNSIGNED, SHOW_NUMBER) \
	X(33, blocks_in, FIELD_UNSIGNED, SHOW_NUMBER)            \
	X(34, blocks_out, FIELD_UNSIGNED, SHOW_NUMBER)           \
	X(35, cpu_permille, FIELD_UNSIGNED, SHOW_PERMILLE)       \
	X(36, rss_bytes, FIELD_UNSIGNED, SHOW_NUMBER)            \
	X(37, threads, FIELD_UNSIGNED, SHOW_NUMBER)              \
	X(38, open_files, FIELD_UNSIGNED, SHOW_NUMBER)           \
	X(39, count, FIELD_UNSIGNED, SHOW_NUMBER)                \
	X(40, hidden, FIELD_UNSIGNED, SHOW_FLAG)                 \
	X(41, spawned_at_us, FIELD_UNSIGNED, SHOW_TIME)          \
	X(42, told_errno, FIELD_UNSIGNED, SHOW_ERROR)            \
	X(43, told_exit_status, FIELD_UNSIGNED, SHOW_USER)       \
	X(44, told_status, FIELD_TEXT, SHOW_TEXT)                \
	X(45, memory_limit_bytes, FIELD_UNSIGNED, SHOW_NUMBER)   \
	X(46, memory_peak_bytes, FIELD_UNSIGNED, SHOW_NUMBER)    \
	X(47, oom_kills, FIELD_UNSIGNED, SHOW_NUMBER)

#endif
