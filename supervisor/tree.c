#include "config.h"

#include "supervisor/tree.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "supervisor/open-files.h"

/* The main process that this one is, or whose session it is in. */
static struct process *find_leader(const struct processes *processes,
				   struct process *process)
{
	struct process *leader;

	if (process->slot != PROCESS_NO_SLOT)
		return process;
	leader = processes_find(processes, process->session);
	return leader && leader->slot != PROCESS_NO_SLOT ? leader : NULL;
}

/* Settles a process and all above it, up to the first one that is known or
 * belongs to a session of a main process. Pids in a list that took a moment to
 * read can form a circle. */
static void settle(const struct processes *processes, struct process *process)
{
	struct process *main = NULL, *end = process, *at = process;

	for (size_t steps = 0; end && !end->settled && steps < processes->count;
	     steps++) {
		main = find_leader(processes, end);
		if (main)
			break;
		end = processes_find(processes, end->parent);
	}
	if (end && end->settled)
		main = end->main;
	while (at && !at->settled) {
		at->settled = true;
		at->main = main;
		at = at == end ? NULL : processes_find(processes, at->parent);
	}
}

void tree_settle(const struct processes *processes)
{
	for (size_t i = 0; i < processes->count; i++) {
		struct process *process = &processes->list[i];

		settle(processes, process);
		if (process->main)
			process->main->tree.missing++;
	}
}

/* Reads /proc/PID/io. Returns false where we may not, or it is gone. */
static bool read_io(pid_t pid, uint64_t *read_bytes, uint64_t *written_bytes)
{
	char path[32], text[256];
	ssize_t size = -1;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/io", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		size = read(fd, text, sizeof(text) - 1);
		close(fd);
	}
	if (size <= 0)
		return false;
	text[size] = '\0';
	return sscanf(text, "rchar: %" SCNu64 " wchar: %" SCNu64, read_bytes,
		      written_bytes) == 2;
}

static void add_io(struct tree_usage *usage, pid_t pid)
{
	uint64_t read_bytes, written_bytes;

	usage->io_known = read_io(pid, &read_bytes, &written_bytes);
	if (usage->io_known) {
		usage->read_bytes += read_bytes;
		usage->written_bytes += written_bytes;
	}
}

static void add(struct tree_usage *usage, const struct process *process)
{
	bool dead = process->state == 'Z' && process->threads <= 1;

	/* The supervisor reaps main processes itself. */
	if (process->state == 'Z' &&
	    (!dead || process->slot == PROCESS_NO_SLOT))
		usage->zombies++;
	usage->cpu_ticks += process->cpu_ticks;
	if (dead)
		return;
	usage->processes++;
	usage->threads += process->threads;
	usage->rss_bytes += process->rss_bytes;
	usage->open_files += open_files_count(process->pid);
	if (usage->io_known)
		add_io(usage, process->pid);
}

const struct process *tree_add(const struct process *process)
{
	struct process *main = process->main;

	if (!main)
		return NULL;
	add(&main->tree, process);
	return --main->tree.missing == 0 ? main : NULL;
}
