/*
 * loop [--shared] COUNT CHILD TABLE: the bare loop, the least that a
 * supervisor can do: starts COUNT children by vfork and exec, learns of exits
 * by pidfds in an epoll set, and starts each again at once. There is no policy
 * and no record, and no child is told apart from another. With --shared a
 * child shares the table of descriptors until it has dropped the upper ones,
 * as reeve's do. At SIGTERM it ends them and itself.
 */
#include "config.h"

#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/close_range.h>

static volatile sig_atomic_t stopping;
static int epoll;
static char *words[4]; /* CHILD, SLOT, TABLE */
static int *pidfds;
static unsigned char stack[64 * 1024] __attribute__((aligned(64)));

static int run_child(void *argument)
{
	if (argument != NULL)
		syscall(SYS_close_range, 3, ~0U, CLOSE_RANGE_UNSHARE);
	execv(words[0], words);
	_exit(127);
}

static void start(unsigned slot, int shared)
{
	struct epoll_event event = {.events = EPOLLIN, .data = {.u32 = slot}};
	int flags = CLONE_VM | CLONE_VFORK | SIGCHLD; /* as vfork(2) */
	pid_t pid;

	snprintf(words[1], 16, "%u", slot);
	pid = clone(run_child, stack + sizeof(stack),
		    shared ? flags | CLONE_FILES : flags,
		    shared ? words : NULL);
	if (pid < 0)
		exit(1);
	pidfds[slot] = (int)syscall(SYS_pidfd_open, pid, 0);
	epoll_ctl(epoll, EPOLL_CTL_ADD, pidfds[slot], &event);
}

static void restart(unsigned slot, int shared)
{
	siginfo_t end = {.si_pid = 0};

	if (waitid(P_PIDFD, (id_t)pidfds[slot], &end, WEXITED | WNOHANG) < 0 ||
	    end.si_pid == 0)
		return;
	epoll_ctl(epoll, EPOLL_CTL_DEL, pidfds[slot], NULL);
	close(pidfds[slot]);
	start(slot, shared);
}

static void stop(int number)
{
	(void)number;
	stopping = 1;
}

static int finish(unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		syscall(SYS_pidfd_send_signal, pidfds[i], SIGKILL, NULL, 0);
	while (wait(NULL) > 0)
		;
	return 0;
}

int main(int argc, char **argv)
{
	int shared = argc > 1 && strcmp(argv[1], "--shared") == 0;
	struct epoll_event events[64];
	struct rlimit files;
	unsigned count;
	static char slot[16];

	if (argc != 4 + shared)
		return 2;
	argv += shared;
	count = (unsigned)strtoul(argv[1], NULL, 10);
	words[0] = argv[2];
	words[1] = slot;
	words[2] = argv[3];
	getrlimit(RLIMIT_NOFILE, &files);
	files.rlim_cur = files.rlim_max;
	setrlimit(RLIMIT_NOFILE, &files);
	pidfds = calloc(count, sizeof(*pidfds));
	epoll = epoll_create1(EPOLL_CLOEXEC);
	if (pidfds == NULL || epoll < 0)
		return 1;
	for (unsigned i = 0; i < count; i++)
		start(i, shared);
	sigaction(SIGTERM, &(struct sigaction){.sa_handler = stop}, NULL);
	while (!stopping) {
		int ready = epoll_wait(epoll, events, 64, -1);

		for (int i = 0; i < ready; i++)
			restart(events[i].data.u32, shared);
	}
	return finish(count);
}
