#include "config.h"

#include "tui/tree.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Reads a file of /proc; returns how many bytes, and puts a NUL behind them. */
static size_t read_file(const char *path, char *out, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t got = fd >= 0 ? read(fd, out, size - 1) : -1;

	if (fd >= 0)
		close(fd);
	out[got > 0 ? got : 0] = '\0';
	return got > 0 ? (size_t)got : 0;
}

/* The words of the command line, a blank between two; of a process without
 * one, its name in brackets. */
static void read_command(struct tree_process *process, const char *name)
{
	char path[64];
	size_t size;

	snprintf(path, sizeof(path), "/proc/%ld/cmdline", (long)process->pid);
	size = read_file(path, process->command, sizeof(process->command));
	for (size_t i = 0; i + 1 < size; i++)
		if (process->command[i] == '\0')
			process->command[i] = ' ';
	if (size == 0)
		snprintf(process->command, sizeof(process->command), "[%s]",
			 name);
}

/* Fills the members from /proc/PID/stat, proc_pid_stat(5). Returns 0, or -1
 * when the process is gone. */
static int read_process(struct tree_process *process)
{
	char path[64];
	char text[1024];
	char *name;
	char *rest;
	unsigned long user, system;
	long threads, rss;

	snprintf(path, sizeof(path), "/proc/%ld/stat", (long)process->pid);
	if (read_file(path, text, sizeof(text)) == 0)
		return -1;
	name = strchr(text, '(');
	rest = strrchr(text, ')'); /* the name may have parentheses */
	if (!name || !rest ||
	    sscanf(rest + 1,
		   " %c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu %*d "
		   "%*d %*d %*d %ld %*d %*u %*u %ld",
		   &process->state, &user, &system, &threads, &rss) != 5)
		return -1;
	*rest = '\0';
	process->cpu_ticks = user + system;
	process->threads = threads;
	process->rss_pages = rss;
	read_command(process, name + 1);
	return 0;
}

static size_t add(pid_t pid, int depth, struct tree_process *out, size_t count);

/* Adds the children of one thread, proc_tid_children(5). */
static size_t add_children(pid_t pid, const char *thread, int depth,
			   struct tree_process *out, size_t count)
{
	char path[300];
	char text[8192];
	char *rest = text;

	snprintf(path, sizeof(path), "/proc/%ld/task/%s/children", (long)pid,
		 thread);
	read_file(path, text, sizeof(text));
	for (;;) {
		char *end;
		long child = strtol(rest, &end, 10);

		if (end == rest || child <= 0)
			return count;
		rest = end;
		count = add((pid_t)child, depth, out, count);
	}
}

/* Adds a process and what descends from it. Returns the new count. */
static size_t add(pid_t pid, int depth, struct tree_process *out, size_t count)
{
	enum { DEPTH_MAXIMUM = 32 };
	char path[64];
	struct dirent *entry;
	DIR *threads;

	if (count == TREE_MAXIMUM || depth > DEPTH_MAXIMUM)
		return count;
	out[count] = (struct tree_process){.pid = pid, .depth = depth};
	if (read_process(&out[count]) < 0)
		return count;
	count++;
	snprintf(path, sizeof(path), "/proc/%ld/task", (long)pid);
	threads = opendir(path);
	while (threads && (entry = readdir(threads)))
		if (entry->d_name[0] != '.')
			count = add_children(pid, entry->d_name, depth + 1, out,
					     count);
	if (threads)
		closedir(threads);
	return count;
}

size_t tree_read(pid_t pid, struct tree_process *out)
{
	return pid > 0 ? add(pid, 0, out, 0) : 0;
}
