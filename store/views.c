#include "config.h"

#include "store/views.h"

#include <stddef.h>

#define RUN_CODE                                              \
	{"exit_code", "INTEGER", "unless a signal ended it"}, \
	{                                                     \
		"exit_signal", "INTEGER",                     \
			"the number of the signal that "      \
			"ended it"                            \
	}
#define POOL_WORKER                            \
	{"pool", "TEXT", "name of the pool"},  \
	{                                      \
		"worker", "TEXT", "POOL/INDEX" \
	}

static const struct view_column runs[] = {
	{"run", "INTEGER", "number of the run; grows for ever"},
	POOL_WORKER,
	{"pid", "INTEGER", "of its main process"},
	{"config", "INTEGER", "number of the config that it ran by"},
	{"started_at", "REAL", "when it was started"},
	{"ready_at", "REAL", "when it was ready"},
	{"ended_at", "REAL", "when it ended; NULL: it is still up"},
	RUN_CODE,
	{"core", "INTEGER", "1: it left a core dump"},
	{"cause", "TEXT", "exited, crashed, stopped, memory, oom, …"},
	{"started_by", "TEXT", "config, crash, exit, command, reload, …"},
	{"cpu_s", "REAL", "CPU time in seconds"},
	{"max_rss_bytes", "INTEGER", "most memory of one of its processes"},
	{"why", "TEXT",
	 "what reeve ended it for, where the cause does not "
	 "say it all"},
	{"started_uid", "INTEGER", "user who asked for the start, if one did"},
	{"started_command", "TEXT", "what that user asked for"},
	{"ended_uid", "INTEGER", "user who asked for the end, if one did"},
	{"ended_command", "TEXT", "what that user asked for"},
	{"cpus", "TEXT", "CPUs on which it was put"},
	{"cpu_user_s", "REAL", "of the CPU time, what its own code took"},
	{"cpu_system_s", "REAL", "of the CPU time, what the kernel took"},
	{"minor_faults", "INTEGER", "page faults without a disk"},
	{"major_faults", "INTEGER", "page faults that read from a disk"},
	{"voluntary_switches", "INTEGER", "times that it waited"},
	{"involuntary_switches", "INTEGER", "times that it was interrupted"},
	{"blocks_in", "INTEGER", "blocks of 512 bytes read from disks"},
	{"blocks_out", "INTEGER", "blocks of 512 bytes written to disks"},
	{"memory_limit_bytes", "INTEGER", "of an OOM: what it might use"},
	{"memory_peak_bytes", "INTEGER", "of an OOM: what it used at most"},
	{"oom_kills", "INTEGER", "of an OOM: how many processes it took"},
	{"core_path", "TEXT", "where its core dump is"},
	{"state_after", "TEXT", "state of the worker after its end"},
	{"restart_delay_s", "REAL", "how long the next run had to wait"},
	{"crash_group", "INTEGER", "of a crash: its group"},
	{NULL, NULL, NULL},
};

static const struct view_column events[] = {
	{"at", "REAL", "when it happened"},
	POOL_WORKER,
	{"run", "INTEGER", "the run that it is about"},
	{"event", "TEXT", "spawned, ready, ended, command, warning, …"},
	{"detail", "TEXT", "JSON object with what else is known"},
	{NULL, NULL, NULL},
};

static const struct view_column samples[] = {
	{"at", "REAL", "when it was measured"},
	{"run", "INTEGER", "the run"},
	{"worker", "TEXT", "POOL/INDEX"},
	{"cpu_percent", "REAL", "of one CPU, with all its processes"},
	{"rss_bytes", "INTEGER", "memory of all its processes"},
	{"threads", "INTEGER", "how many"},
	{"open_files", "INTEGER", "how many"},
	{NULL, NULL, NULL},
};

#define ROLL_UP_COLUMNS(unit)                                    \
	{"at", "REAL", "when the " unit " began"}, POOL_WORKER,  \
		{"cpu_percent", "REAL", "mean of the samples"},  \
		{"cpu_percent_max", "REAL", "largest sample"},   \
		{"rss_bytes", "INTEGER", "mean of the samples"}, \
		{"rss_bytes_max", "INTEGER", "largest sample"},  \
		{"threads", "INTEGER", "most of them"},          \
		{"open_files", "INTEGER", "most of them"},       \
	{                                                        \
		NULL, NULL, NULL                                 \
	}

static const struct view_column minutes[] = {ROLL_UP_COLUMNS("minute")};
static const struct view_column hours[] = {ROLL_UP_COLUMNS("hour")};

static const struct view_column crashes[] = {
	{"run", "INTEGER", "the run"},
	{"worker", "TEXT", "POOL/INDEX"},
	{"at", "REAL", "when it crashed"},
	{"cause", "TEXT", "crashed, not-started, memory, oom, …"},
	RUN_CODE,
	{"tail", "TEXT", "its last output, invalid bytes as \\xNN"},
	{"crash_group", "INTEGER", "its group"},
	{"backtrace", "TEXT", "of the thread that crashed, from the core"},
	{NULL, NULL, NULL},
};

static const struct view_column crash_groups[] = {
	{"crash_group", "INTEGER", "number of the group"},
	{"pool", "TEXT", "name of the pool"},
	{"cause", "TEXT", "the same for all of them"},
	{"exit_code", "INTEGER", "likewise"},
	{"exit_signal", "INTEGER", "likewise, as a number"},
	{"sign", "TEXT",
	 "what their last error lines, or their functions, "
	 "have in common"},
	{"crashes", "INTEGER", "how many there are"},
	{"workers", "INTEGER", "of how many workers"},
	{"first_at", "REAL", "when the first one was"},
	{"last_at", "REAL", "when the last one was"},
	{NULL, NULL, NULL},
};

static const struct view_column evidence[] = {
	{"run", "INTEGER", "the run"},
	{"worker", "TEXT", "POOL/INDEX"},
	{"at", "REAL", "when it was looked at"},
	{"cause", "TEXT", "what it was about to be ended for"},
	{"text", "TEXT", "what /proc knew of its processes"},
	{NULL, NULL, NULL},
};

static const struct view_column jobs[] = {
	{"job", "INTEGER", "number of the job"},
	{"pool", "TEXT", "name of the pool"},
	{"state", "TEXT", "what became of it"},
	{"submitted_at", "REAL", "when it was handed over"},
	{"started_at", "REAL", "when its last attempt began"},
	{"ended_at", "REAL", "when that ended"},
	{"attempts", "INTEGER", "how many there were"},
	{"exit_code", "INTEGER", "of the last one"},
	{"command", "TEXT", "what it was"},
	{NULL, NULL, NULL},
};

static const struct view_column configs[] = {
	{"config", "INTEGER", "number of the config; grows for ever"},
	{"loaded_at", "REAL", "when it was put in force"},
	{"text", "TEXT", "the file, with all that it includes"},
	{NULL, NULL, NULL},
};

const struct view views[] = {
	{"runs", "one row for each run, from its start on", runs},
	{"events", "everything that happened", events},
	{"samples", "one measurement of a run in 10 seconds", samples},
	{"minutes", "samples by worker and minute", minutes},
	{"hours", "samples by worker and hour", hours},
	{"crashes", "runs that crashed, with what they said last", crashes},
	{"crash_groups", "crashes by what they have in common", crash_groups},
	{"evidence", "what runs did that reeve had to end", evidence},
	{"jobs", "jobs of pools of that kind", jobs},
	{"configs", "configs that were in force", configs},
	{NULL, NULL, NULL},
};
