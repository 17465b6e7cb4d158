#include "config.h"

#include "supervisor/busy.h"

#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"

/* A wait is counted when it ends, so one may be missing for so long. */
static const int64_t longest_wait_ns = 100000000;

/* What a sleep counts as. One that works a little and then sleeps would else
 * seem busy on a crowded CPU, where its work is nearly all waiting. */
static const int64_t sleep_ns = 20000000;

/* What of the time a thread has to want a CPU, in percent. */
enum { BUSY_PERCENT = 95 };

/* Reads a short file of /proc. Returns false when it is gone. */
static bool read_file(const char *path, char *text, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t length = -1;

	if (fd >= 0) {
		length = read(fd, text, size - 1);
		close(fd);
	}
	text[length > 0 ? length : 0] = '\0';
	return length > 0;
}

/* Notes how often the thread has slept: its voluntary switches to others, as in
 * proc_pid_status(5). Returns false when it is gone. */
static bool read_sleeps(struct live_busy *busy)
{
	char path[40], text[4096];
	const char *line;

	snprintf(path, sizeof(path), "/proc/%d/status", busy->thread);
	if (!read_file(path, text, sizeof(text)))
		return false;
	line = strstr(text, "\nvoluntary_ctxt_switches:");
	return line && sscanf(line, "\nvoluntary_ctxt_switches: %" SCNu64,
			      &busy->sleeps) == 1;
}

/* Notes what the thread wanted until now. Returns false when it is gone, or the
 * kernel does not say. */
static bool read_wanted(struct live_busy *busy)
{
	char path[40], text[96];
	uint64_t used_ns, waited_ns;

	if (!read_sleeps(busy))
		return false;
	snprintf(path, sizeof(path), "/proc/%d/schedstat", busy->thread);
	if (!read_file(path, text, sizeof(text)) ||
	    sscanf(text, "%" SCNu64 " %" SCNu64, &used_ns, &waited_ns) != 2)
		return false;
	busy->wanted_ns = used_ns + waited_ns;
	busy->read_mono_ns = clock_monotonic_ns();
	return busy->wanted_ns > 0;
}

/* Whether it has gone on as a busy thread does. */
static bool goes_on(struct live_busy *busy, const struct live_busy *former)
{
	int64_t elapsed_ns;

	if (busy->thread == 0 || !read_wanted(busy) ||
	    busy->wanted_ns < former->wanted_ns)
		return false;
	elapsed_ns = busy->read_mono_ns - former->read_mono_ns;
	busy->lacking_ns += elapsed_ns / 100 * BUSY_PERCENT -
			    (int64_t)(busy->wanted_ns - former->wanted_ns) +
			    (int64_t)(busy->sleeps - former->sleeps) * sleep_ns;
	if (busy->lacking_ns < 0)
		busy->lacking_ns = 0;
	return busy->lacking_ns <= longest_wait_ns;
}

/* ---- choosing ---- */

/* The thread that comes after the one that was followed, in the order of their
 * ids, as in a circle. */
struct choice {
	int32_t former;
	int32_t first; /* of all; 0: none yet */
	int32_t next; /* of those after `former`; 0: none */
};

static void consider(struct choice *choice, int32_t thread)
{
	if (choice->first == 0 || thread < choice->first)
		choice->first = thread;
	if (thread > choice->former &&
	    (choice->next == 0 || thread < choice->next))
		choice->next = thread;
}

static bool runs(pid_t pid, int32_t thread)
{
	char path[64], text[256];
	const char *name_end;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/stat", (int)pid, thread);
	if (!read_file(path, text, sizeof(text)))
		return false;
	name_end = strrchr(text, ')');
	return name_end && !strncmp(name_end, ") R", 3);
}

static void consider_threads(struct choice *choice, pid_t pid)
{
	const struct dirent *entry;
	char path[32];
	DIR *folder;

	snprintf(path, sizeof(path), "/proc/%d/task", (int)pid);
	folder = opendir(path);
	while (folder && (entry = readdir(folder))) {
		int32_t thread = (int32_t)strtol(entry->d_name, NULL, 10);

		if (thread > 0 && runs(pid, thread))
			consider(choice, thread);
	}
	if (folder)
		closedir(folder);
}

static int32_t choose(const struct processes *processes,
		      const struct process *main, int32_t former)
{
	struct choice choice = {.former = former};

	for (size_t i = 0; i < processes->count; i++) {
		const struct process *process = &processes->list[i];

		if (process->main != main)
			continue;
		if (process->threads > 1)
			consider_threads(&choice, process->pid);
		else if (process->state == 'R')
			consider(&choice, process->pid);
	}
	return choice.next ? choice.next : choice.first;
}

struct live_busy busy_follow(const struct processes *processes,
			     const struct process *main,
			     const struct live_busy *former)
{
	struct live_busy busy = *former;

	busy.lasts = goes_on(&busy, former);
	if (busy.lasts)
		return busy;
	busy = (struct live_busy){
		.thread = choose(processes, main, former->thread),
	};
	if (busy.thread == 0 || !read_wanted(&busy))
		return (struct live_busy){0};
	return busy;
}
