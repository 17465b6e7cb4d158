#include "config.h"

#include "tests/tools/recorded.h"

#include "live/table.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

/* The live table of the recorded instance. */

enum {
	POOL_WEB,
	POOL_THUMBS,
	POOL_INGEST,
	POOL_MAIL,
	POOL_CRON,
	POOL_BATCH,
	POOL_SETUP,
	POOL_SAMPLER,
	POOL_COUNT
};

static const struct live_pool pools[POOL_COUNT] = {
	[POOL_WEB] = {.name = "web", .kind = "service", .wanted = 8},
	[POOL_THUMBS] = {.name = "thumbs", .kind = "service", .wanted = 4},
	[POOL_INGEST] = {.name = "ingest", .kind = "service", .wanted = 2},
	[POOL_MAIL] = {.name = "mail", .kind = "service", .wanted = 1},
	[POOL_CRON] = {.name = "cron", .kind = "service", .wanted = 1},
	[POOL_BATCH] = {.name = "batch", .kind = "service", .wanted = 2},
	[POOL_SETUP] = {.name = "setup", .kind = "service", .wanted = 1},
	[POOL_SAMPLER] = {.name = "reeve-sampler",
			  .kind = "service",
			  .wanted = 1,
			  .hidden = true},
};

/* A worker, and how its usage went: permille of a CPU, MiB of memory. */
struct recorded_worker {
	struct live_worker worker;
	uint32_t cpu, memory, growth;
};

#define DAYS (24 * 3600)

/* What a worker has that is ready since so many seconds. */
#define UP(seconds, number)                                       \
	.state = WORKER_READY, .wanted = true, .health_ok = true, \
	.pid = 31000 + 3 * (number), .run = (number),             \
	.started_at_us = AGO_US((seconds) + 0.3),                 \
	.state_since_us = AGO_US(seconds)

static const struct recorded_worker workers[] = {
	{{.pool = POOL_WEB, .index = 0, UP(2.2 * DAYS, 101), .cpus = "0"},
	 167,
	 149,
	 0},
	{{.pool = POOL_WEB, .index = 1, UP(2.2 * DAYS, 102), .cpus = "1"},
	 60,
	 104,
	 0},
	{{.pool = POOL_WEB,
	  .index = 2,
	  UP(3.3 * 3600, 187),
	  .cpus = "2",
	  .restarts = 1,
	  .last_exit = {.at_us = AGO_US(3.3 * 3600 + 1),
			.run = 103,
			.code = -1,
			.signal = SIGKILL,
			.cause = CAUSE_UNHEALTHY}},
	 183,
	 103,
	 0},
	{{.pool = POOL_WEB, .index = 3, UP(2.2 * DAYS, 104), .cpus = "3"},
	 76,
	 112,
	 0},
	{{.pool = POOL_WEB, .index = 4, UP(2.2 * DAYS, 105), .cpus = "4"},
	 75,
	 109,
	 0},
	{{.pool = POOL_WEB, .index = 5, UP(2.2 * DAYS, 106), .cpus = "5"},
	 133,
	 141,
	 0},
	{{.pool = POOL_WEB,
	  .index = 6,
	  UP(2.2 * DAYS, 107),
	  .cpus = "6",
	  .status = "served 4711 requests, 世界 too"},
	 159,
	 106,
	 0},
	{{.pool = POOL_WEB,
	  .index = 7,
	  .state = WORKER_STARTING,
	  .wanted = true,
	  .health_ok = true,
	  .pid = 48377,
	  .run = 215,
	  .started_at_us = AGO_US(8),
	  .state_since_us = AGO_US(8),
	  .restarts = 3,
	  .cpus = "7",
	  .health = "no READY=1 yet",
	  .last_exit = {.at_us = AGO_US(9),
			.run = 214,
			.code = -1,
			.signal = SIGSEGV,
			.core = true,
			.cause = CAUSE_CRASHED}},
	 72,
	 61,
	 4},
	{{.pool = POOL_THUMBS, .index = 0, UP(5 * 3600, 111)}, 300, 210, 0},
	{{.pool = POOL_THUMBS, .index = 1, UP(5 * 3600, 112)}, 301, 212, 0},
	{{.pool = POOL_THUMBS,
	  .index = 2,
	  .state = WORKER_FAILED,
	  .wanted = true,
	  .health_ok = true,
	  .state_since_us = AGO_US(89),
	  .restarts = 5,
	  .last_exit = {.at_us = AGO_US(89),
			.run = 205,
			.code = 1,
			.cause = CAUSE_CRASHED}},
	 0,
	 0,
	 0},
	{{.pool = POOL_THUMBS, .index = 3, UP(5 * 3600, 114)}, 12, 198, 0},
	{{.pool = POOL_INGEST,
	  .index = 0,
	  UP(20 * 3600, 161),
	  .restarts = 1,
	  .last_exit = {.at_us = AGO_US(20 * 3600 + 2),
			.run = 115,
			.code = -1,
			.signal = SIGKILL,
			.cause = CAUSE_OOM}},
	 917,
	 612,
	 3},
	{{.pool = POOL_INGEST,
	  .index = 1,
	  .state = WORKER_UNHEALTHY,
	  .wanted = true,
	  .pid = 31348,
	  .run = 116,
	  .started_at_us = AGO_US(2.2 * DAYS + 0.3),
	  .state_since_us = AGO_US(51),
	  .health = "http://127.0.0.1:8001/healthz: no answer within 2s"},
	 999,
	 588,
	 2},
	{{.pool = POOL_MAIL,
	  .index = 0,
	  .state = WORKER_BACKOFF,
	  .wanted = true,
	  .health_ok = true,
	  .state_since_us = AGO_US(13),
	  .next_start_at_us = AGO_US(-17),
	  .restarts = 9,
	  .last_exit = {.at_us = AGO_US(13),
			.run = 213,
			.code = -1,
			.cause = CAUSE_NOT_STARTED,
			.step = "execve",
			.object = "/srv/mail/bin/mailer",
			.error_number = ENOENT}},
	 0,
	 0,
	 0},
	{{.pool = POOL_CRON,
	  .index = 0,
	  .state = WORKER_STOPPING,
	  .wanted = true,
	  .health_ok = true,
	  .pid = 40117,
	  .run = 190,
	  .started_at_us = AGO_US(1800),
	  .state_since_us = AGO_US(2),
	  .activity = ACTIVITY_STOPPING,
	  .status = "ending the last job"},
	 1,
	 18,
	 0},
	{{.pool = POOL_BATCH,
	  .index = 0,
	  .state = WORKER_STOPPED,
	  .health_ok = true,
	  .state_since_us = AGO_US(5 * 3600),
	  .last_exit = {.at_us = AGO_US(5 * 3600),
			.run = 118,
			.code = 0,
			.cause = CAUSE_STOPPED}},
	 0,
	 0,
	 0},
	{{.pool = POOL_BATCH,
	  .index = 1,
	  .state = WORKER_STOPPED,
	  .health_ok = true,
	  .state_since_us = AGO_US(5 * 3600),
	  .last_exit = {.at_us = AGO_US(5 * 3600),
			.run = 119,
			.code = -1,
			.signal = SIGTERM,
			.cause = CAUSE_STOPPED}},
	 0,
	 0,
	 0},
	{{.pool = POOL_SETUP,
	  .index = 0,
	  .state = WORKER_DONE,
	  .wanted = true,
	  .health_ok = true,
	  .state_since_us = AGO_US(2.2 * DAYS),
	  .last_exit = {.at_us = AGO_US(2.2 * DAYS),
			.run = 120,
			.code = 0,
			.cause = CAUSE_EXITED}},
	 0,
	 0,
	 0},
	{{.pool = POOL_SAMPLER, .index = 0, UP(12.1 * DAYS, 2)}, 4, 3, 0},
};
enum { WORKER_COUNT = sizeof(workers) / sizeof(workers[0]) };

/* Two minutes of samples, whose curve differs from worker to worker; memory
 * grows by `growth` MiB at every tenth. */
static void add_usage(struct live_table *table, uint32_t slot)
{
	const struct recorded_worker *from = &workers[slot];

	for (uint32_t i = 0; i < LIVE_SAMPLES; i++) {
		uint32_t wave = (i * 7 + slot * 29) % 40;
		uint32_t left = LIVE_SAMPLES - 1 - i;
		struct live_usage usage = {
			.run = from->worker.run,
			.sampled_at_us = AGO_US(left + 0.25),
			.sampled_mono_ns =
				RECORDED_MONO_NS - left * INT64_C(1000000000),
			.cpu_permille = left == 0
						? from->cpu
						: from->cpu * (80 + wave) / 100,
			.threads = slot % 8 + 1,
			.open_files = slot % 50 + 5,
			.processor = (int32_t)(slot % 8),
			.process_state = 'S',
			.rss_bytes = (uint64_t)(from->memory -
						from->growth * left / 10)
				     << 20,
			.cpu_ns = UINT64_C(1000000) * from->cpu * (3600 + i),
			.processes = 1,
			.run_samples = i + 1,
		};

		live_table_set_usage(table, slot, &usage);
	}
}

void recorded_make_table(void)
{
	static const struct live_instance instance = {
		.name = "prod",
		.version = "0.1.0",
		.boot_id = "00000000-0000-4000-8000-000000000000",
		.pid = 812,
		.started_at_us = AGO_US(12.1 * DAYS),
		.sample_interval_ns = 1000000000,
		.config = 7,
		.state_dir = RECORDED_STATE,
		.config_file = "/srv/shop/prod.yaml",
	};
	struct error error = {""};
	struct live_table *table =
		live_table_create(RECORDED_LIVE, &instance, pools, POOL_COUNT,
				  WORKER_COUNT, NULL, NULL, &error);

	recorded_check(table ? 0 : -1, &error);
	for (uint32_t i = 0; i < WORKER_COUNT; i++) {
		live_table_set_worker(table, i, &workers[i].worker);
		if (workers[i].worker.pid > 0)
			add_usage(table, i);
	}
	live_table_close(table);
}
