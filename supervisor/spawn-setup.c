#include "config.h"

#include "supervisor/spawn-child.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Of ioprio_set(2), which no header has. */
enum { IO_OF_PROCESS = 1 };

/* NUMA nodes that there can be. */
enum { NODE_COUNT = 1024 };

/* Enters the cgroups whose cgroup.procs were staged behind the pipe. */
SPAWN_IN_CHILD static void enter_cgroups(struct spawn_child *child)
{
	const struct spawn_request *request = child->request;

	for (size_t i = 0; i < request->attach_count; i++)
		if (syscall(SYS_write, 3 + request->fd_count + 1 + i, "0", 1) <
		    0)
			spawn_child_fail(child, "cgroup.procs", "");
}

SPAWN_IN_CHILD static void detach(struct spawn_child *child)
{
	if (child->has_terminal) {
		if (syscall(SYS_setsid) < 0)
			spawn_child_fail(child, "setsid", "");
	} else if (syscall(SYS_setpgid, 0, 0) < 0) {
		spawn_child_fail(child, "setpgid", "");
	}
}

SPAWN_IN_CHILD static void set_rlimits(struct spawn_child *child)
{
	const struct spawn_request *request = child->request;

	for (size_t i = 0; i < request->rlimit_count; i++)
		if (syscall(SYS_prlimit64, 0, request->rlimits[i].resource,
			    &request->rlimits[i].limit, NULL) < 0)
			spawn_child_fail(child, "setrlimit", "");
}

/* A file of the child itself, so that none of its memory is touched by it: the
 * kernel knows of vfork here. */
SPAWN_IN_CHILD static void set_oom_score_adj(struct spawn_child *child)
{
	const char *text = child->request->scheduling.oom_score_adj;
	long fd = syscall(SYS_openat, AT_FDCWD, "/proc/self/oom_score_adj",
			  O_WRONLY | O_CLOEXEC);

	if (fd < 0 || syscall(SYS_write, fd, text, strlen(text)) < 0)
		spawn_child_fail(child, "oom_score_adj", "");
	syscall(SYS_close, fd);
}

SPAWN_IN_CHILD static void set_memory_policy(struct spawn_child *child)
{
	const struct spawn_request *request = child->request;
	unsigned long nodes[NODE_COUNT / (8 * sizeof(unsigned long))];
	const unsigned bits = 8 * sizeof(nodes[0]);

	for (size_t i = 0; i < sizeof(nodes) / sizeof(nodes[0]); i++)
		nodes[i] = 0;
	nodes[request->memory_node / bits] |= 1UL
					      << (request->memory_node % bits);
	/* The kernel takes one bit less than it is told. */
	if (syscall(SYS_set_mempolicy, request->memory_policy, nodes,
		    NODE_COUNT + 1) < 0)
		spawn_child_fail(child, "set_mempolicy", "");
}

SPAWN_IN_CHILD static void schedule(struct spawn_child *child)
{
	const struct spawn_request *request = child->request;
	const struct spawn_scheduling *scheduling = &request->scheduling;
	struct sched_param priority = {.sched_priority = scheduling->priority};

	if (request->cpus != NULL &&
	    syscall(SYS_sched_setaffinity, 0, sizeof(cpu_set_t),
		    request->cpus) < 0)
		spawn_child_fail(child, "sched_setaffinity", "");
	if (request->memory_policy != 0)
		set_memory_policy(child);
	if (scheduling->set_policy &&
	    syscall(SYS_sched_setscheduler, 0, scheduling->policy, &priority) <
		    0)
		spawn_child_fail(child, "sched_setscheduler", "");
	if (scheduling->set_nice &&
	    syscall(SYS_setpriority, PRIO_PROCESS, 0, scheduling->nice) < 0)
		spawn_child_fail(child, "setpriority", "");
	if (scheduling->io != 0 &&
	    syscall(SYS_ioprio_set, IO_OF_PROCESS, 0, scheduling->io) < 0)
		spawn_child_fail(child, "ioprio_set", "");
	if (scheduling->oom_score_adj[0] != '\0')
		set_oom_score_adj(child);
}

/* What is out of the bounding set no program gets any more. To be done while
 * the child may, before the change of user. */
SPAWN_IN_CHILD static void bound_capabilities(struct spawn_child *child)
{
	for (unsigned number = 0; number < 64; number++) {
		if (child->request->capabilities & (UINT64_C(1) << number))
			continue;
		if (syscall(SYS_prctl, PR_CAPBSET_DROP, number, 0, 0, 0) == 0)
			continue;
		if (errno == EINVAL) /* The kernel knows no more. */
			break;
		spawn_child_fail(child, "prctl", "");
	}
	if (syscall(SYS_prctl, PR_SET_KEEPCAPS, 1, 0, 0, 0) < 0)
		spawn_child_fail(child, "prctl", "");
}

/* Leaves the child its capabilities, and those that it runs: a program gets
 * the ambient ones whoever runs it. */
SPAWN_IN_CHILD static void keep_capabilities(struct spawn_child *child)
{
	uint64_t kept = child->request->capabilities;
	struct __user_cap_header_struct header;
	struct __user_cap_data_struct data[2];

	header.version = _LINUX_CAPABILITY_VERSION_3;
	header.pid = 0;
	for (int i = 0; i < 2; i++)
		data[i].effective = data[i].permitted = data[i].inheritable =
			(uint32_t)(kept >> (32 * i));
	if (syscall(SYS_capset, &header, data) < 0)
		spawn_child_fail(child, "capset", "");
	for (unsigned long number = 0; number < 64; number++)
		if (kept & (UINT64_C(1) << number) &&
		    syscall(SYS_prctl, PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE,
			    number, 0, 0) < 0)
			spawn_child_fail(child, "prctl", "");
}

/* The C library's wrappers would tell all threads of the caller. */
SPAWN_IN_CHILD static void become_user(struct spawn_child *child)
{
	const struct spawn_request *request = child->request;

	if (request->set_capabilities)
		bound_capabilities(child);
	if (request->set_groups &&
	    syscall(SYS_setgroups, request->group_count, request->groups) < 0)
		spawn_child_fail(child, "setgroups", "");
	if (request->set_gid && syscall(SYS_setresgid, request->gid,
					request->gid, request->gid) < 0)
		spawn_child_fail(child, "setgid", "");
	if (request->set_uid && syscall(SYS_setresuid, request->uid,
					request->uid, request->uid) < 0)
		spawn_child_fail(child, "setuid", "");
	if (request->set_capabilities)
		keep_capabilities(child);
	if (request->no_new_privileges &&
	    syscall(SYS_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		spawn_child_fail(child, "prctl", "");
}

SPAWN_IN_CHILD void spawn_child_set_up(struct spawn_child *child)
{
	const struct spawn_request *request = child->request;

	enter_cgroups(child);
	if (request->detached)
		detach(child);
	set_rlimits(child);
	schedule(child);
	if (request->umask >= 0)
		syscall(SYS_umask, request->umask);
	become_user(child);
	if (request->directory != NULL &&
	    syscall(SYS_chdir, request->directory) < 0)
		spawn_child_fail(child, "chdir", request->directory);
}
