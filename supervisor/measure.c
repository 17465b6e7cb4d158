#include "config.h"

#include "supervisor/measure.h"

#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "supervisor/open-files.h"

enum { SECOND_NS = 1000000000 };

/* Clocks at the moment of a measurement. */
struct moment {
	int64_t real_us;
	int64_t mono_ns;
	int64_t boot_ns; /* CLOCK_BOOTTIME, which /proc counts starts in */
	int64_t tick_ns;
};

static struct moment moment_now(void)
{
	struct timespec boot;

	clock_gettime(CLOCK_BOOTTIME, &boot);
	return (struct moment){
		.real_us = clock_real_us(),
		.mono_ns = clock_monotonic_ns(),
		.boot_ns = (int64_t)boot.tv_sec * SECOND_NS + boot.tv_nsec,
		.tick_ns = SECOND_NS / sysconf(_SC_CLK_TCK),
	};
}

/*
 * Whether `process` is the worker's current run, and not one that got its pid
 * later. The first time it must have started when the run did; a machine that
 * slept since then only makes it look earlier.
 */
static bool is_run(const struct process *process,
		   const struct live_worker *worker,
		   const struct live_usage *former, const struct moment *now)
{
	int64_t started_ns = (int64_t)process->start_ticks * now->tick_ns;
	int64_t spawned_ns =
		worker->started_mono_ns + now->boot_ns - now->mono_ns;

	if (former->run == worker->run)
		return former->start_ticks == process->start_ticks;
	return started_ns <= spawned_ns + SECOND_NS;
}

/* Notes with each process whose main process it is. */
static void find_workers(const struct live_table *table,
			 const struct processes *processes,
			 const struct moment *now)
{
	uint32_t capacity = live_table_capacity(table);

	for (uint32_t slot = 0; slot < capacity; slot++) {
		struct live_worker worker;
		struct live_usage former = {0};
		struct process *process;

		if (!live_table_get_worker(table, slot, &worker) ||
		    worker.pid <= 0 || worker.run == 0)
			continue;
		process = processes_find(processes, (pid_t)worker.pid);
		if (!process)
			continue;
		live_table_get_usage(table, slot, &former);
		if (is_run(process, &worker, &former, now)) {
			process->slot = slot;
			process->run = worker.run;
		}
	}
}

/* Counts each dead process for the worker that it is below of. */
static void count_zombies(const struct processes *processes)
{
	for (size_t i = 0; i < processes->count; i++) {
		struct process *process = &processes->list[i];

		if (process->state != 'Z' || process->slot != PROCESS_NO_SLOT)
			continue;
		/* Pids in a list that took a moment to read can form a
		 * circle. */
		for (size_t steps = 0; process && steps < processes->count &&
				       process->slot == PROCESS_NO_SLOT;
		     steps++)
			process = processes_find(processes, process->parent);
		if (process && process->slot != PROCESS_NO_SLOT)
			process->zombies++;
	}
}

/*
 * CPU used since the former measurement; for the first one since the start. A
 * short time is taken for a tenth of a second: CPU time comes in ticks.
 */
static uint32_t cpu_permille(const struct process *process,
			     const struct live_usage *former, uint64_t cpu_ns,
			     const struct moment *now)
{
	int64_t elapsed_ns, used_ns;

	if (former->run == process->run) {
		elapsed_ns = now->mono_ns - former->sampled_mono_ns;
		used_ns = (int64_t)(cpu_ns - former->cpu_ns);
	} else {
		elapsed_ns = now->boot_ns -
			     (int64_t)process->start_ticks * now->tick_ns;
		used_ns = (int64_t)cpu_ns;
	}
	if (elapsed_ns < SECOND_NS / 10)
		elapsed_ns = SECOND_NS / 10;
	return used_ns > 0 ? (uint32_t)(used_ns / (elapsed_ns / 1000)) : 0;
}

static void publish(struct live_table *table, const struct process *process,
		    const struct moment *now)
{
	uint64_t cpu_ns = process->cpu_ticks * (uint64_t)now->tick_ns;
	struct live_usage former = {0};
	struct live_usage usage = {
		.run = process->run,
		.sampled_at_us = now->real_us,
		.sampled_mono_ns = now->mono_ns,
		.start_ticks = process->start_ticks,
		.threads = process->threads,
		.open_files = open_files_count(process->pid),
		.zombies = process->zombies,
		.processor = process->processor,
		.process_state = process->state,
		.rss_bytes = process->rss_bytes,
		.cpu_ns = cpu_ns,
		.run_samples = 1,
	};

	live_table_get_usage(table, process->slot, &former);
	usage.cpu_permille = cpu_permille(process, &former, cpu_ns, now);
	if (former.run == process->run)
		usage.run_samples += former.run_samples;
	live_table_set_usage(table, process->slot, &usage);
}

int measure_workers(struct live_table *table, struct processes *processes,
		    struct error *error)
{
	struct moment now;

	if (processes_read(processes, error) < 0)
		return -1;
	/* Later than the start of whatever was read. */
	now = moment_now();
	find_workers(table, processes, &now);
	count_zombies(processes);
	for (size_t i = 0; i < processes->count; i++) {
		if (processes->list[i].slot != PROCESS_NO_SLOT)
			publish(table, &processes->list[i], &now);
	}
	return 0;
}
