#include "config.h"

#include "supervisor/sweep.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* How deep cgroups below a worker's are looked into. */
enum { DEPTH_MAX = 16 };

static FILE *open_members(int folder)
{
	int fd = openat(folder, "cgroup.procs", O_RDONLY | O_CLOEXEC);
	FILE *file = fd < 0 ? NULL : fdopen(fd, "r");

	if (file == NULL && fd >= 0)
		close(fd);
	return file;
}

/* Reads the next member that is still there; false at the end. */
static bool next_member(FILE *file, struct stray *process)
{
	char line[32];

	while (fgets(line, sizeof(line), file) != NULL) {
		long pid = strtol(line, NULL, 10);

		if (pid > 1 && stray_read((pid_t)pid, process) == 0)
			return true;
	}
	return false;
}

/* Calls `member` for each process in one cgroup. */
static void visit_members(int folder, sweep_visit_fn *visit, void *context)
{
	FILE *file = open_members(folder);
	struct stray process;

	if (file == NULL)
		return;
	while (next_member(file, &process))
		visit(context, &process);
	fclose(file);
}

/* The same for a cgroup and all below it. */
static void visit_tree(int folder, sweep_visit_fn *visit, void *context,
		       int depth)
{
	int copy = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *stream = copy < 0 ? NULL : fdopendir(copy);
	const struct dirent *entry;

	visit_members(folder, visit, context);
	if (stream == NULL) {
		if (copy >= 0)
			close(copy);
		return;
	}
	while (depth < DEPTH_MAX && (entry = readdir(stream)) != NULL) {
		int below;

		if (entry->d_type != DT_DIR || entry->d_name[0] == '.')
			continue;
		below = openat(copy, entry->d_name,
			       O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (below < 0)
			continue;
		visit_tree(below, visit, context, depth + 1);
		close(below);
	}
	closedir(stream);
}

void sweep_visit_cgroup(const char *path, sweep_visit_fn *visit, void *context)
{
	int folder = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (folder < 0)
		return;
	visit_tree(folder, visit, context, 0);
	close(folder);
}

static void kill_member(void *sweep, const struct stray *process)
{
	sweep_kill(sweep, process);
}

static void note_member(void *sweep, const struct stray *process)
{
	sweep_note(sweep, process);
}

/* cgroup.kill is there from Linux 5.14 on; before it, one by one. */
static void kill_members(int folder, struct sweep *sweep)
{
	int fd = openat(folder, "cgroup.kill", O_WRONLY | O_CLOEXEC);

	visit_tree(folder, fd < 0 ? kill_member : note_member, sweep, 0);
	if (fd < 0)
		return;
	if (write(fd, "1", 1) < 0)
		visit_tree(folder, kill_member, sweep, 0);
	close(fd);
}

/*
 * Whether the main process of a later run is in the cgroup. Then this sweep is
 * one that was answered before and asked for again: the run that it is about
 * is gone.
 */
static bool has_later_run(const struct sweeper *sweeper, int folder,
			  uint64_t run)
{
	FILE *file = open_members(folder);
	struct stray process;
	bool later = false;

	if (file == NULL)
		return false;
	while (!later && next_member(file, &process))
		later = process.parent == sweeper->supervisor &&
			stray_find_run(process.pid, sweeper->runtime) > run;
	fclose(file);
	return later;
}

/* Returns whether the cgroup is as good as new. */
static bool renew(int folder, const struct sweep *sweep)
{
	cgroup_folder_clear(folder);
	if (sweep->run == 0)
		return true;
	return (rmdir(sweep->cgroup) == 0 || errno == ENOENT) &&
	       mkdir(sweep->cgroup, 0755) == 0;
}

void sweep_cgroup(const struct sweeper *sweeper, struct sweep *sweep)
{
	int folder = open(sweep->cgroup, O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (folder < 0) {
		sweep->cgroup_done = true;
		return;
	}
	if (sweep->run != 0 && has_later_run(sweeper, folder, sweep->run)) {
		sweep->cgroup_done = sweep->done = true;
	} else if (cgroup_folder_is_populated(folder, ".")) {
		kill_members(folder, sweep);
	} else if (renew(folder, sweep)) {
		sweep->cgroup_done = true;
	}
	close(folder);
}
