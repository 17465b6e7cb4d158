#include "config.h"

#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "live/table.h"
#include "store/event.h"
#include "store/journal.h"
#include "supervisor/connections.h"
#include "supervisor/helper.h"
#include "supervisor/measure.h"
#include "supervisor/message.h"

/*
 * reeve-sampler: measures all workers at the instance's sample_interval into
 * the live table, and every ten seconds writes the mean of each run since then
 * into its journal, for the history.
 */

enum {
	SECOND_NS = 1000000000,
	SEGMENT_SIZE = 256 * 1024,
	MAX_SEGMENTS = 64,
	/* An event of a sample is much shorter. */
	EVENT_SIZE = 1024,
};

/* How often samples go to the history, and how often a live table is looked
 * for as long as there is none. */
static const int64_t record_interval_ns = 10 * (int64_t)SECOND_NS;
static const int64_t search_interval_ns = SECOND_NS / 10;

struct sampler {
	struct helper helper;
	char live_path[600];
	struct live_table *table; /* NULL while there is none */
	struct processes processes;
	/* As they were read last, at this measurement by the sockets of that
	 * pool; "": not yet. */
	struct connections connections;
	char connections_of[sizeof(((struct live_pool *)NULL)->name)];
	struct journal *journal;
	int timer; /* ticks at each measurement */
	int64_t interval_ns; /* of the timer; 0: not set */
	int64_t record_at_ns; /* CLOCK_MONOTONIC */
	size_t measured; /* how often since samples were recorded last */
	pid_t supervisor;
	cpu_set_t cpus; /* that it may use, as it was told; empty: not yet */
};

static int set_interval(struct sampler *sampler, int64_t interval_ns,
			struct error *error)
{
	struct itimerspec timer = {
		.it_interval = {interval_ns / SECOND_NS,
				interval_ns % SECOND_NS},
		/* The first one at once. */
		.it_value = {0, 1},
	};

	if (interval_ns == sampler->interval_ns)
		return 0;
	if (timerfd_settime(sampler->timer, 0, &timer, NULL) < 0)
		return error_set_errno(error, "cannot set a timer");
	sampler->interval_ns = interval_ns;
	return 0;
}

/* Maps the live table, again where a newer one has taken its place. That it is
 * missing is no error: the supervisor makes it. */
static int follow_table(struct sampler *sampler, struct error *error)
{
	struct live_table *table;
	struct error ignored;
	int64_t interval_ns = search_interval_ns;

	if (sampler->table && !live_table_is_superseded(sampler->table))
		return 0;
	table = live_table_open_sampler(sampler->live_path, &ignored);
	if (table) {
		live_table_close(sampler->table);
		sampler->table = table;
	}
	if (sampler->table)
		interval_ns =
			live_table_instance(sampler->table)->sample_interval_ns;
	return set_interval(sampler, interval_ns, error);
}

/* Sets the mean of the latest measurements of a run. */
static void set_means(struct event_record *event,
		      const struct live_table *table, uint32_t slot,
		      const struct live_usage *usage, size_t count)
{
	struct live_sample samples[LIVE_SAMPLES];
	uint64_t cpu_permille = 0, rss_kib = 0;

	if (count > usage->run_samples)
		count = usage->run_samples;
	if (count > LIVE_SAMPLES)
		count = LIVE_SAMPLES;
	count = live_table_get_samples(table, slot, samples, count);
	for (size_t i = 0; i < count; i++) {
		cpu_permille += samples[i].cpu_permille;
		rss_kib += samples[i].rss_kib;
	}
	if (count > 0) {
		event->cpu_permille = cpu_permille / count;
		event->rss_bytes = rss_kib / count * 1024;
	}
}

/* Appends one event for the worker in `slot`, where it was measured. What the
 * journal has no room for, it counts. */
static void record_worker(struct sampler *sampler, uint32_t slot, size_t count)
{
	struct live_table *table = sampler->table;
	struct event_record event = {.kind = EVENT_SAMPLE};
	char data[EVENT_SIZE];
	struct live_worker worker;
	struct live_usage usage;
	struct live_pool pool;
	ssize_t size;

	if (!live_table_get_worker(table, slot, &worker) || worker.run == 0 ||
	    !live_table_get_usage(table, slot, &usage) ||
	    usage.run != worker.run)
		return;
	live_table_get_pool(table, worker.pool, &pool);
	snprintf(event.pool, sizeof(event.pool), "%s", pool.name);
	event.hidden = pool.hidden;
	event.at_us = usage.sampled_at_us;
	event.worker = worker.index + 1;
	event.run = worker.run;
	event.threads = usage.threads;
	event.open_files = usage.open_files;
	set_means(&event, table, slot, &usage, count);
	size = event_encode(&event, data, sizeof(data));
	if (size > 0)
		journal_append(sampler->journal, JOURNAL_EVENT, EVENT_VERSION,
			       data, (size_t)size);
}

static void record_workers(struct sampler *sampler)
{
	uint32_t capacity = live_table_capacity(sampler->table);
	size_t count = ++sampler->measured;
	int64_t now_ns = clock_monotonic_ns();

	if (now_ns < sampler->record_at_ns)
		return;
	sampler->measured = 0;
	sampler->record_at_ns += record_interval_ns;
	if (sampler->record_at_ns <= now_ns)
		sampler->record_at_ns = now_ns + record_interval_ns;
	for (uint32_t slot = 0; slot < capacity; slot++)
		record_worker(sampler, slot, count);
	journal_wake(sampler->journal);
	journal_prepare(sampler->journal);
}

/* Whether some process of the worker has a connection of its pool open. */
static bool has_connection(const struct live_pool *pool, uint32_t slot,
			   void *context)
{
	struct sampler *sampler = context;
	const struct processes *processes = &sampler->processes;

	if (strcmp(sampler->connections_of, pool->name) != 0)
		connections_read(&sampler->connections, pool->sockets,
				 LIVE_SOCKETS);
	memcpy(sampler->connections_of, pool->name, sizeof(pool->name));
	for (size_t i = 0; i < processes->count; i++) {
		const struct process *process = &processes->list[i];

		if (process->main && process->main->slot == slot &&
		    connections_has(&sampler->connections, process->pid))
			return true;
	}
	return false;
}

/* Tells the supervisor. When its socket is full, the next measurement says the
 * same. */
static bool tell(const struct live_table *table, uint32_t slot,
		 const struct verdict *verdict, void *context)
{
	struct sampler *sampler = context;
	struct message message = {
		.kind = verdict->cause == CAUSE_UNHEALTHY ? MESSAGE_STUCK
			: verdict->cause == CAUSE_SCALED  ? MESSAGE_IDLE
			: verdict->cause == CAUSE_NONE	  ? MESSAGE_CPUS_CHOSEN
							  : MESSAGE_WATCH,
		.run = verdict->run,
		.cause = verdict->cause,
		.value = verdict->value,
	};
	struct live_worker worker;
	struct live_pool pool;

	if (!live_table_get_worker(table, slot, &worker))
		return false;
	live_table_get_pool(table, worker.pool, &pool);
	memcpy(message.pool, pool.name, sizeof(message.pool));
	message.index = worker.index;
	snprintf(message.text, sizeof(message.text), "%s", verdict->text);
	return message_send(sampler->helper.socket, &message) == 0;
}

/* Tells the supervisor when it may use other CPUs. When its socket is full, it
 * is told at the next measurement. */
static void look_at_supervisor(struct sampler *sampler)
{
	const struct message message = {.kind = MESSAGE_CPUS_CHANGED};
	cpu_set_t cpus;

	if (sched_getaffinity(sampler->supervisor, sizeof(cpus), &cpus) == 0 &&
	    !CPU_EQUAL(&cpus, &sampler->cpus) &&
	    message_send(sampler->helper.socket, &message) == 0)
		sampler->cpus = cpus;
}

static int measure(struct sampler *sampler, struct error *error)
{
	const struct measure_calls calls = {
		.tell = tell,
		.is_connected = has_connection,
		.context = sampler,
	};
	uint64_t ticks;

	if (read(sampler->timer, &ticks, sizeof(ticks)) < 0)
		return 0;
	if (follow_table(sampler, error) < 0)
		return -1;
	if (!sampler->table)
		return 0;
	look_at_supervisor(sampler);
	sampler->connections_of[0] = '\0';
	if (measure_workers(sampler->table, &sampler->processes, &calls,
			    error) < 0)
		return -1;
	record_workers(sampler);
	return 0;
}

/* Whether the supervisor wants us to end, or is gone. */
static bool is_over(const struct sampler *sampler)
{
	struct message message;
	int result;

	do
		result = message_receive(sampler->helper.socket, &message);
	while (result > 0 && message.kind != MESSAGE_FINISH);
	return result >= 0 || (errno != EAGAIN && errno != EBADMSG);
}

static int run(struct sampler *sampler, struct error *error)
{
	struct pollfd wait[] = {
		{.fd = sampler->helper.socket, .events = POLLIN},
		{.fd = sampler->timer, .events = POLLIN},
	};

	if (follow_table(sampler, error) < 0)
		return -1;
	for (;;) {
		if (poll(wait, 2, -1) < 0 && errno != EINTR)
			return error_set_errno(error, "cannot wait");
		if (wait[0].revents && is_over(sampler))
			return 0;
		if (wait[1].revents && measure(sampler, error) < 0)
			return -1;
	}
}

static int open_sampler(struct sampler *sampler, int argc, char **argv,
			struct error *error)
{
	char folder[600];
	struct journal_settings settings = {
		.folder = folder,
		.writer = "sampler",
		.segment_size = SEGMENT_SIZE,
		.max_segments = MAX_SEGMENTS,
	};

	if (helper_init(&sampler->helper, "sampler", argc, argv, error) < 0)
		return -1;
	helper_give_way();
	snprintf(sampler->live_path, sizeof(sampler->live_path), "%s/live",
		 sampler->helper.runtime);
	snprintf(folder, sizeof(folder), "%s/journal", sampler->helper.runtime);
	settings.wake_fd = sampler->helper.wake;
	sampler->journal = journal_open(&settings, error);
	if (!sampler->journal)
		return -1;
	sampler->timer =
		timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
	if (sampler->timer < 0)
		return error_set_errno(error, "cannot make a timer");
	sampler->record_at_ns = clock_monotonic_ns() + record_interval_ns;
	return processes_init(&sampler->processes, error);
}

int main(int argc, char **argv)
{
	struct sampler sampler = {.timer = -1, .supervisor = getppid()};
	struct error error;
	int result = open_sampler(&sampler, argc, argv, &error);

	if (result == 0) {
		result = run(&sampler, &error);
		processes_release(&sampler.processes);
		connections_release(&sampler.connections);
	}
	if (result < 0)
		fprintf(stderr, "reeve-sampler: %s\n", error.text);
	if (sampler.timer >= 0)
		close(sampler.timer);
	live_table_close(sampler.table);
	journal_close(sampler.journal);
	return result < 0;
}
