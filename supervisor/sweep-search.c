#include "config.h"

#include "supervisor/sweep.h"

#include <ctype.h>
#include <dirent.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

/* What grows faster than it can be stopped is killed all the same then. */
enum { STOP_SEARCHES_MAX = 20 };

/* No chain of parents is followed further. */
enum { PARENTS_MAX = 1000 };

/* A process, with what its environment says. */
struct entry {
	struct stray process;
	uint64_t run; /* 0: of no worker of this instance */
	bool below_supervisor;
};

struct census {
	struct entry *entries; /* by pid */
	size_t count;
};

static int compare_pids(const void *left, const void *right)
{
	const struct entry *a = left, *b = right;

	return (a->process.pid > b->process.pid) -
	       (a->process.pid < b->process.pid);
}

static struct entry *census_find(const struct census *census, pid_t pid)
{
	struct entry key = {.process = {.pid = pid}};

	if (census->count == 0)
		return NULL;
	return bsearch(&key, census->entries, census->count, sizeof(key),
		       compare_pids);
}

static struct entry *census_add(struct census *census, size_t *capacity)
{
	if (census->count == *capacity) {
		size_t larger = *capacity == 0 ? 512 : *capacity * 2;
		struct entry *entries =
			realloc(census->entries, larger * sizeof(*entries));

		if (entries == NULL)
			return NULL;
		census->entries = entries;
		*capacity = larger;
	}
	return &census->entries[census->count];
}

/* Reads all processes. One that starts meanwhile is found next time. */
static void census_take(struct census *census, const char *runtime)
{
	DIR *stream = opendir("/proc");
	const struct dirent *found;
	size_t capacity = 0;

	*census = (struct census){.count = 0};
	if (stream == NULL)
		return;
	while ((found = readdir(stream)) != NULL) {
		pid_t pid = (pid_t)strtol(found->d_name, NULL, 10);
		struct entry *entry;

		if (!isdigit((unsigned char)found->d_name[0]) || pid <= 1)
			continue;
		entry = census_add(census, &capacity);
		if (entry == NULL)
			break;
		if (stray_read(pid, &entry->process) < 0)
			continue;
		entry->run = stray_find_run(pid, runtime);
		census->count++;
	}
	closedir(stream);
	if (census->count > 0)
		qsort(census->entries, census->count, sizeof(*census->entries),
		      compare_pids);
}

/*
 * Settles for each process whose it is: what its environment does not say, the
 * nearest ancestor does that it was said of. The supervisor's own children are
 * the end of a chain.
 */
static uint64_t find_run(const struct census *census, pid_t supervisor,
			 struct entry *entry)
{
	struct entry *above = entry;

	for (int i = 0; above != NULL && i < PARENTS_MAX; i++) {
		if (above->process.pid == supervisor)
			return 0;
		if (above->run != 0)
			return above->run;
		above = census_find(census, above->process.parent);
	}
	return 0;
}

static bool is_below(const struct census *census, pid_t ancestor,
		     const struct entry *entry)
{
	for (int i = 0; entry != NULL && i < PARENTS_MAX; i++) {
		if (entry->process.pid == ancestor)
			return true;
		entry = census_find(census, entry->process.parent);
	}
	return false;
}

/* The main processes of runs are known by their pid too: a program may
 * overwrite its environment. */
static void mark_main_processes(const struct sweeper *sweeper,
				const struct census *census)
{
	for (const struct sweep *sweep = sweeper->sweeps; sweep != NULL;
	     sweep = sweep->next) {
		struct entry *entry = sweep->pid == 0
					      ? NULL
					      : census_find(census, sweep->pid);

		if (entry != NULL && entry->run == 0 &&
		    entry->process.parent == sweeper->supervisor)
			entry->run = sweep->run;
	}
}

static void census_settle(const struct sweeper *sweeper,
			  const struct census *census)
{
	mark_main_processes(sweeper, census);
	for (size_t i = 0; i < census->count; i++) {
		struct entry *entry = &census->entries[i];

		entry->below_supervisor =
			is_below(census, sweeper->supervisor, entry);
		entry->run = find_run(census, sweeper->supervisor, entry);
	}
}

/*
 * Whether `entry` is what `sweep` is about. All runs of the instance are those
 * of a supervisor before this one: its own children are spared.
 */
static bool is_left(const struct sweeper *sweeper, const struct sweep *sweep,
		    const struct entry *entry)
{
	pid_t pid = entry->process.pid;

	if (entry->run == 0 || !stray_is_alive(&entry->process) ||
	    pid == getpid() || pid == sweeper->supervisor ||
	    sweep_spares(sweep, &entry->process))
		return false;
	return sweep->run == 0 ? !entry->below_supervisor
			       : entry->run == sweep->run;
}

/* A number that changes when one process is added or goes. */
static uint64_t mark_of(const struct stray *process)
{
	uint64_t mark = process->start_ticks * UINT64_C(4194304) +
			(uint64_t)process->pid;

	mark ^= mark >> 29;
	return mark * UINT64_C(0x9e3779b97f4a7c15);
}

static void search_for(const struct sweeper *sweeper, struct sweep *sweep,
		       const struct census *census)
{
	uint64_t mark = 0;
	bool kill_them;

	for (size_t i = 0; i < census->count; i++)
		if (is_left(sweeper, sweep, &census->entries[i]))
			mark += mark_of(&census->entries[i].process);
	if (mark == 0) {
		sweep->done = true;
		return;
	}
	kill_them = mark == sweep->found_mark ||
		    ++sweep->searches > STOP_SEARCHES_MAX;
	sweep->found_mark = mark;
	for (size_t i = 0; i < census->count; i++) {
		const struct entry *entry = &census->entries[i];

		if (!is_left(sweeper, sweep, entry))
			continue;
		if (kill_them)
			sweep_kill(sweep, &entry->process);
		else
			stray_signal(&entry->process, SIGSTOP);
	}
}

void sweep_search(const struct sweeper *sweeper, int64_t now_ns)
{
	struct census census;

	census_take(&census, sweeper->runtime);
	census_settle(sweeper, &census);
	for (struct sweep *sweep = sweeper->sweeps; sweep != NULL;
	     sweep = sweep->next)
		if (!sweep->done && sweep->look_at_ns <= now_ns &&
		    (sweep->cgroup[0] == '\0' || sweep->cgroup_done))
			search_for(sweeper, sweep, &census);
	free(census.entries);
}

void sweep_visit_run(const struct sweeper *sweeper, uint64_t run, pid_t pid,
		     sweep_visit_fn *visit, void *context)
{
	struct census census;
	struct entry *main_process;

	census_take(&census, sweeper->runtime);
	main_process = census_find(&census, pid);
	if (main_process != NULL &&
	    main_process->process.parent == sweeper->supervisor)
		main_process->run = run;
	census_settle(sweeper, &census);
	for (size_t i = 0; i < census.count; i++)
		if (census.entries[i].run == run)
			visit(context, &census.entries[i].process);
	free(census.entries);
}
