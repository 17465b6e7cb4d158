#include "config.h"

#include "supervisor/stray.h"

#include "supervisor/task.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* An environment larger than this is not searched to its end. */
enum { ENVIRONMENT_MAX = 4 * 1024 * 1024 };

static int open_proc(pid_t pid, const char *name)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
	return open(path, O_RDONLY | O_CLOEXEC);
}

/* Reads a file of /proc whole, with a NUL after it. The caller frees. */
static char *read_proc(pid_t pid, const char *name, size_t *length)
{
	size_t capacity = 4096;
	char *text = malloc(capacity);
	int fd = open_proc(pid, name);
	ssize_t got = -1;

	*length = 0;
	while (text != NULL && fd >= 0 &&
	       (got = read(fd, text + *length, capacity - *length - 1)) > 0) {
		char *larger;

		*length += (size_t)got;
		if (*length < capacity - 1)
			continue;
		if (capacity >= ENVIRONMENT_MAX)
			break;
		larger = realloc(text, capacity * 2);
		if (larger == NULL)
			break;
		text = larger;
		capacity *= 2;
	}
	if (fd >= 0)
		close(fd);
	if (got < 0) {
		free(text);
		return NULL;
	}
	text[*length] = '\0';
	return text;
}

/* The name stands in parentheses and may hold any of them itself. */
static void copy_name(char name[STRAY_NAME_SIZE], const char *from,
		      const char *end)
{
	size_t length = 0;

	while (from < end && length < STRAY_NAME_SIZE - 1) {
		name[length++] = isprint((unsigned char)*from) ? *from : '?';
		from++;
	}
	name[length] = '\0';
}

int stray_read(pid_t pid, struct stray *process)
{
	enum { PARENT = 4, THREADS = 20, START = 22 }; /* as in proc(5) */
	uint64_t fields[START + 1];
	char text[1024], *at;
	int fd = open_proc(pid, "stat");
	ssize_t length = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	const char *name, *end;

	if (fd >= 0)
		close(fd);
	if (length <= 0)
		return -1;
	text[length] = '\0';
	name = strchr(text, '(');
	end = strrchr(text, ')');
	if (name == NULL || end == NULL || end + 4 > text + length)
		return -1;
	at = text + (end - text) + 3;
	for (int i = PARENT; i <= START; i++)
		fields[i] = strtoull(at, &at, 10);
	process->pid = pid;
	process->state = end[2];
	process->parent = (pid_t)fields[PARENT];
	process->threads = (long)fields[THREADS];
	process->start_ticks = fields[START];
	copy_name(process->name, name + 1, end);
	return 0;
}

bool stray_descends(pid_t pid, pid_t ancestor)
{
	struct stray process;

	for (int depth = 0; depth < 64; depth++) {
		if (stray_read(pid, &process) < 0)
			return false;
		if (process.parent == ancestor)
			return true;
		pid = process.parent;
	}
	return false;
}

bool stray_is_alive(const struct stray *process)
{
	return process->state != 'X' &&
	       (process->state != 'Z' || process->threads > 1);
}

uint64_t stray_find_run(pid_t pid, const char *runtime)
{
	size_t length;
	char *text = read_proc(pid, "environ", &length);
	bool ours = false;
	uint64_t run = 0, task = 0;

	if (text == NULL)
		return 0;
	for (const char *entry = text; entry < text + length;
	     entry += strlen(entry) + 1) {
		if (strncmp(entry, "REEVE_RUN=", 10) == 0)
			run = strtoull(entry + 10, NULL, 10);
		else if (strncmp(entry, "REEVE_TASK=", 11) == 0)
			task = strtoull(entry + 11, NULL, 10);
		else if (strncmp(entry, "REEVE_RUNTIME_DIR=", 18) == 0)
			ours = strcmp(entry + 18, runtime) == 0;
	}
	free(text);
	if (!ours)
		return 0;
	/* A task that goes with a run is no part of it. */
	return task ? task | TASK_NUMBER_BIT : run;
}

/* Where there are no pidfds: a pid is not given anew so fast. */
static int signal_pid(const struct stray *process, int number)
{
	return kill(process->pid, number) == 0 || errno == ESRCH ? 0 : -1;
}

int stray_signal(const struct stray *process, int number)
{
	struct stray now;
	int status = 0;
	int fd;

	if (process->pid <= 1)
		return 0;
	fd = (int)syscall(SYS_pidfd_open, process->pid, 0);
	if (fd < 0 && errno == ESRCH)
		return 0;
	if (stray_read(process->pid, &now) == 0 &&
	    now.start_ticks == process->start_ticks) {
		if (fd < 0)
			return signal_pid(process, number);
		if (syscall(SYS_pidfd_send_signal, fd, number, NULL, 0) < 0 &&
		    errno != ESRCH)
			status = -1;
	}
	if (fd >= 0)
		close(fd);
	return status;
}
