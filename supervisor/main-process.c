#include "config.h"

#include "supervisor/main-process.h"

#include "supervisor/instance.h"
#include "supervisor/reaper.h"
#include "supervisor/stray.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- who belongs to a run ---- */

/* As /proc/PID/stat counts. */
static uint64_t to_ticks(int64_t time_ns)
{
	return (uint64_t)(time_ns / (1000000000 / sysconf(_SC_CLK_TCK)));
}

static enum membership by_age(const struct worker *worker, pid_t pid)
{
	struct stray process;

	if (stray_read(pid, &process) < 0)
		return MEMBER_GONE;
	return process.start_ticks >= to_ticks(worker->run.started_boot_ns)
		       ? MEMBER_YES
		       : MEMBER_NO;
}

enum membership main_process_membership(const struct worker *worker, pid_t pid)
{
	const struct instance *instance = worker->pool->instance;
	int found;

	if (pid == worker->run.pid)
		return MEMBER_YES;
	if (!instance->use_cgroups)
		return by_age(worker, pid);
	found = cgroup_holds(&instance->cgroups, worker->pool->config->name,
			     worker->index, pid);
	return found < 0 ? MEMBER_GONE : found ? MEMBER_YES : MEMBER_NO;
}

/* Whether a process descends from the run's main process, or from one of its
 * that has ended: orphans come to the supervisor. */
static bool descends(const struct worker *worker, pid_t pid)
{
	return stray_descends(pid, worker->run.pid) ||
	       stray_descends(pid, getpid());
}

bool main_process_change(struct worker *worker, pid_t pid)
{
	const struct instance *instance = worker->pool->instance;
	int pidfd;

	if (worker->run.pidfd < 0 || pid == getpid() ||
	    reaper_find_worker(instance, pid))
		return false;
	pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	if (pidfd < 0)
		return false;
	/* Signal 0 comes last: what was read before is of this very process
	 * when it is still there. */
	if (main_process_membership(worker, pid) != MEMBER_YES ||
	    (!instance->use_cgroups && !descends(worker, pid)) ||
	    syscall(SYS_pidfd_send_signal, pidfd, 0, NULL, 0) < 0) {
		close(pidfd);
		return false;
	}
	reaper_follow(worker, pid, pidfd);
	return true;
}

/* ---- how one ends ---- */

/* The first members of the kernel's struct pidfd_info; headers lack it. */
struct pidfd_info_start {
	uint64_t mask;
	uint64_t cgroup;
	uint32_t ids[11];
	int32_t exit_code;
};
#define PIDFD_GET_INFO_START _IOWR(0xFF, 11, struct pidfd_info_start)
enum { PIDFD_INFO_HAS_EXIT = 1 << 3 };

/* Of a process that was reaped, from Linux 6.15 on. */
static bool ask_pidfd(int pidfd, int *status)
{
	struct pidfd_info_start info = {.mask = PIDFD_INFO_HAS_EXIT};

	if (ioctl(pidfd, PIDFD_GET_INFO_START, &info) < 0 ||
	    !(info.mask & PIDFD_INFO_HAS_EXIT))
		return false;
	*status = info.exit_code;
	return true;
}

/* Of a zombie: the last field but none of /proc/PID/stat, proc(5). It is 0
 * where this process may not know. */
static bool ask_proc(pid_t pid, int pidfd, int *status)
{
	enum { EXIT_CODE = 52, STATE = 3 };
	char path[32], text[1024], *at;
	ssize_t length;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	length = read(fd, text, sizeof(text) - 1);
	close(fd);
	text[length > 0 ? length : 0] = '\0';
	at = strrchr(text, ')');
	/* Not reaped yet: so it was about this very process. */
	if (!at || syscall(SYS_pidfd_send_signal, pidfd, 0, NULL, 0) < 0)
		return false;
	for (int field = STATE - 1; field < EXIT_CODE && at; field++)
		at = strchr(at + 1, ' ');
	if (!at)
		return false;
	*status = (int)strtol(at, NULL, 10);
	return true;
}

void main_process_learn_end(struct run *run)
{
	int status;

	run->end.code = -1;
	run->end.signal = 0;
	run->end.core = false;
	run->end.unknown = !ask_proc(run->pid, run->pidfd, &status) &&
			   !ask_pidfd(run->pidfd, &status);
	if (run->end.unknown)
		return;
	if (WIFEXITED(status))
		run->end.code = WEXITSTATUS(status);
	else
		run->end.signal = WTERMSIG(status);
	run->end.core = WIFSIGNALED(status) && WCOREDUMP(status);
}
