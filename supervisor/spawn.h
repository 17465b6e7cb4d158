#ifndef SUPERVISOR_SPAWN_H
#define SUPERVISOR_SPAWN_H

#include "base/error.h"

#include <sched.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/types.h>

/*
 * Starts programs. Everything is prepared before the child exists; the child
 * then makes plain system calls only, and what failed in it comes back as
 * {step, errno, object}. Nothing is allocated, and the caller's memory is
 * never copied: the child borrows it until it runs the program.
 *
 * The first way is clone3(2) with a shared descriptor table, of which the
 * child keeps the first few for itself (close_range(2) with
 * CLOSE_RANGE_UNSHARE): a start costs the same with 10 and with 20,000 open
 * descriptors. For that the descriptors that a child gets have to lie below
 * all others, so spawn_init() reserves a row of low numbers. Where the kernel,
 * a seccomp filter or valgrind has no clone3 it is vfork(2), and where
 * pidfd_open(2) is missing too there is no pidfd, and the caller learns of
 * exits by SIGCHLD.
 *
 * The row of descriptors and the child's stack belong to the process, so this
 * module has no object of its own. It must be used from one thread.
 */

enum {
	/* Descriptors that a child can get: 0, 1, 2 and more. */
	SPAWN_FD_MAX = 32,
	/* cgroups that a child enters by itself. */
	SPAWN_ATTACH_MAX = 3,
	/* Descriptors from 3 up to here belong to this module. */
	SPAWN_FD_RESERVED_END = 3 + SPAWN_FD_MAX + 1 + SPAWN_ATTACH_MAX,
	/* Room for a pid as text. */
	SPAWN_PID_SIZE = 12,
};

enum spawn_method {
	SPAWN_CLONE3, /* clone3 with a shared descriptor table */
	SPAWN_VFORK, /* vfork, then pidfd_open */
	SPAWN_PID, /* vfork; there are no pidfds */
};

struct spawn_rlimit {
	int resource; /* RLIMIT_… */
	struct rlimit limit;
};

/* See sched(7); what is not set is the caller's. */
struct spawn_scheduling {
	bool set_nice, set_policy;
	int nice;
	int policy; /* SCHED_… */
	int priority;
	int io; /* as ioprio_set(2) has it; 0: the caller's */
	char oom_score_adj[8]; /* as text; "": the caller's */
};

struct spawn_request {
	char *const *argv; /* argv[0]: a path, or a name to find in PATH */
	char *const *envp; /* with the PATH that counts */
	/* Where in the strings of `envp` the child writes its own pid as text
	 * before it runs the program (LISTEN_PID, WATCHDOG_PID); each has room
	 * for SPAWN_PID_SIZE bytes. What stands there afterwards is nobody's
	 * business. */
	char *const *pid_places;
	size_t pid_place_count;
	const char *directory; /* NULL: the caller's */
	/* What the child gets as 0, 1, 2, 3, …: at least three, at most
	 * SPAWN_FD_MAX. The caller keeps its own. */
	const int *fds;
	size_t fd_count;
	const cpu_set_t *cpus; /* NULL: the caller's */
	/* Memory policy as set_mempolicy(2) has it, for that one NUMA node;
	 * 0 (MPOL_DEFAULT): the caller's. */
	int memory_policy;
	unsigned memory_node;
	bool set_groups, set_gid, set_uid; /* in that order */
	uid_t uid;
	gid_t gid;
	const gid_t *groups;
	size_t group_count;
	/* Only these are kept, over a change of user too, and no program that
	 * is run gets others (ambient and bounding set). */
	bool set_capabilities;
	uint64_t capabilities; /* bit N: capability N */
	bool no_new_privileges;
	int umask; /* -1: the caller's */
	const struct spawn_rlimit *rlimits;
	size_t rlimit_count;
	struct spawn_scheduling scheduling;
	bool detached; /* out of reach of signals to the caller's group */
	int parent_death_signal; /* 0: none */
	int cgroup; /* folder of a cgroup to be born in (O_PATH); -1: none */
	/* cgroup.procs of version 1 cgroups, which the child enters by itself:
	 * that takes up to 10 ms, for which the caller does not wait then. The
	 * memory is copied for it, so a start takes the caller longer too. */
	const int *attach;
	size_t attach_count; /* at most SPAWN_ATTACH_MAX */
};

struct spawn_result {
	pid_t pid;
	int pidfd; /* the caller closes it; -1 where there are no pidfds */
	/* With `attach`: what spawn_read_verdict() reads, the caller closes
	 * it; else -1. */
	int verdict;
};

struct spawn_failure {
	/* The system call that failed: "execve", "chdir", "setgroups",
	 * "setgid", "setuid", "sched_setaffinity", "setrlimit", "setsid",
	 * "setpgid", "prctl", "dup", "close_range", "clone3", "vfork",
	 * "pidfd_open", "cgroup.procs", "setpriority", "sched_setscheduler",
	 * "ioprio_set", "oom_score_adj", "capset". Of "clone3" with a cgroup,
	 * EACCES, EBUSY, EOPNOTSUPP, ENOENT, ENODEV and EINVAL are about the
	 * cgroup. */
	const char *step;
	int error_number;
	char object[256]; /* the program or the folder; "" for other steps */
};

/*
 * Takes the descriptors from 3 to SPAWN_FD_RESERVED_END - 1 (what was open
 * there is closed), marks all above close-on-exec where the kernel can, looks
 * whether the caller has a terminal (a detached child leaves its session then,
 * else only its process group: with autogroup(7) a new session starts at the
 * end of the run queue, and the caller waits for it on a busy machine), and
 * finds out which method works here; environment REEVE_SPAWN=clone3|vfork|pid
 * chooses one. Signals that the caller ignores in children's place (they get
 * them back as default) must be ignored by now. Returns 0, or -1 and the
 * reason.
 */
int spawn_init(struct error *error);

/* What spawn_init() has found. */
enum spawn_method spawn_method(void);

/*
 * Starts a program: no signal is blocked, all are at their default, and it has
 * the descriptors in `request` and no others. A name without a slash is looked
 * for as execvp(3) does, but a script without "#!" is no program. Only
 * SPAWN_CLONE3 can start it in a cgroup: else it is EOPNOTSUPP. Returns 0 when
 * the program runs, or -1: then `failure` is filled and no process is left.
 * With `attach` it is 0 when the child exists, and the verdict tells the rest.
 */
int spawn(const struct spawn_request *request, struct spawn_result *result,
	  struct spawn_failure *failure);

/* Reads how the start of a child with `attach` went, without waiting: 1 when it
 * runs its program, 0 when that is not known yet, -1 when it failed: `failure`
 * is filled, and the child ends. */
int spawn_read_verdict(int verdict, struct spawn_failure *failure);

#endif
