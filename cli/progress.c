#include "config.h"

#include "cli/progress.h"

#include "base/clock.h"
#include "cli/instance.h"
#include "live/snapshot.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { SECOND_NS = 1000000000 };

/* How often the line is written. */
static const int64_t interval_ns = SECOND_NS / 5;

static uint64_t highest_run(const struct live_table *table)
{
	struct live_worker worker;
	uint64_t highest = 0;

	for (uint32_t i = 0; i < live_table_capacity(table); i++)
		if (live_table_get_worker(table, i, &worker) &&
		    worker.run > highest)
			highest = worker.run;
	return highest;
}

void progress_begin(struct progress *progress,
		    const struct found_instance *found, const char *doing,
		    char *const *names, size_t name_count,
		    progress_there_fn *there)
{
	struct error ignored;

	*progress = (struct progress){
		.doing = doing,
		.names = names,
		.name_count = name_count,
		.there = there,
		.show_at_ns = clock_monotonic_ns() + SECOND_NS,
	};
	instance_path(found, "live", progress->path);
	if (!there || !isatty(STDERR_FILENO))
		return;
	progress->table = live_table_open(progress->path, &ignored);
	if (progress->table)
		progress->since_run = highest_run(progress->table);
}

/* Counts the workers that are named, and those that are there. */
static bool count(const struct progress *progress, size_t *all, size_t *there)
{
	struct snapshot_choice choice = {
		.names = (const char *const *)progress->names,
		.name_count = progress->name_count,
	};
	struct snapshot snapshot;
	struct error ignored;

	if (snapshot_take(&snapshot, progress->table, &choice, &ignored) < 0)
		return false;
	*all = *there = 0;
	for (size_t i = 0; i < snapshot.pool_count; i++) {
		const struct snapshot_pool *pool = &snapshot.pools[i];

		for (size_t j = 0; j < pool->worker_count; j++)
			*there += progress->there(&pool->workers[j].worker,
						  progress->since_run);
		*all += pool->worker_count;
	}
	snapshot_release(&snapshot);
	return true;
}

/* A reload or a change of scale may have put a new table into place. */
static void follow_table(struct progress *progress)
{
	struct live_table *table;
	struct error ignored;

	if (!live_table_is_superseded(progress->table))
		return;
	table = live_table_open(progress->path, &ignored);
	if (!table)
		return;
	live_table_close(progress->table);
	progress->table = table;
}

void progress_tick(void *context)
{
	struct progress *progress = context;
	int64_t now_ns = clock_monotonic_ns();
	size_t all, there;

	if (!progress->table || now_ns < progress->show_at_ns)
		return;
	progress->show_at_ns = now_ns + interval_ns;
	follow_table(progress);
	if (!count(progress, &all, &there))
		return;
	fprintf(stderr, "\r\033[K%s", progress->doing);
	for (size_t i = 0; i < progress->name_count && i < 4; i++)
		fprintf(stderr, "%s %s", i ? "," : "", progress->names[i]);
	fprintf(stderr, "%s: %zu of %zu workers",
		progress->name_count > 4 ? " …" : "", there, all);
	fflush(stderr);
	progress->shown = true;
}

void progress_wipe(struct progress *progress)
{
	if (progress->shown)
		fputs("\r\033[K", stderr);
	progress->shown = false;
}

void progress_end(struct progress *progress)
{
	progress_wipe(progress);
	live_table_close(progress->table);
	progress->table = NULL;
}
