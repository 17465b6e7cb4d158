#include "config.h"

#include "supervisor/spawn-child.h"

#include <errno.h>
#include <linux/close_range.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { SIGNAL_COUNT = 64, EXIT_FAILED = 127 };

/* The kernel's struct sigaction; all zero is SIG_DFL with nothing else. */
struct kernel_sigaction {
	unsigned long words[8];
};

SPAWN_IN_CHILD void spawn_child_fail(struct spawn_child *child,
				     const char *step, const char *object)
{
	struct spawn_failure *failure = child->failure;
	size_t length = strnlen(object, sizeof(failure->object) - 1);

	failure->error_number = errno;
	memcpy(failure->object, object, length);
	failure->object[length] = '\0';
	failure->step = step;
	if (!child->shared)
		syscall(SYS_write, 3 + child->request->fd_count, failure,
			sizeof(*failure));
	for (;;)
		syscall(SYS_exit_group, EXIT_FAILED);
}

/*
 * Leaves the child the staged descriptors, as 0, 1, 2, … . They lie in order
 * from 3 on, so none is overwritten before it was copied; the copies are not
 * close-on-exec, all others are.
 */
SPAWN_IN_CHILD static void take_fds(struct spawn_child *child)
{
	unsigned count = (unsigned)child->request->fd_count;

	if (!child->shared)
		syscall(SYS_close_range,
			3 + count + 1 + (unsigned)child->request->attach_count,
			~0U, 0);
	else if (syscall(SYS_close_range, 3 + count, ~0U, CLOSE_RANGE_UNSHARE) <
		 0)
		spawn_child_fail(child, "close_range", "");
	for (unsigned fd = 0; fd < count; fd++)
		if (syscall(SYS_dup3, 3 + fd, fd, 0) < 0)
			spawn_child_fail(child, "dup", "");
}

SPAWN_IN_CHILD static void reset_signals(struct spawn_child *child)
{
	static const struct kernel_sigaction by_default;

	for (int number = 1; number <= SIGNAL_COUNT; number++)
		if (child->reset_signals & (UINT64_C(1) << (number - 1)))
			syscall(SYS_rt_sigaction, number, &by_default, NULL,
				sizeof(uint64_t));
}

/* After the change of user, which clears it. The caller may have died before:
 * then nobody waits for an answer. */
SPAWN_IN_CHILD static void follow_parent(struct spawn_child *child)
{
	int number = child->request->parent_death_signal;

	if (number == 0)
		return;
	if (syscall(SYS_prctl, PR_SET_PDEATHSIG, number, 0, 0, 0) < 0)
		spawn_child_fail(child, "prctl", "");
	if (syscall(SYS_getppid) != child->parent)
		syscall(SYS_exit_group, EXIT_FAILED);
}

/* Tells the program its own pid, which nobody knew before. */
SPAWN_IN_CHILD static void write_pid(const struct spawn_request *request)
{
	long pid = syscall(SYS_getpid);
	long power = 1;

	while (pid / power >= 10)
		power *= 10;
	for (size_t i = 0; i < request->pid_place_count; i++) {
		char *at = request->pid_places[i];

		for (long rest = power; rest > 0; rest /= 10)
			*at++ = (char)('0' + pid / rest % 10);
		*at = '\0';
	}
}

SPAWN_IN_CHILD static const char *find_search_path(char *const *envp)
{
	for (; *envp != NULL; envp++)
		if (strncmp(*envp, "PATH=", 5) == 0)
			return *envp + 5;
	return "/bin:/usr/bin"; /* as execvp(3) */
}

/* Writes FOLDER/NAME, where the folder ends at ":" or the end; "" is the
 * current one. Returns whether it fits. */
SPAWN_IN_CHILD static bool build_path(char path[PATH_MAX], const char *folder,
				      size_t folder_length, const char *name)
{
	size_t name_length = strlen(name);

	if (folder_length + name_length + 2 > PATH_MAX)
		return false;
	memcpy(path, folder, folder_length);
	if (folder_length > 0)
		path[folder_length++] = '/';
	memcpy(path + folder_length, name, name_length + 1);
	return true;
}

/* Whether execvp(3) goes on looking after this errno. */
SPAWN_IN_CHILD static bool search_goes_on(int number)
{
	return number == EACCES || number == ENOENT || number == ENOTDIR ||
	       number == ESTALE || number == ENODEV || number == ETIMEDOUT;
}

SPAWN_IN_CHILD static void search(struct spawn_child *child)
{
	char *const *argv = child->request->argv;
	char *const *envp = child->request->envp;
	const char *folder = find_search_path(envp);
	bool denied = false;

	for (;;) {
		const char *end = strchrnul(folder, ':');

		if (build_path(child->path, folder, (size_t)(end - folder),
			       argv[0])) {
			syscall(SYS_execve, child->path, argv, envp);
			if (!search_goes_on(errno))
				spawn_child_fail(child, "execve", child->path);
			denied = denied || errno == EACCES;
		}
		if (*end == '\0')
			break;
		folder = end + 1;
	}
	errno = denied ? EACCES : ENOENT;
}

SPAWN_IN_CHILD void spawn_child_run(void *context)
{
	struct spawn_child *child = context;
	const struct spawn_request *request = child->request;
	const char *name = request->argv[0];
	uint64_t no_signals = 0;

	take_fds(child);
	reset_signals(child);
	spawn_child_set_up(child);
	follow_parent(child);
	write_pid(request);
	syscall(SYS_rt_sigprocmask, SIG_SETMASK, &no_signals, NULL,
		sizeof(no_signals));
	errno = ENOENT;
	if (strchr(name, '/') != NULL)
		syscall(SYS_execve, name, request->argv, request->envp);
	else if (name[0] != '\0')
		search(child);
	spawn_child_fail(child, "execve", name);
}
