#include "config.h"

#include "supervisor/options.h"

#include <string.h>

#include "supervisor/configuration.h"

#define MS INT64_C(1000000)
#define SECOND (1000 * MS)
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)
#define YEAR (365 * DAY)
#define KIB INT64_C(1024)
#define GIB (KIB * KIB * KIB)

static const struct option_word kind_words[] = {
	{"service", 0, false},
	{"jobs", 0, true},
	{NULL, 0, false},
};
static const struct option_word ready_words[] = {
	{"started", READY_STARTED, false},
	{"checks", READY_CHECKS, false},
	{"notify", READY_NOTIFY, false},
	{NULL, 0, false},
};
static const struct option_word policy_words[] = {
	{"always", RESTART_ALWAYS, false},
	{"on-failure", RESTART_ON_FAILURE, false},
	{"never", RESTART_NEVER, false},
	{NULL, 0, false},
};
static const struct option_word action_words[] = {
	{"restart", ACTION_RESTART, false},
	{"none", ACTION_NONE, false},
	{NULL, 0, false},
};
static const struct option_word leftovers_words[] = {
	{"kill", LEFTOVERS_KILL, false},
	{"keep", LEFTOVERS_KEEP, false},
	{NULL, 0, false},
};
static const struct option_word affinity_words[] = {
	{"none", AFFINITY_NONE, false},
	{"all", AFFINITY_ALL, false},
	{"spread", AFFINITY_SPREAD, false},
	{"pack", AFFINITY_PACK, false},
	{"exclusive", AFFINITY_EXCLUSIVE, false},
	{"numa", AFFINITY_NUMA, false},
	{NULL, 0, false},
};
static const struct option_word memory_words[] = {
	{"none", MEMORY_NONE, false},
	{"preferred", MEMORY_PREFERRED, false},
	{"bind", MEMORY_BIND, false},
	{NULL, 0, false},
};
static const struct option_word format_words[] = {
	{"raw", LOG_RAW, false},   {"tagged", LOG_TAGGED, false},
	{"json", LOG_JSON, false}, {"inherit", LOG_INHERIT, false},
	{NULL, 0, false},
};

#define IN_FILE(member)          \
	.scope = OPTION_OF_FILE, \
	.offset = offsetof(struct configuration, member)
#define IN_POOL(member) \
	.scope = OPTION_OF_POOL, .offset = offsetof(struct pool_config, member)
#define IN_SOCKET(member)          \
	.scope = OPTION_OF_SOCKET, \
	.offset = offsetof(struct socket_config, member)
#define LIVE_IN_POOL(member) IN_POOL(member), .live = true
#define FILE_ONLY .scope = OPTION_OF_FILE, .offset = OPTION_NO_MEMBER
#define POOL_ONLY .scope = OPTION_OF_POOL, .offset = OPTION_NO_MEMBER
/* A bound of `watch`; `.over` is written out, as its type differs. */
#define OVER(gauge, name)                                                 \
	IN_POOL(watch.bounds[gauge].over), .path = "watch." name ".over", \
					   .fallback = "none", .none = true
#define FOR_AND_ACTION(gauge, name)                                           \
	{IN_POOL(watch.bounds[gauge].for_ns),                                 \
	 .path = "watch." name ".for",                                        \
	 .type = OPTION_DURATION,                                             \
	 .fallback = "10s",                                                   \
	 .min = 0,                                                            \
	 .max = DAY,                                                          \
	 .help = "How long that has to be so without a break."},              \
	{                                                                     \
		IN_POOL(watch.bounds[gauge].action),                          \
			.path = "watch." name ".action", .type = OPTION_WORD, \
			.words = action_words, .fallback = "restart",         \
			.help = "What follows. restart: the run is ended, "   \
				"which counts as a "                          \
				"crash. none: it is told, as an event."       \
	}
/* An age beyond which the history forgets. */
#define IN_HISTORY(member)                                              \
	IN_FILE(history.member), .type = OPTION_DURATION, .none = true, \
				 .min = MINUTE, .max = 100 * YEAR
#define PLANNED .status = OPTION_PLANNED, .type = OPTION_SECTION

/* clang-format off */
const struct option options[] = {
	{IN_FILE(instance), .path = "instance", .type = OPTION_NAME,
	 .needed = true,
	 .help = "The name of the instance: letters, digits, \"_\" and \"-\", "
		 "a letter first. Default: the name of the file without "
		 "\".yaml\"."},
	{IN_FILE(runtime_dir), .path = "runtime_dir", .type = OPTION_PATH,
	 .help = "The folder for what lives as long as the instance runs: the "
		 "control socket, the live table, the journals. A link in the "
		 "default place leads to it. A relative path starts at the "
		 "folder of the file that names it."},
	{IN_FILE(state_dir), .path = "state_dir", .type = OPTION_PATH,
	 .help = "The folder for what stays: the history and the logs. A "
		 "relative path starts at the folder of the file that names "
		 "it."},
	{FILE_ONLY, .path = "include", .type = OPTION_INCLUDE,
	 .help = "Files, or patterns such as \"pools.d/*.yaml\", that are read "
		 "as if their keys stood here. Relative paths start at the "
		 "folder of the including file."},
	{FILE_ONLY, .path = "defaults", .type = OPTION_SECTION,
	 .help = "Keys of a pool that every pool has unless it says "
		 "otherwise."},
	{FILE_ONLY, .path = "pools", .type = OPTION_SECTION,
	 .help = "The pools, each under its name."},
	{IN_FILE(sample_interval_ns), .path = "sample_interval",
	 .type = OPTION_DURATION, .fallback = "1s",
	 .min = 100 * MS, .max = HOUR,
	 .help = "How often CPU, memory and the like of the workers are "
		 "measured."},
	{IN_FILE(start_at_once), .path = "start_at_once",
	 .type = OPTION_INTEGER, .fallback = "64", .min = 1, .max = 65535,
	 .help = "How many workers may be starting at a time, over all "
		 "pools."},
	{IN_FILE(exit_with), .path = "exit_with", .type = OPTION_TEXT,
	 .help = "A pool for which reeve stands, as in a container: reeve ends "
		 "when all its workers are done or failed, with the exit code "
		 "of the first one that failed (128 and the signal that "
		 "killed it, 127 where the program was not found). SIGHUP, "
		 "SIGUSR1, SIGUSR2 and SIGWINCH are passed on to its workers, "
		 "and they are stopped by the signal that stops reeve. "
		 "Default: none; reeve runs until it is told to stop."},
	{FILE_ONLY, .path = "queues", PLANNED},
	{FILE_ONLY, .path = "control", PLANNED},
	{IN_HISTORY(events_ns), .path = "history.events", .fallback = "90d",
	 .help = "How long the history keeps events."},
	{IN_HISTORY(runs_ns), .path = "history.runs", .fallback = "1y",
	 .help = "How long it keeps runs, and what is stored with those that "
		 "crashed: the last output, evidence, samples before the "
		 "end."},
	{IN_HISTORY(samples_ns), .path = "history.samples", .fallback = "24h",
	 .help = "How long it keeps the measurements of each run, one in 10 "
		 "seconds."},
	{IN_HISTORY(minutes_ns), .path = "history.minutes", .fallback = "30d",
	 .help = "How long it keeps their means by the minute."},
	{IN_HISTORY(hours_ns), .path = "history.hours", .fallback = "2y",
	 .help = "How long it keeps their means by the hour."},
	{IN_FILE(history.max_size), .path = "history.max_size",
	 .type = OPTION_SIZE, .fallback = "2G", .none = true,
	 .min = 4 * KIB * KIB, .max = KIB * KIB * GIB,
	 .help = "How large the file of the history may get. What is oldest "
		 "goes first then, whatever its age is."},
	{FILE_ONLY, .path = "orphans", PLANNED},
	{IN_FILE(file), .path = "file", .type = OPTION_PATH,
	 .status = OPTION_COMPUTED, .needed = true},
	{IN_FILE(text), .path = "text", .type = OPTION_TEXT,
	 .status = OPTION_COMPUTED, .needed = true},
	{IN_FILE(machine), .path = "machine", .type = OPTION_MACHINE,
	 .status = OPTION_COMPUTED},
	{FILE_ONLY, .path = "placement", .type = OPTION_SECTION,
	 .status = OPTION_COMPUTED},

	{POOL_ONLY, .path = "kind", .type = OPTION_WORD, .words = kind_words,
	 .fallback = "service",
	 .help = "A pool of kind service keeps its workers running."},
	{IN_POOL(command), .path = "command", .type = OPTION_COMMAND,
	 .needed = true,
	 .help = "What each worker runs: one text, which is split into words "
		 "as a shell would (quotes and backslashes count), or a list "
		 "of words. No shell runs."},
	{LIVE_IN_POOL(workers), .path = "workers.min", .type = OPTION_WORKERS,
	 .fallback = "1", .min = 0, .max = 65535, .alone = true,
	 .help = "How many workers the pool has, or the fewest where it "
		 "scales; \"cpus\": one for each CPU that it may use. May be "
		 "written without the section, \"workers: 4\". With sockets, 0 "
		 "and a max, the first connection starts a worker."},
	{LIVE_IN_POOL(scaling.max), .path = "workers.max", .type = OPTION_INTEGER,
	 .fallback = "0", .min = 0, .max = 65535,
	 .help = "The most workers of a pool that scales; 0: it does not."},
	{LIVE_IN_POOL(scaling.by), .path = "workers.by", .type = OPTION_COMMAND,
	 .fallback = "connections",
	 .help = "What more workers are started by. connections: some wait in "
		 "a socket of the pool for a second and more. cpu: its workers "
		 "use more than \"share\" each. exec and a command: that "
		 "prints a number, the workers wanted, or a load that \"load\" "
		 "is the part of one worker of; it is run as the pool's user, "
		 "and where it fails the number of workers stays."},
	{LIVE_IN_POOL(scaling.share), .path = "workers.share",
	 .type = OPTION_PERCENT, .fallback = "70%", .min = 1, .max = 10000,
	 .help = "By cpu: the percentage of one CPU that a worker is to use, "
		 "with all processes below it."},
	{LIVE_IN_POOL(scaling.load), .path = "workers.load",
	 .type = OPTION_FACTOR, .fallback = "1", .min = 0, .max = 1000000000,
	 .help = "By exec: how much of what the command prints one worker is "
		 "for."},
	{LIVE_IN_POOL(scaling.every_ns), .path = "workers.every",
	 .type = OPTION_DURATION, .fallback = "10s",
	 .min = 100 * MS, .max = DAY,
	 .help = "By exec: how often the command is run, and how long it may "
		 "take."},
	{LIVE_IN_POOL(scaling.idle_ns), .path = "workers.idle",
	 .type = OPTION_DURATION, .fallback = "30s", .min = MS, .max = DAY,
	 .help = "A worker is stopped when it was not needed for so long: by "
		 "cpu when one fewer would do; by connections, and the last "
		 "one of a pool that starts on demand, when it used no CPU "
		 "time and no I/O and has no connection. Each time one is "
		 "needed again soon after that the wait is doubled, up to 64 "
		 "times."},
	{IN_POOL(directory), .path = "directory", .type = OPTION_PATH,
	 .help = "The working directory. A relative path starts at the folder "
		 "of the file that names it. Default: where reeve was "
		 "started."},
	{IN_POOL(user), .path = "user", .type = OPTION_USER,
	 .help = "The user to run as, with the groups of that user. Default: "
		 "reeve's own."},
	{IN_POOL(group), .path = "group", .type = OPTION_GROUP,
	 .help = "The group to run as. Default: that of \"user\", else "
		 "reeve's own."},
	{IN_POOL(groups), .path = "groups", .type = OPTION_GROUPS,
	 .help = "The supplementary groups, in place of those of \"user\"; "
		 "[] for none."},
	{IN_POOL(umask), .path = "umask", .type = OPTION_UMASK,
	 .help = "Which rights new files do not get, in octal, such as 022. "
		 "Default: reeve's own."},
	{IN_POOL(capabilities), .path = "capabilities",
	 .type = OPTION_CAPABILITIES,
	 .help = "The capabilities that are kept, such as "
		 "[net_bind_service], whatever \"user\" is; all others are "
		 "out of reach, also for programs that get them by their "
		 "file. [] keeps none. Default: as capabilities(7) has it for "
		 "the user. Only root can."},
	{IN_POOL(no_new_privileges), .path = "no_new_privileges",
	 .type = OPTION_FLAG,
	 .help = "Whether no program that is run may gain rights, by a set "
		 "user ID bit or the like. Default: true when \"user\" is "
		 "set, else false."},
	{IN_POOL(scheduling.nice), .path = "scheduling.nice",
	 .type = OPTION_NUMBER, .min = -20, .max = 19,
	 .help = "How much a worker gives way to others, see nice(2). "
		 "Default: as reeve itself."},
	{IN_POOL(scheduling.policy), .path = "scheduling.policy",
	 .type = OPTION_POLICY,
	 .help = "The scheduling policy, see sched(7): other, batch, idle, or "
		 "fifo/N or rr/N with a priority from 1 to 99. Default: as "
		 "reeve itself."},
	{IN_POOL(scheduling.io), .path = "scheduling.io", .type = OPTION_IO,
	 .help = "The class of input and output, see ioprio_set(2): "
		 "best-effort/N or realtime/N with a level from 0, the best, "
		 "to 7, or idle. Default: as reeve itself."},
	{IN_POOL(scheduling.oom_score_adj), .path = "scheduling.oom_score_adj",
	 .type = OPTION_NUMBER, .min = -1000, .max = 1000,
	 .help = "How much sooner than others a worker is killed when memory "
		 "is short. Default: as reeve itself, but 0 where reeve is "
		 "protected by a negative one."},
	{IN_POOL(limits.memory), .path = "limits.memory", .type = OPTION_BYTES,
	 .min = 1024 * KIB, .max = 1024 * KIB * GIB,
	 .help = "How much memory all processes of a worker may use together; "
		 "beyond that one of them is killed. By cgroup. Or \"none\"."},
	{IN_POOL(limits.processes), .path = "limits.processes",
	 .type = OPTION_NUMBER, .min = 1, .max = 4194304,
	 .help = "How many processes and threads a worker may have. By "
		 "cgroup. Or \"none\"."},
	{IN_POOL(limits.cpu), .path = "limits.cpu", .type = OPTION_CPU_QUOTA,
	 .min = 10, .max = 1024000,
	 .help = "How many CPUs all processes of a worker may use together, "
		 "from 0.01 to 1024; 1.5 is one and a half. By cgroup. Or "
		 "\"none\"."},
	{IN_POOL(limits.rlimits[RLIMIT_NOFILE]), .path = "limits.open_files",
	 .type = OPTION_RLIMIT_COUNT, .min = 16, .max = INT64_MAX,
	 .help = "How many files each process may have open. Default: "
		 "as reeve was given it."},
	{IN_POOL(limits.rlimits[RLIMIT_CORE]), .path = "limits.core",
	 .type = OPTION_RLIMIT_SIZE, .min = 0, .max = INT64_MAX,
	 .help = "The size of core dumps; 0: none are written."},
	{IN_POOL(limits.rlimits[RLIMIT_STACK]), .path = "limits.stack",
	 .type = OPTION_RLIMIT_SIZE, .min = 65536, .max = INT64_MAX,
	 .help = "The stack of each process."},
	{IN_POOL(limits.rlimits[RLIMIT_DATA]), .path = "limits.data",
	 .type = OPTION_RLIMIT_SIZE, .min = 0, .max = INT64_MAX,
	 .help = "The data segment of each process."},
	{IN_POOL(limits.rlimits[RLIMIT_AS]), .path = "limits.address_space",
	 .type = OPTION_RLIMIT_SIZE, .min = 0, .max = INT64_MAX,
	 .help = "The address space of each process."},
	{IN_POOL(limits.rlimits[RLIMIT_MEMLOCK]), .path = "limits.locked_memory",
	 .type = OPTION_RLIMIT_SIZE, .min = 0, .max = INT64_MAX,
	 .help = "How much memory each process may lock."},
	{IN_POOL(limits.rlimits[RLIMIT_FSIZE]), .path = "limits.file_size",
	 .type = OPTION_RLIMIT_SIZE, .min = 0, .max = INT64_MAX,
	 .help = "The size of files that are written."},
	{IN_POOL(limits.rlimits[RLIMIT_CPU]), .path = "limits.cpu_time",
	 .type = OPTION_RLIMIT_TIME, .min = 1, .max = INT64_MAX,
	 .help = "CPU time of each process; then it gets SIGXCPU, and "
		 "at the hard limit SIGKILL."},
	{IN_POOL(limits.rlimits[RLIMIT_NPROC]), .path = "limits.user_processes",
	 .type = OPTION_RLIMIT_COUNT, .min = 1, .max = INT64_MAX,
	 .help = "How many processes and threads the user of the "
		 "worker may have in all; processes of others count "
		 "too, so \"processes\" is mostly what is wanted."},
	{IN_POOL(limits.rlimits[RLIMIT_SIGPENDING]), .path = "limits.pending_signals",
	 .type = OPTION_RLIMIT_COUNT, .min = 0, .max = INT64_MAX,
	 .help = "How many signals may be queued for the user."},
	{IN_POOL(limits.rlimits[RLIMIT_MSGQUEUE]), .path = "limits.message_queues",
	 .type = OPTION_RLIMIT_SIZE, .min = 0, .max = INT64_MAX,
	 .help = "Bytes in POSIX message queues of the user."},
	{IN_POOL(limits.rlimits[RLIMIT_NICE]), .path = "limits.nice",
	 .type = OPTION_RLIMIT_COUNT, .min = 0, .max = INT64_MAX,
	 .help = "How far processes may raise themselves: 20 - N is "
		 "the lowest nice value."},
	{IN_POOL(limits.rlimits[RLIMIT_RTPRIO]), .path = "limits.realtime_priority",
	 .type = OPTION_RLIMIT_COUNT, .min = 0, .max = INT64_MAX,
	 .help = "The highest realtime priority that processes may "
		 "give themselves."},
	{IN_POOL(environment), .path = "environment",
	 .type = OPTION_ENVIRONMENT, .fallback = "",
	 .help = "Variables that are added to reeve's own environment."},
	{LIVE_IN_POOL(after), .path = "after", .type = OPTION_NAMES, .fallback = "",
	 .help = "Pools that must be ready before this one starts; they are "
		 "stopped after it."},
	{LIVE_IN_POOL(start.timeout_ns), .path = "start.timeout",
	 .type = OPTION_DURATION, .fallback = "60s", .min = MS, .max = DAY,
	 .help = "How long a run may take until it is ready."},
	{LIVE_IN_POOL(start.action), .path = "start.action", .type = OPTION_WORD,
	 .words = action_words, .fallback = "restart",
	 .help = "What happens when a run is not ready in that time: restart "
		 "ends it, which counts as a crash; none leaves it alone."},
	{LIVE_IN_POOL(restart.policy), .path = "restart.policy",
	 .type = OPTION_WORD, .words = policy_words, .fallback = "always",
	 .help = "When a worker whose run has ended is started again."},
	{LIVE_IN_POOL(restart.success), .path = "restart.success",
	 .type = OPTION_SUCCESS, .fallback = "0",
	 .help = "Exit codes and signals that are no crash. TERM is one only "
		 "when it is listed, or when reeve sent the stop signal."},
	{LIVE_IN_POOL(restart.delay_ns), .path = "restart.delay",
	 .type = OPTION_DURATION, .fallback = "0s", .min = 0, .max = DAY,
	 .help = "The wait before the first restart after a good run."},
	{LIVE_IN_POOL(restart.delay_min_ns), .path = "restart.delay_min",
	 .type = OPTION_DURATION, .fallback = "100ms",
	 .min = MS, .max = DAY,
	 .help = "The wait before the second restart in a row."},
	{LIVE_IN_POOL(restart.delay_max_ns), .path = "restart.delay_max",
	 .type = OPTION_DURATION, .fallback = "30s",
	 .min = MS, .max = DAY,
	 .help = "The longest wait before a restart."},
	{LIVE_IN_POOL(restart.factor), .path = "restart.factor",
	 .type = OPTION_FACTOR, .fallback = "2", .min = 1, .max = 100,
	 .help = "Each further restart in a row waits this many times as long "
		 "as the one before."},
	{LIVE_IN_POOL(restart.jitter), .path = "restart.jitter",
	 .type = OPTION_PERCENT, .fallback = "10%", .min = 0, .max = 100,
	 .help = "Every wait is made longer or shorter by up to this much, by "
		 "chance."},
	{LIVE_IN_POOL(restart.reset_ns), .path = "restart.reset",
	 .type = OPTION_DURATION, .fallback = "10s",
	 .min = MS, .max = YEAR,
	 .help = "A run that was ready for this long was a good one: waits "
		 "start at the beginning again."},
	{LIVE_IN_POOL(restart), .path = "restart.limit", .type = OPTION_LIMIT,
	 .fallback = "5 in 60s", .min = 1, .max = 10000,
	 .help = "How many crashes of one worker are borne within a time; the "
		 "next one trips the limit. Or \"none\"."},
	{LIVE_IN_POOL(restart), .path = "restart.then", .type = OPTION_THEN,
	 .fallback = "cooldown 5m", .min = MS, .max = DAY,
	 .help = "What happens when the limit trips: \"cooldown\" and a time, "
		 "after which one run is tried (each further cool-down is "
		 "twice as long, up to an hour), or \"fail\": the worker is "
		 "given up."},
	{LIVE_IN_POOL(stop.signal), .path = "stop.signal", .type = OPTION_SIGNAL,
	 .fallback = "TERM",
	 .help = "The signal that asks the main process to end."},
	{LIVE_IN_POOL(stop.timeout_ns), .path = "stop.timeout",
	 .type = OPTION_DURATION, .fallback = "10s",
	 .min = MS, .max = DAY,
	 .help = "How long that may take; then all processes of the run are "
		 "killed."},
	{OVER(GAUGE_MEMORY, "memory"), .type = OPTION_SIZE,
	 .min = KIB, .max = 1024 * KIB * GIB,
	 .help = "A run is over its bound when it has more resident memory "
		 "than this, the sum over all processes of the worker. Memory "
		 "that they share counts for each of them."},
	FOR_AND_ACTION(GAUGE_MEMORY, "memory"),
	{OVER(GAUGE_CPU, "cpu"), .type = OPTION_LOAD, .min = 1, .max = 1000000,
	 .help = "The same for CPU time: percent of one CPU, such as 90% or "
		 "250%, from one sample to the next."},
	FOR_AND_ACTION(GAUGE_CPU, "cpu"),
	{OVER(GAUGE_ZOMBIES, "zombies"), .type = OPTION_INTEGER,
	 .min = 0, .max = 1000000,
	 .help = "The same for zombies: processes below the worker that have "
		 "ended and that it has not reaped, and the worker itself when "
		 "its main thread has ended before others."},
	FOR_AND_ACTION(GAUGE_ZOMBIES, "zombies"),
	{OVER(GAUGE_OPEN_FILES, "open_files"), .type = OPTION_INTEGER,
	 .min = 0, .max = 100000000,
	 .help = "The same for open files, the sum over all processes of the "
		 "worker."},
	FOR_AND_ACTION(GAUGE_OPEN_FILES, "open_files"),
	{OVER(GAUGE_THREADS, "threads"), .type = OPTION_INTEGER,
	 .min = 1, .max = 10000000,
	 .help = "The same for threads, the sum over all processes of the "
		 "worker."},
	FOR_AND_ACTION(GAUGE_THREADS, "threads"),
	{LIVE_IN_POOL(watch.lifetime.over_ns), .path = "watch.lifetime.over",
	 .type = OPTION_DURATION, .fallback = "none", .none = true,
	 .min = 100 * MS, .max = YEAR,
	 .help = "How long a run may last; then it is ended and the next one "
		 "started. That is no crash."},
	{LIVE_IN_POOL(watch.lifetime.spread), .path = "watch.lifetime.spread",
	 .type = OPTION_PERCENT, .fallback = "10%", .min = 0, .max = 100,
	 .help = "By up to how much more, by chance, so that the workers of a "
		 "pool do not end all at once."},
	{LIVE_IN_POOL(leftovers), .path = "leftovers", .type = OPTION_WORD,
	 .words = leftovers_words, .fallback = "kill",
	 .help = "What happens to processes that are left when the main "
		 "process of a run has ended."},
	{IN_POOL(ready.when), .path = "ready.when", .type = OPTION_WORD,
	 .words = ready_words, .fallback = "started", .alone = true,
	 .help = "When a run is ready. started: at once. notify: when it says "
		 "READY=1, sd_notify(3). checks: when each of "
		 "the checks below that is given has passed once; that is the "
		 "default where one is given. May be written without the "
		 "section, \"ready: started\". A check that fails is tried "
		 "again, first after 50ms, then after twice as long each time "
		 "up to \"interval\"; it never ends a run, \"start.timeout\" "
		 "does."},
	{IN_POOL(ready.probe.http), .path = "ready.http", .type = OPTION_HTTP,
	 .help = "As alive.http."},
	{IN_POOL(ready.probe.tcp), .path = "ready.tcp", .type = OPTION_TCP,
	 .help = "As alive.tcp."},
	{IN_POOL(ready.probe.exec), .path = "ready.exec",
	 .type = OPTION_COMMAND, .help = "As alive.exec."},
	{IN_POOL(ready.log), .path = "ready.log", .type = OPTION_PATTERN,
	 .help = "An extended regular expression, regex(7), that a line of "
		 "what the run prints has to match."},
	{IN_POOL(ready.up_ns), .path = "ready.up", .type = OPTION_DURATION,
	 .min = MS, .max = DAY,
	 .help = "How long the run has to live."},
	{IN_POOL(ready.probe.status), .path = "ready.status",
	 .type = OPTION_STATUSES, .fallback = "200-399",
	 .help = "As alive.status."},
	{IN_POOL(ready.probe.body), .path = "ready.body",
	 .type = OPTION_PATTERN, .help = "As alive.body."},
	{IN_POOL(ready.probe.interval_ns), .path = "ready.interval",
	 .type = OPTION_DURATION, .fallback = "1s", .min = 10 * MS, .max = DAY,
	 .help = "The longest time from one try of http, tcp and exec to the "
		 "next."},
	{IN_POOL(ready.probe.timeout_ns), .path = "ready.timeout",
	 .type = OPTION_DURATION, .fallback = "2s", .min = MS, .max = HOUR,
	 .help = "How long one try of them may take."},
	{IN_POOL(alive.probe.http), .path = "alive.http", .type = OPTION_HTTP,
	 .help = "A URL that has to answer with a good status and a whole "
		 "body: http://HOST:PORT/PATH, or http://unix:/SOCKET:/PATH "
		 "for a unix socket. Redirects are not followed; {index} and "
		 "the like are filled in, but in HOST, which is looked up when "
		 "the config is loaded."},
	{IN_POOL(alive.probe.tcp), .path = "alive.tcp", .type = OPTION_TCP,
	 .help = "HOST:PORT, or unix:/SOCKET, that has to accept a "
		 "connection."},
	{IN_POOL(alive.probe.exec), .path = "alive.exec",
	 .type = OPTION_COMMAND,
	 .help = "A command that has to end with exit code 0. It runs as the "
		 "user, in the directory and with the environment of the "
		 "worker; what is left of it is killed."},
	{IN_POOL(alive.heartbeat_ns), .path = "alive.heartbeat",
	 .type = OPTION_DURATION, .min = MS, .max = DAY,
	 .help = "The longest time from one WATCHDOG=1, sd_notify(3), to the "
		 "next."},
	{IN_POOL(alive.silence_ns), .path = "alive.silence",
	 .type = OPTION_DURATION, .min = 100 * MS, .max = DAY,
	 .help = "The longest time without any output."},
	{IN_POOL(alive.progress_ns), .path = "alive.progress",
	 .type = OPTION_DURATION, .min = SECOND, .max = DAY,
	 .help = "The longest time without CPU time and input or output, or "
		 "with a whole CPU in use, or waited for, and no output."},
	{IN_POOL(alive.probe.status), .path = "alive.status",
	 .type = OPTION_STATUSES, .fallback = "200-399",
	 .help = "The status codes of http that are good: one, or from the "
		 "first to the last."},
	{IN_POOL(alive.probe.body), .path = "alive.body",
	 .type = OPTION_PATTERN,
	 .help = "An extended regular expression, regex(7), that the first "
		 "16K of the answer of http have to match."},
	{IN_POOL(alive.probe.interval_ns), .path = "alive.interval",
	 .type = OPTION_DURATION, .fallback = "10s", .min = 10 * MS, .max = DAY,
	 .help = "The time from one try of http, tcp and exec to the next."},
	{IN_POOL(alive.probe.timeout_ns), .path = "alive.timeout",
	 .type = OPTION_DURATION, .fallback = "2s", .min = MS, .max = HOUR,
	 .help = "How long one try of them may take. While it lasts no other "
		 "one begins."},
	{IN_POOL(alive.failures), .path = "alive.failures",
	 .type = OPTION_INTEGER, .fallback = "3", .min = 1, .max = 1000,
	 .help = "How many failures of http, tcp or exec in a row make the "
		 "worker unhealthy. The other checks fail as soon as their "
		 "time is over."},
	{IN_POOL(alive.successes), .path = "alive.successes",
	 .type = OPTION_INTEGER, .fallback = "1", .min = 1, .max = 1000,
	 .help = "How many successes of it in a row make that good again."},
	{IN_POOL(alive.grace_ns), .path = "alive.grace",
	 .type = OPTION_DURATION, .fallback = "0s", .min = 0, .max = DAY,
	 .help = "How long after it became ready a run is not checked."},
	{IN_POOL(alive.action), .path = "alive.action", .type = OPTION_WORD,
	 .words = action_words, .fallback = "restart",
	 .help = "What is done about an unhealthy worker. restart: the run is "
		 "ended, which counts as a crash. none: it is shown."},
	{LIVE_IN_POOL(rolling.at_once), .path = "rolling.at_once",
	 .type = OPTION_INTEGER, .fallback = "1", .min = 1, .max = 65535,
	 .help = "How many workers get new runs at a time when the pool is "
		 "changed by a reload, or restarted with --rolling; the next "
		 "ones have their turn when these are ready."},
	{LIVE_IN_POOL(rolling.surge), .path = "rolling.surge",
	 .type = OPTION_INTEGER, .fallback = "0", .min = 0, .max = 1024,
	 .help = "So many workers more than usual, with the next indices, are "
		 "started before the first one stops, and are stopped when "
		 "all is done: there are never fewer ready workers than "
		 "before. Not in a pool that scales by itself."},
	{LIVE_IN_POOL(rolling.rollback), .path = "rolling.rollback",
	 .type = OPTION_FLAG, .fallback = "false",
	 .help = "Whether the pool goes back to its former section when a "
		 "reload's first new run ends before it is ready. Without it "
		 "the others are left alone. Either way the reload fails."},
	{LIVE_IN_POOL(affinity.mode), .path = "affinity.mode", .type = OPTION_WORD,
	 .words = affinity_words, .fallback = "none",
	 .help = "On which CPUs the workers run. none: wherever reeve may. "
		 "all: each on all of \"cpus\". spread: each on one CPU, first "
		 "one worker for each core, NUMA nodes in turn, then their "
		 "further hardware threads, then round again. pack: each on "
		 "one CPU, all hardware threads of a core and all cores of a "
		 "node before the next. exclusive: each on CPUs of its own, "
		 "which no other pool of the instance gets: one CPU for each "
		 "worker, or an even share of \"cpus\". numa: each on all "
		 "CPUs of one NUMA node, the nodes in turn. The default is "
		 "all where \"cpus\" is given."},
	{LIVE_IN_POOL(affinity.cpus), .path = "affinity.cpus", .type = OPTION_CPUS,
	 .help = "The CPUs to use, such as \"0-3,6\". Default: all that reeve "
		 "may use."},
	{IN_POOL(affinity.memory), .path = "affinity.memory",
	 .type = OPTION_WORD, .words = memory_words,
	 .help = "In mode numa: where the memory of a worker comes from. "
		 "preferred: from its own node as long as that has some. bind: "
		 "from that node alone. none: the kernel decides. Default: "
		 "preferred; none where the kernel lets nobody choose."},
	{IN_POOL(fd_store), .path = "fd_store", .type = OPTION_INTEGER,
	 .fallback = "0", .min = 0, .max = 16,
	 .help = "How many file descriptors a worker may store with reeve "
		 "(FDSTORE=1, sd_notify(3)). Each further run is handed them "
		 "behind \"sockets\"; they are closed when the worker is "
		 "stopped."},
	{IN_POOL(sockets), .path = "sockets", .type = OPTION_SOCKETS,
	 .fallback = "",
	 .help = "Sockets that are opened once and handed to every run as file "
		 "descriptors from 3 on, with LISTEN_FDS, LISTEN_PID and "
		 "LISTEN_FDNAMES as in sd_listen_fds(3). Restarts refuse no "
		 "connection. Each is an address, or a section with the keys "
		 "of a socket, see below."},
	{IN_POOL(log.format), .path = "log.format", .type = OPTION_WORD,
	 .words = format_words, .fallback = "raw",
	 .help = "How what a worker prints is logged. raw: byte for byte. "
		 "tagged: each line with its time (UTC), worker, run and "
		 "stream before it. json: each line as an object with time, "
		 "worker, run, pid, stream and line. In the last two a line of "
		 "more than 16 KiB is split. inherit: nothing is logged; the "
		 "workers print where reeve itself does, for containers "
		 "whose output is collected from outside."},
	{IN_POOL(log.max_size), .path = "log.max_size", .type = OPTION_SIZE,
	 .fallback = "50M", .min = 0, .max = 1024 * GIB,
	 .help = "A log file that has grown to this size is put aside and a "
		 "new one begun; 0: never."},
	{IN_POOL(log.max_age_ns), .path = "log.max_age",
	 .type = OPTION_DURATION, .fallback = "none", .none = true, .min = SECOND,
	 .max = 10 * YEAR,
	 .help = "A log file that is this old is put aside, and a new one "
		 "begun, before the next line is written."},
	{IN_POOL(log.keep), .path = "log.keep", .type = OPTION_INTEGER,
	 .fallback = "5", .min = 0, .max = 1000,
	 .help = "How many old log files are kept for each worker."},
	{IN_POOL(log.compress), .path = "log.compress", .type = OPTION_FLAG,
	 .fallback = "false",
	 .help = "Whether old log files are compressed, as gzip does, from the "
		 "second one (.2.gz) on; those in which the last output "
		 "(\"tail\") is stay as they are. A process of low priority "
		 "does it."},
	{IN_POOL(log.tail), .path = "log.tail", .type = OPTION_SIZE,
	 .fallback = "64K", .min = 0, .max = 512 * KIB,
	 .help = "How much of the last output of a crashed run is kept in the "
		 "history."},
	{LIVE_IN_POOL(hooks.commands[HOOK_CRASH]), .path = "hooks.crash",
	 .type = OPTION_COMMAND,
	 .help = "A command that is run when a run has crashed, also when reeve "
		 "ended it for its health. Hooks run as reeve's own user with "
		 "REEVE_EVENT, REEVE_RUN, REEVE_PID, REEVE_CAUSE, "
		 "REEVE_EXIT_CODE, REEVE_SIGNAL, REEVE_STATE, REEVE_TEXT and "
		 "REEVE_RESTARTS in their environment, eight at a time, four of "
		 "one pool; where too many wait, one stands for several, "
		 "REEVE_MERGED."},
	{LIVE_IN_POOL(hooks.commands[HOOK_FAILED]), .path = "hooks.failed",
	 .type = OPTION_COMMAND,
	 .help = "The same, when a worker has been given up."},
	{LIVE_IN_POOL(hooks.commands[HOOK_READY]), .path = "hooks.ready",
	 .type = OPTION_COMMAND,
	 .help = "The same, when a run has become ready."},
	{LIVE_IN_POOL(hooks.commands[HOOK_UNHEALTHY]), .path = "hooks.unhealthy",
	 .type = OPTION_COMMAND,
	 .help = "The same, when a worker has become unhealthy, whatever is "
		 "done about it."},
	{LIVE_IN_POOL(hooks.timeout_ns), .path = "hooks.timeout",
	 .type = OPTION_DURATION, .fallback = "10s", .min = MS, .max = DAY,
	 .help = "How long a hook may take before it is killed with all that "
		 "it started."},
	{POOL_ONLY, .path = "job", PLANNED},

	{IN_SOCKET(address), .path = "listen", .type = OPTION_ADDRESS,
	 .needed = true,
	 .help = "Where to listen: \"tcp://HOST:PORT\", \"udp://HOST:PORT\" or "
		 "\"unix:///PATH\". A host is a name (its first address, IPv4 "
		 "before IPv6), a number, IPv6 in brackets, or \"*\": all "
		 "addresses of the machine."},
	{IN_SOCKET(name), .path = "name", .type = OPTION_NAME,
	 .help = "Its name in LISTEN_FDNAMES. Default: the name of the pool."},
	{IN_SOCKET(backlog), .path = "backlog", .type = OPTION_INTEGER,
	 .fallback = "4096", .min = 1, .max = 65535,
	 .help = "How many connections may wait until a worker takes them; "
		 "the kernel may allow fewer (net.core.somaxconn)."},
	{IN_SOCKET(mode), .path = "mode", .type = OPTION_MODE,
	 .fallback = "0666", .min = 0, .max = 0777,
	 .help = "Who may connect to a unix socket, as the mode of its file. "
		 "The file belongs to the pool's user."},
};
/* clang-format on */
const size_t option_count = sizeof(options) / sizeof(options[0]);

const struct option *option_find(enum option_scope scope, const char *path)
{
	for (size_t i = 0; i < option_count; i++) {
		if (options[i].scope == scope &&
		    strcmp(options[i].path, path) == 0)
			return &options[i];
	}
	return NULL;
}

bool option_is_section(enum option_scope scope, const char *path)
{
	size_t length = strlen(path);

	for (size_t i = 0; i < option_count; i++) {
		if (options[i].scope == scope &&
		    strncmp(options[i].path, path, length) == 0 &&
		    options[i].path[length] == '.')
			return true;
	}
	return false;
}

const struct option *option_alone(enum option_scope scope, const char *path)
{
	size_t length = strcspn(path, ".");

	for (size_t i = 0; i < option_count; i++) {
		if (options[i].scope == scope && options[i].alone &&
		    strncmp(options[i].path, path, length) == 0 &&
		    options[i].path[length] == '.')
			return &options[i];
	}
	return NULL;
}
