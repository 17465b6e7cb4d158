#include "config.h"

#include "supervisor/spawn.h"

#include "supervisor/clone3.h"
#include "supervisor/spawn-child.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { STAGE = 3, STACK_SIZE = 32 * 1024 };

/* Belongs to the process as a whole: see the header. */
static enum spawn_method method;
static uint64_t ignored_signals;
static bool has_terminal;
static int placeholder; /* what the reserved descriptors are when unused */
static unsigned char stack[STACK_SIZE] __attribute__((aligned(64)));

/* ---- the two ways to a child ---- */

/* Returns the pid, or an errno, negated. The kernel writes `pidfd`. */
/* NOLINTNEXTLINE(readability-non-const-parameter) */
static long start_by_clone3(struct spawn_child *child, int cgroup, int *pidfd,
			    void (*run)(void *child))
{
	struct clone_args arguments = {
		.flags = CLONE_PIDFD | CLONE_CLEAR_SIGHAND,
		.pidfd = (uint64_t)(uintptr_t)pidfd,
		.exit_signal = SIGCHLD,
		.stack = (uint64_t)(uintptr_t)stack,
		.stack_size = sizeof(stack),
	};

	if (cgroup >= 0) {
		arguments.flags |= CLONE_INTO_CGROUP;
		arguments.cgroup = (uint64_t)cgroup;
	}
	if (child->shared)
		arguments.flags |= CLONE_VM | CLONE_VFORK | CLONE_FILES;
	child->reset_signals = ignored_signals;
	return clone3_run(&arguments, sizeof(arguments), run, child);
}

/* A handler of the caller must not run in the child, so all are reset. */
static long vfork_child(struct spawn_child *child)
{
	pid_t pid;

	child->reset_signals = ~UINT64_C(0);
	if (child->request->attach_count > 0)
		pid = fork();
	else
		pid = vfork(); /* NOLINT(clang-analyzer-security.insecureAPI.vfork)
				*/
	if (pid == 0) /* NOLINTNEXTLINE(clang-analyzer-unix.Vfork) */
		spawn_child_run(child);
	return pid < 0 ? -errno : pid;
}

/*
 * The same with memory and descriptors of its own for the child. A failure
 * comes in a pipe, whose end the child closes when it runs its program; for
 * the child it lies behind the staged descriptors.
 */
static long start_apart(struct spawn_child *child, struct spawn_result *result)
{
	int slot = STAGE + (int)child->request->fd_count;
	int ends[2];
	long pid;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	child->shared = false;
	dup3(ends[1], slot, O_CLOEXEC);
	close(ends[1]);
	if (method == SPAWN_CLONE3)
		pid = start_by_clone3(child, child->request->cgroup,
				      &result->pidfd, spawn_child_run);
	else
		pid = vfork_child(child);
	dup3(placeholder, slot, O_CLOEXEC);
	result->verdict = ends[0];
	if (pid < 0 || child->request->attach_count == 0) {
		while (pid > 0 &&
		       read(ends[0], child->failure, sizeof(*child->failure)) <
			       0 &&
		       errno == EINTR)
			;
		close(ends[0]);
		result->verdict = -1;
	} else {
		fcntl(ends[0], F_SETFL, O_NONBLOCK);
	}
	return pid;
}

/* ---- preparing ---- */

/* Puts the descriptors of the child where it finds them. */
static int stage_fds(const struct spawn_request *request)
{
	for (size_t i = 0; i < request->fd_count; i++)
		if (dup3(request->fds[i], STAGE + (int)i, O_CLOEXEC) < 0)
			return -1;
	for (size_t i = 0; i < request->attach_count; i++)
		if (dup3(request->attach[i],
			 STAGE + (int)(request->fd_count + 1 + i),
			 O_CLOEXEC) < 0)
			return -1;
	return 0;
}

/* Lets go of them: a pipe's end kept here would never be seen closed. */
static void unstage_fds(const struct spawn_request *request)
{
	for (size_t i = 0; i < request->fd_count; i++)
		dup3(placeholder, STAGE + (int)i, O_CLOEXEC);
	for (size_t i = 0; i < request->attach_count; i++)
		dup3(placeholder, STAGE + (int)(request->fd_count + 1 + i),
		     O_CLOEXEC);
}

static int fail(struct spawn_failure *failure, const char *step, int number)
{
	*failure = (struct spawn_failure){
		.step = step,
		.error_number = number,
	};
	return -1;
}

static void reap(pid_t pid)
{
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
}

/* With all signals blocked, so that no handler runs in the child. */
static int start(struct spawn_child *child, struct spawn_result *result)
{
	sigset_t all, former;
	long pid;

	result->pidfd = result->verdict = -1;
	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, &former);
	child->shared = true;
	if (method == SPAWN_CLONE3 && child->request->attach_count == 0)
		pid = start_by_clone3(child, child->request->cgroup,
				      &result->pidfd, spawn_child_run);
	else
		pid = start_apart(child, result);
	pthread_sigmask(SIG_SETMASK, &former, NULL);
	if (pid < 0)
		return fail(child->failure,
			    method == SPAWN_CLONE3 ? "clone3" : "vfork",
			    (int)-pid);
	result->pid = (pid_t)pid;
	return 0;
}

/* What is left to do when the child has run its program or given up. */
static int finish(struct spawn_result *result, struct spawn_failure *failure)
{
	if (failure->step == NULL && method == SPAWN_VFORK) {
		result->pidfd = (int)syscall(SYS_pidfd_open, result->pid, 0);
		if (result->pidfd < 0) {
			fail(failure, "pidfd_open", errno);
			kill(result->pid, SIGKILL);
		}
	}
	if (failure->step == NULL)
		return 0;
	if (result->pidfd >= 0)
		close(result->pidfd);
	if (result->verdict >= 0)
		close(result->verdict);
	reap(result->pid);
	return -1;
}

int spawn(const struct spawn_request *request, struct spawn_result *result,
	  struct spawn_failure *failure)
{
	static struct spawn_child child;
	int status = -1;

	assert(request->fd_count >= 3 && request->fd_count <= SPAWN_FD_MAX);
	assert(request->attach_count <= SPAWN_ATTACH_MAX);
	*failure = (struct spawn_failure){.step = NULL};
	child.request = request;
	child.failure = failure;
	child.has_terminal = has_terminal;
	child.parent = getpid();
	if (request->cgroup >= 0 && method != SPAWN_CLONE3)
		return fail(failure, "clone3", EOPNOTSUPP);
	if (stage_fds(request) < 0)
		fail(failure, "dup", errno);
	else if (start(&child, result) == 0)
		status = finish(result, failure);
	unstage_fds(request);
	return status;
}

int spawn_read_verdict(int verdict, struct spawn_failure *failure)
{
	ssize_t size;

	*failure = (struct spawn_failure){.step = NULL};
	do
		size = read(verdict, failure, sizeof(*failure));
	while (size < 0 && errno == EINTR);
	if (size == sizeof(*failure))
		return -1;
	return size == 0;
}

/* ---- finding out what works here ---- */

/* The child of the probe: what a real one does first, then the end. */
SPAWN_IN_CHILD static void probe_child(void *context)
{
	struct spawn_child *child = context;

	if (syscall(SYS_close_range, STAGE, ~0U, CLOSE_RANGE_UNSHARE) < 0)
		child->failure->step = "close_range";
	for (;;)
		syscall(SYS_exit_group, 0);
}

static bool clone3_works(void)
{
	struct spawn_failure failure = {.step = NULL};
	struct spawn_child child = {.failure = &failure, .shared = true};
	int pidfd = -1;
	long pid = start_by_clone3(&child, -1, &pidfd, probe_child);

	if (pid < 0)
		return false;
	close(pidfd);
	reap((pid_t)pid);
	return failure.step == NULL;
}

static bool pidfd_open_works(void)
{
	int fd = (int)syscall(SYS_pidfd_open, getpid(), 0);

	if (fd < 0)
		return false;
	close(fd);
	return true;
}

static int choose_method(struct error *error)
{
	const char *wish = getenv("REEVE_SPAWN");

	if (wish == NULL)
		method = clone3_works()	      ? SPAWN_CLONE3
			 : pidfd_open_works() ? SPAWN_VFORK
					      : SPAWN_PID;
	else if (strcmp(wish, "clone3") == 0)
		method = SPAWN_CLONE3;
	else if (strcmp(wish, "vfork") == 0)
		method = SPAWN_VFORK;
	else if (strcmp(wish, "pid") == 0)
		method = SPAWN_PID;
	else
		return error_set(error,
				 "cannot start programs by REEVE_SPAWN=%s: it "
				 "is clone3, vfork or pid",
				 wish);
	return 0;
}

static bool find_terminal(void)
{
	int fd = open("/dev/tty", O_RDONLY | O_NOCTTY | O_CLOEXEC);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

static void find_ignored_signals(void)
{
	struct sigaction action;

	ignored_signals = 0;
	for (int number = 1; number < NSIG; number++)
		if (sigaction(number, NULL, &action) == 0 &&
		    action.sa_handler == SIG_IGN)
			ignored_signals |= UINT64_C(1) << (number - 1);
}

int spawn_init(struct error *error)
{
	int fd = open("/dev/null", O_PATH | O_CLOEXEC);

	if (fd < 0)
		return error_set_errno(error, "cannot open /dev/null");
	placeholder = fcntl(fd, F_DUPFD_CLOEXEC, SPAWN_FD_RESERVED_END);
	if (placeholder < 0)
		return error_set_errno(error,
				       "cannot reserve file descriptors");
	for (int reserved = STAGE; reserved < SPAWN_FD_RESERVED_END; reserved++)
		dup3(placeholder, reserved, O_CLOEXEC);
	if (fd >= SPAWN_FD_RESERVED_END)
		close(fd);
	syscall(SYS_close_range, SPAWN_FD_RESERVED_END, ~0U,
		CLOSE_RANGE_CLOEXEC);
	find_ignored_signals();
	has_terminal = find_terminal();
	return choose_method(error);
}

enum spawn_method spawn_method(void)
{
	return method;
}
