#include "config.h"

#include "supervisor/measure.h"

#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/cpulist.h"
#include "supervisor/busy.h"
#include "supervisor/tree.h"

enum { SECOND_NS = 1000000000 };

/* Clocks at the moment of a measurement. */
struct moment {
	int64_t real_us;
	int64_t mono_ns;
	int64_t boot_ns; /* CLOCK_BOOTTIME, which /proc counts starts in */
	int64_t tick_ns;
};

/* One measurement. Workers that are next to each other are mostly of one pool
 * and may run on the same CPUs: what was found for the last one is kept. */
struct pass {
	struct live_table *table;
	struct moment now;
	const struct measure_calls *calls;
	const struct processes *processes;
	uint32_t pool_number; /* of `pool`; LIVE_NO_POOL: none yet */
	struct live_pool pool;
	cpu_set_t cpus;
	char cpus_text[sizeof(((struct live_usage *)NULL)->cpus)];
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

static const struct live_pool *get_pool(struct pass *pass, uint32_t number)
{
	if (number != pass->pool_number) {
		live_table_get_pool(pass->table, number, &pass->pool);
		pass->pool_number = number;
	}
	return &pass->pool;
}

/* Whether I/O counts for the progress of a worker: it costs a file more for
 * each process. */
static bool asks_for_io(struct pass *pass, uint32_t number)
{
	const struct live_pool *pool = get_pool(pass, number);

	return pool->progress_ns > 0 || pool->idle_ns > 0;
}

/* Notes with each process whose main process it is. */
static void find_workers(struct pass *pass, const struct processes *processes)
{
	const struct live_table *table = pass->table;
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
		if (is_run(process, &worker, &former, &pass->now)) {
			process->slot = slot;
			process->run = worker.run;
			process->pool = worker.pool;
			process->tree.io_known = asks_for_io(pass, worker.pool);
		}
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

static struct live_usage usage_of(const struct process *process,
				  const struct live_usage *former,
				  const struct moment *now)
{
	const struct tree_usage *tree = &process->tree;
	struct live_usage usage = {
		.run = process->run,
		.sampled_at_us = now->real_us,
		.sampled_mono_ns = now->mono_ns,
		.start_ticks = process->start_ticks,
		.processes = tree->processes,
		.threads = tree->threads,
		.open_files = tree->open_files,
		.zombies = tree->zombies,
		.processor = process->processor,
		.process_state = process->state,
		.rss_bytes = tree->rss_bytes,
		.cpu_ns = tree->cpu_ticks * (uint64_t)now->tick_ns,
		.run_samples = 1,
		.io_known = tree->io_known,
	};

	if (tree->io_known) {
		usage.io_bytes = tree->read_bytes + tree->written_bytes;
		usage.written_bytes = tree->written_bytes;
	}
	usage.cpu_permille = cpu_permille(process, former, usage.cpu_ns, now);
	if (former->run == process->run)
		usage.run_samples += former->run_samples;
	return usage;
}

/* The CPUs that a process may run on, in words. NULL when it is gone. */
static const char *read_cpus(struct pass *pass, pid_t pid)
{
	cpu_set_t cpus;

	if (sched_getaffinity(pid, sizeof(cpus), &cpus) < 0)
		return NULL;
	if (!CPU_EQUAL(&cpus, &pass->cpus)) {
		pass->cpus = cpus;
		cpulist_write(&cpus, pass->cpus_text, sizeof(pass->cpus_text));
	}
	return pass->cpus_text;
}

/*
 * Where the process may run, and whether that is its own choice: two
 * measurements in a row have to find it elsewhere than it was put, as CPUs may
 * be taken from all processes at once and each is placed anew only then.
 */
static void look_at_cpus(struct pass *pass, const struct process *process,
			 const struct live_usage *former,
			 struct live_usage *usage)
{
	const char *cpus = read_cpus(pass, process->pid);
	struct live_worker worker;

	if (!cpus ||
	    !live_table_get_worker(pass->table, process->slot, &worker))
		return;
	memcpy(usage->cpus, cpus, sizeof(usage->cpus));
	usage->cpus_changed = worker.run == process->run && worker.cpus[0] &&
			      strcmp(worker.cpus, usage->cpus) != 0 &&
			      former->run == process->run &&
			      strcmp(former->cpus, usage->cpus) == 0;
}

/* Once for each choice: the supervisor may know better of one. */
static void tell_choice(const struct pass *pass, const struct process *process,
			struct live_usage *usage)
{
	struct verdict verdict = {.cause = CAUSE_NONE, .run = usage->run};

	if (!usage->cpus_changed)
		usage->told &= ~(uint32_t)TOLD_CHOSEN;
	if (!usage->cpus_changed || usage->told & TOLD_CHOSEN)
		return;
	snprintf(verdict.text, sizeof(verdict.text), "%s", usage->cpus);
	if (pass->calls->tell(pass->table, process->slot, &verdict,
			      pass->calls->context))
		usage->told |= TOLD_CHOSEN;
}

/* Whether it is worth while to look for a thread that wants a whole CPU. */
static bool may_be_busy(const struct live_pool *pool,
			const struct live_usage *former,
			const struct live_usage *usage)
{
	return pool->progress_ns > 0 && judge_is_silent(former, usage) &&
	       (usage->cpu_ns > former->cpu_ns || former->busy.thread != 0);
}

/* Publishes one worker's usage and tells what is wrong with it. */
static void publish(struct pass *pass, const struct process *process)
{
	const struct measure_calls *calls = pass->calls;
	const struct live_pool *pool = get_pool(pass, process->pool);
	struct live_table *table = pass->table;
	struct verdict verdicts[VERDICTS_MAX];
	struct live_usage former = {0}, usage;
	size_t count;

	live_table_get_usage(table, process->slot, &former);
	usage = usage_of(process, &former, &pass->now);
	look_at_cpus(pass, process, &former, &usage);
	if (may_be_busy(pool, &former, &usage))
		usage.busy =
			busy_follow(pass->processes, process, &former.busy);
	usage.connected =
		pool->idle_ns > 0 && judge_is_still(&former, &usage) &&
		calls->is_connected(pool, process->slot, calls->context);
	count = judge(pool, &former, &usage, verdicts);
	for (size_t i = 0; i < count; i++) {
		if (calls->tell(table, process->slot, &verdicts[i],
				calls->context))
			verdict_told(&verdicts[i], &usage);
	}
	tell_choice(pass, process, &usage);
	live_table_set_usage(table, process->slot, &usage);
}

int measure_workers(struct live_table *table, struct processes *processes,
		    const struct measure_calls *calls, struct error *error)
{
	struct pass pass = {
		.table = table,
		.calls = calls,
		.processes = processes,
		.pool_number = LIVE_NO_POOL,
	};

	if (processes_read(processes, error) < 0)
		return -1;
	/* Later than the start of whatever was read. */
	pass.now = moment_now();
	find_workers(&pass, processes);
	tree_settle(processes);
	for (size_t i = 0; i < processes->count; i++) {
		const struct process *main = tree_add(&processes->list[i]);

		if (main)
			publish(&pass, main);
	}
	return 0;
}
