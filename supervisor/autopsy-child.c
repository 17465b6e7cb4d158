#include "config.h"

#include "supervisor/autopsy-child.h"

#include "supervisor/backtrace.h"
#include "supervisor/core-file.h"
#include "supervisor/core-pattern.h"

#include <fcntl.h>
#include <glob.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The kernel's clock for files may be behind by so much. */
static const int64_t coarse_us = INT64_C(2) * 1000000;

/* Puts a line of a file in /proc into `text`; "" where it cannot be read. */
static void read_setting(const char *path, char *text, size_t size)
{
	FILE *file = fopen(path, "re");

	text[0] = '\0';
	if (!file)
		return;
	if (!fgets(text, (int)size, file))
		text[0] = '\0';
	fclose(file);
}

static void say(const char *text)
{
	/* A sweeper that is gone has nobody to tell. */
	if (write(STDOUT_FILENO, text, strlen(text) + 1) < 0)
		_exit(0);
}

static int64_t microseconds(const struct timespec *time)
{
	return (int64_t)time->tv_sec * 1000000 + time->tv_nsec / 1000;
}

/* Opens the file at `path` where it is the core of that run. Returns a
 * descriptor, or -1. */
static int open_core(const char *path, const struct message *request,
		     struct core_file *core)
{
	int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct stat status;

	if (fd < 0)
		return -1;
	if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode) &&
	    microseconds(&status.st_mtim) >=
		    (int64_t)request->count - coarse_us &&
	    core_file_read(fd, core) == 0 && core->pid == (pid_t)request->pid)
		return fd;
	close(fd);
	return -1;
}

/* The same for the files of a pattern; says where it lies. */
static int find_core(const char *pattern, const struct message *request,
		     struct core_file *core)
{
	glob_t found;
	int fd = -1;

	if (glob(pattern, GLOB_NOSORT, NULL, &found) != 0)
		return -1;
	for (size_t i = 0; i < found.gl_pathc && fd < 0; i++) {
		fd = open_core(found.gl_pathv[i], request, core);
		if (fd >= 0)
			say(found.gl_pathv[i]);
	}
	globfree(&found);
	return fd;
}

/* Whether the program is still the one that dumped the core. */
static bool is_unchanged(const char *program, int core)
{
	struct stat old, now;

	return program[0] == '/' && fstat(core, &old) == 0 &&
	       stat(program, &now) == 0 && S_ISREG(now.st_mode) &&
	       microseconds(&now.st_mtim) <= microseconds(&old.st_mtim);
}

/* Looks in the file that the pattern means for a process in `directory`. */
static int look_in(const char *directory, const char *pattern, bool uses_pid,
		   const struct message *request, struct core_file *core)
{
	const struct core_process process = {
		.pid = (pid_t)request->pid,
		.signal = (int)request->value,
		.directory = directory,
	};
	char text[CORE_TEXT_SIZE];

	switch (core_pattern_read(pattern, uses_pid, &process, text)) {
	case CORE_IN_FILE:
		return find_core(text, request, core);
	case CORE_HANDED:
		say(text);
		return -1;
	case CORE_NOWHERE:
		break;
	}
	return -1;
}

static void say_missing(const char *directory)
{
	char text[CORE_TEXT_SIZE];

	snprintf(text, sizeof(text),
		 "not found in %.3900s: a later one was written over it, or "
		 "the process had changed its directory",
		 directory);
	say(text);
}

/*
 * A pattern that is relative means the directory that the process was in, which
 * nobody can know any more: after the one that it was started in, those are
 * tried that daemons go to or stay in.
 */
static int look_for_core(const struct message *request, struct core_file *core)
{
	char pattern[256], uses_pid[16], folder[PATH_MAX];
	const char *const places[] = {request->text, folder, "/"};
	const size_t count = sizeof(places) / sizeof(places[0]);
	int fd = -1;

	if (!getcwd(folder, sizeof(folder)))
		folder[0] = '\0';
	read_setting("/proc/sys/kernel/core_pattern", pattern, sizeof(pattern));
	read_setting("/proc/sys/kernel/core_uses_pid", uses_pid,
		     sizeof(uses_pid));
	if (strchr("/|@", pattern[0]))
		return look_in("", pattern, uses_pid[0] == '1', request, core);
	for (size_t i = 0; i < count && fd < 0; i++)
		if (places[i][0] == '/')
			fd = look_in(places[i], pattern, uses_pid[0] == '1',
				     request, core);
	if (fd < 0)
		say_missing(request->text[0] == '/' ? request->text : folder);
	return fd;
}

/* Keeps nothing open but its own: others wait for the ends of theirs. */
static void keep_own(int socket)
{
	if (dup2(socket, STDIN_FILENO) < 0 || dup2(socket, STDOUT_FILENO) < 0)
		_exit(1);
	syscall(SYS_close_range, STDERR_FILENO + 1, ~0U, 0);
}

void autopsy_child_run(const struct message *request, int socket, pid_t parent)
{
	struct core_file core;
	char go;
	int fd;

	/* It is not to outlive its parent, which may have died by now. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(0);
	setpgid(0, 0);
	keep_own(socket);
	fd = look_for_core(request, &core);
	if (fd >= 0 && is_unchanged(core.program, fd) &&
	    backtrace_is_possible() && read(STDIN_FILENO, &go, 1) == 1)
		backtrace_execute(core.program, fd);
	_exit(0);
}
