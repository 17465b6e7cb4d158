#include "config.h"

#include "supervisor/sweep.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What starts threads faster than they are moved is left then. */
enum { PASSES_MAX = 8 };

struct move {
	cpu_set_t former;
	cpu_set_t cpus;
	bool moved; /* something, in this pass */
	int refused; /* errno of what could not be moved; else 0 */
};

/* Whether a thread that may run on `now` has narrowed itself inside of where it
 * was put. */
static bool is_narrowed(const struct move *move, const cpu_set_t *now)
{
	cpu_set_t common;

	CPU_AND(&common, now, &move->former);
	return CPU_EQUAL(&common, now) && !CPU_EQUAL(now, &move->former);
}

static void move_thread(struct move *move, pid_t thread)
{
	cpu_set_t now;

	if (sched_getaffinity(thread, sizeof(now), &now) < 0 ||
	    CPU_EQUAL(&now, &move->cpus) || is_narrowed(move, &now))
		return;
	if (sched_setaffinity(thread, sizeof(move->cpus), &move->cpus) == 0)
		move->moved = true;
	else if (errno != ESRCH)
		move->refused = errno;
}

static void move_process(void *context, const struct stray *process)
{
	char path[64];
	const struct dirent *entry;
	DIR *threads;

	snprintf(path, sizeof(path), "/proc/%d/task", (int)process->pid);
	threads = opendir(path);
	while (threads != NULL && (entry = readdir(threads)) != NULL)
		if (isdigit((unsigned char)entry->d_name[0]))
			move_thread(context,
				    (pid_t)strtol(entry->d_name, NULL, 10));
	if (threads != NULL)
		closedir(threads);
}

/* With a cgroup, the main process was born in it, but may have left it. */
static void move_all(const struct sweeper *sweeper,
		     const struct message *request, struct move *move)
{
	pid_t pid = (pid_t)request->pid;
	struct stray process;

	if (request->cgroup[0] == '\0') {
		sweep_visit_run(sweeper, request->run, pid, move_process, move);
		return;
	}
	if (pid > 1 && stray_read(pid, &process) == 0 &&
	    process.parent == sweeper->supervisor)
		move_process(move, &process);
	sweep_visit_cgroup(request->cgroup, move_process, move);
}

void sweep_place(const struct sweeper *sweeper, const struct message *request,
		 struct message *answer)
{
	struct move move = {.refused = 0};

	*answer = (struct message){
		.kind = MESSAGE_PLACED,
		.run = request->run,
		.index = request->index,
	};
	memcpy(answer->pool, request->pool, sizeof(answer->pool));
	memcpy(answer->mask, request->mask, sizeof(answer->mask));
	if (cpumask_parse(request->mask, &move.cpus) < 0 ||
	    cpumask_parse(request->former_mask, &move.former) < 0)
		return;
	/* A thread may start another one before it is moved itself. */
	for (int pass = 0; pass < PASSES_MAX; pass++) {
		move.moved = false;
		move_all(sweeper, request, &move);
		if (!move.moved)
			break;
	}
	answer->value = (uint64_t)move.refused;
}
