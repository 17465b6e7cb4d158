#include "config.h"

#include "base/clock.h"
#include "live/table.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/*
 * make-live-table PATH POOLS WORKERS
 *
 * Makes a live table for tests and benchmarks: WORKERS workers in all, spread
 * over POOLS pools ("pool0", …), and one helper in a hidden pool. Most are
 * ready; of each hundred there is one of each other state, and pid 1 stands
 * for all their processes. The same arguments give the same table, but for
 * times. It claims that the calling process is the supervisor.
 */

enum { SECOND_US = 1000000 };

static struct live_exit make_exit(uint32_t number, int64_t now_us)
{
	struct live_exit last_exit = {
		.at_us = now_us - (int64_t)(number % 600 + 1) * SECOND_US,
		.run = number + 1,
		.code = -1,
		.cause = CAUSE_CRASHED,
	};

	switch (number % 4) {
	case 0:
		last_exit.signal = SIGSEGV;
		last_exit.core = true;
		break;
	case 1:
		last_exit.signal = SIGKILL;
		break;
	case 2:
		last_exit.code = 3;
		break;
	default:
		last_exit.cause = CAUSE_NOT_STARTED;
		last_exit.error_number = ENOENT;
		snprintf(last_exit.step, sizeof(last_exit.step), "execve");
		snprintf(last_exit.object, sizeof(last_exit.object), "/srv/x");
	}
	return last_exit;
}

static struct live_worker make_worker(uint32_t number, uint32_t pool,
				      uint32_t index)
{
	int64_t now_us = clock_real_us();
	uint32_t pick = number % 100;
	struct live_worker worker = {
		.pool = pool,
		.index = index,
		.state = pick > 90 && pick - 90 < WORKER_STATE_COUNT
				 ? (enum worker_state)(pick - 90)
				 : WORKER_READY,
		.wanted = true,
		.health_ok = true,
		.restarts = number % 3,
		.state_since_us = now_us - 60 * (int64_t)SECOND_US,
	};
	bool up = worker.state == WORKER_READY ||
		  worker.state == WORKER_STARTING ||
		  worker.state == WORKER_UNHEALTHY ||
		  worker.state == WORKER_STOPPING;

	if (up) {
		worker.pid = 1;
		worker.run = 100000 + number;
		worker.started_at_us = worker.state_since_us - 100000;
		worker.started_mono_ns = clock_monotonic_ns() - 60100000000;
		snprintf(worker.cpus, sizeof(worker.cpus), "%u", index % 4);
	}
	if (worker.state == WORKER_BACKOFF)
		worker.next_start_at_us = now_us + 30 * (int64_t)SECOND_US;
	if (worker.restarts > 0 || !up)
		worker.last_exit = make_exit(number, now_us);
	return worker;
}

static void add_usage(struct live_table *table, uint32_t slot,
		      const struct live_worker *worker)
{
	for (uint32_t i = 0; i < LIVE_SAMPLES; i++) {
		struct live_usage usage = {
			.run = worker->run,
			.sampled_at_us = clock_real_us(),
			.sampled_mono_ns = clock_monotonic_ns(),
			.cpu_permille = (slot * 7 + i * 13) % 1000,
			.threads = slot % 8 + 1,
			.open_files = slot % 50 + 3,
			.processor = (int32_t)(slot % 4),
			.process_state = 'S',
			.rss_bytes = (uint64_t)(slot % 200 + 1) << 20,
			.cpu_ns = (uint64_t)i * 1000000,
			.run_samples = i + 1,
		};

		live_table_set_usage(table, slot, &usage);
	}
}

static struct live_pool *make_pools(uint32_t pools, uint32_t workers)
{
	struct live_pool *list = calloc(pools + 1, sizeof(*list));

	if (!list)
		return NULL;
	for (uint32_t i = 0; i <= pools; i++) {
		snprintf(list[i].name, sizeof(list[i].name), "pool%u", i);
		snprintf(list[i].kind, sizeof(list[i].kind), "service");
		list[i].wanted = workers / pools + (i < workers % pools);
	}
	snprintf(list[pools].name, sizeof(list[pools].name), "reeve-sampler");
	list[pools].wanted = 1;
	list[pools].hidden = true;
	return list;
}

static int make_table(const char *path, uint32_t pools, uint32_t workers)
{
	struct error error;
	struct live_pool *list = make_pools(pools, workers);
	struct live_instance instance = {
		.name = "generated",
		.version = PACKAGE_VERSION,
		.pid = getppid(),
		.started_at_us = clock_real_us() - 120 * (int64_t)SECOND_US,
		.sample_interval_ns = 1000000000,
		.config = 1,
	};
	struct live_table *table =
		list ? live_table_create(path, &instance, list, pools + 1,
					 workers + 1, NULL, NULL, &error)
		     : NULL;

	free(list);
	if (!table) {
		fprintf(stderr, "make-live-table: %s\n",
			list ? error.text : "out of memory");
		return 1;
	}
	for (uint32_t i = 0; i <= workers; i++) {
		bool helper = i == workers;
		struct live_worker worker = make_worker(
			helper ? 0 : i, helper ? pools : i % pools, i / pools);

		if (helper)
			worker.index = 0;
		live_table_set_worker(table, i, &worker);
		if (worker.pid)
			add_usage(table, i, &worker);
	}
	live_table_close(table);
	return 0;
}

int main(int argc, char **argv)
{
	long pools = argc == 4 ? strtol(argv[2], NULL, 10) : 0;
	long workers = argc == 4 ? strtol(argv[3], NULL, 10) : 0;

	if (pools < 1 || pools > 10000 || workers < 1 || workers > 100000) {
		fprintf(stderr, "usage: make-live-table PATH POOLS WORKERS\n");
		return 2;
	}
	return make_table(argv[1], (uint32_t)pools, (uint32_t)workers);
}
