#ifndef LIVE_TABLE_H
#define LIVE_TABLE_H

#include "base/ending.h"
#include "base/error.h"
#include "base/words.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The live table: what is going on now, in one file, RUNTIME/live, that every
 * reeve process maps. Two processes write it, each its own part: the
 * supervisor the header, the pools and the lifecycle of each worker; the
 * sampler the usage of each worker. Everybody else only reads.
 *
 * Each record is kept twice, with a sequence number that says which copy is
 * whole. A writer fills the other copy and then moves the number on, so a
 * writer killed in the middle leaves readers the former record, and no reader
 * waits for a writer.
 *
 * The file is allocated in full before it is mapped and never shrinks. Where
 * it has to grow or its pools change, the supervisor writes a new file beside
 * it, moves it into place and marks the old one superseded; who has it mapped
 * opens it anew then.
 *
 * Slots are stable: a worker keeps its slot for as long as the file lives, and
 * a new file keeps the slots of the workers that it takes over. A slot that is
 * free has pool == LIVE_NO_POOL.
 *
 * A slot takes less than 3 KiB; the samples lie apart from the rest, so that
 * their pages are not even touched by who only wants to know the states.
 */

enum {
	LIVE_VERSION = 5,
	/* Samples of CPU and memory that are kept for each worker. */
	LIVE_SAMPLES = 120,
	/* Sockets of a pool. */
	LIVE_SOCKETS = 32,
};

/* The pool of a slot that is free. */
#define LIVE_NO_POOL UINT32_MAX

/* Who the table is about. Written once, when the file is made. */
struct live_instance {
	char name[NAME_SIZE];
	char version[16];
	char boot_id[40];
	int64_t pid; /* of the supervisor */
	int64_t started_at_us; /* the supervisor, since 1970 */
	int64_t sample_interval_ns;
	uint64_t config; /* the config number in force */
	char state_dir[512];
	char config_file[512]; /* absolute */
};

/* How much of one gauge the workers of a pool may use: bytes, permille of one
 * CPU, or a number. */
struct live_bound {
	bool set; /* else it is not watched */
	bool restart; /* what is over it is ended; else it is only told */
	int64_t over; /* more than that … */
	int64_t for_ns; /* … for so long */
};

/* What each worker of a pool may use by the config in force; 0: no limit. A run
 * of a former config (live_worker.config) keeps its own. */
struct live_limits {
	int64_t memory_bytes;
	int64_t cpu_permille; /* of one CPU */
	int64_t processes;
};

struct live_pool {
	char name[NAME_SIZE];
	char kind[16]; /* "service" */
	uint32_t wanted; /* workers that should be up */
	bool hidden; /* the helpers of reeve itself */
	struct live_limits limits;
	/* What the sampler judges the workers by. */
	struct live_bound bounds[GAUGE_COUNT];
	int64_t progress_ns; /* without progress for so long: stuck; 0: never */
	int64_t idle_ns; /* a worker that did nothing for so long is told */
	uint64_t sockets[LIVE_SOCKETS]; /* of connections.h; 0: no more */
};

/* How the last run of a worker ended. */
struct live_exit {
	int64_t at_us; /* 0: none has ended yet */
	uint64_t run;
	int32_t code; /* -1 when a signal ended it, or not started */
	int32_t signal; /* 0 when none */
	bool core;
	enum end_cause cause;
	char step[24]; /* not-started: what failed … */
	char object[64]; /* … on what (cut to fit) … */
	int32_t error_number; /* … and its errno */
};

/* What the supervisor knows of one worker. */
struct live_worker {
	uint32_t pool; /* index of its pool, or LIVE_NO_POOL */
	uint32_t index; /* its number in the pool */
	enum worker_state state;
	bool wanted; /* should it be up? */
	bool parked; /* stopped until it is needed */
	bool health_ok; /* false while `alive` fails */
	int64_t pid; /* 0 while no run */
	uint64_t run; /* the current run, or 0 */
	uint64_t config; /* the config number of the current run */
	uint64_t pidfd_inode; /* identity of the process; 0 unknown */
	int64_t started_at_us; /* spawn of the current run, since 1970 */
	int64_t started_mono_ns; /* the same, CLOCK_MONOTONIC */
	int64_t state_since_us;
	int64_t next_start_at_us; /* in backoff; else 0 */
	uint64_t restarts; /* runs after the first */
	uint64_t lost_bytes; /* of what its runs have printed */
	char cpus[48]; /* where it was put: "0-3,6"; cut to fit */
	char health[96]; /* what `alive` finds wrong, or a start lacks; or "" */
	char status[80]; /* text of STATUS=; cut to fit */
	enum run_activity activity; /* what the run says that it does */
	struct live_exit last_exit;
};

/*
 * The sampler's notes on the one thread of a worker that it follows, to see
 * whether it wants a whole CPU; see supervisor/busy.h.
 */
struct live_busy {
	int32_t thread; /* its id; 0: none is followed */
	bool lasts; /* it wanted all of a CPU since the measurement before */
	int64_t read_mono_ns; /* when the next one was read, CLOCK_MONOTONIC */
	uint64_t wanted_ns; /* CPU time so far, and what it waited for that */
	uint64_t sleeps; /* how often it slept by itself so far */
	int64_t lacking_ns; /* what it wanted less than a CPU of late */
};

/*
 * What the sampler measured last of one worker: of its whole tree, which is the
 * main process with all that descends from it. Processor and state are the main
 * process's own.
 */
struct live_usage {
	uint64_t run; /* the run that was measured; 0: none yet */
	int64_t sampled_at_us;
	int64_t sampled_mono_ns; /* the same, CLOCK_MONOTONIC */
	uint64_t start_ticks; /* start of the process, clock ticks after boot */
	uint32_t cpu_permille; /* of one CPU, since the sample before */
	uint32_t threads;
	uint32_t open_files;
	/* Dead processes below the worker that nobody has reaped; with the main
	 * process itself, when its main thread has ended before others. */
	uint32_t zombies;
	int32_t processor; /* CPU it ran on last; -1 unknown */
	char cpus[48]; /* that it may run on; cut as live_worker.cpus is */
	bool cpus_changed; /* it chose these itself */
	char process_state; /* R S D Z T …; 0 unknown */
	uint64_t rss_bytes;
	uint64_t cpu_ns; /* user and system time so far */
	uint32_t run_samples; /* samples taken of this run so far */
	uint32_t processes;
	/* The sampler's notes, from one measurement to the next: since when
	 * each gauge is over its bound, and since when there was no progress,
	 * by CLOCK_MONOTONIC; 0: it is not so. */
	uint32_t told; /* see verdict_told() of supervisor/judge.h */
	bool io_known; /* the two below are, for pools that ask for progress */
	uint64_t io_bytes; /* read and written so far, of any kind of file */
	uint64_t written_bytes; /* written so far */
	int64_t over_since_ns[GAUGE_COUNT];
	int64_t still_since_ns; /* neither CPU time nor I/O */
	int64_t idle_since_ns; /* the same, and no connection */
	bool connected; /* it has one by a socket of its pool; told where the
			 * pool takes idle workers away and it is still */
	struct live_busy busy; /* where nothing was written */
	int64_t spinning_since_ns; /* all of a CPU and nothing written */
};

/* One point of the two minutes of history that each worker has. */
struct live_sample {
	uint32_t cpu_permille;
	uint32_t rss_kib;
};

struct live_table; /* a mapping; opaque */

/* ---- the supervisor's side ---- */

/*
 * Makes a table of `pool_count` pools with room for `worker_capacity` workers,
 * with all slots free, and maps it. It lies beside `path` (PATH.new) and nobody
 * sees it until live_table_install(), so its workers can be set before.
 * `former`, where not NULL, is the table that it is to take the place of: the
 * lifecycle, usage and samples of slot i are copied to slot `slots[i]` of the
 * new one (UINT32_MAX: dropped; `slots` has one entry for each slot of
 * `former`). The copied workers still carry the pool numbers of `former` until
 * they are set again. Returns NULL and the reason on a full disk, for example;
 * then nothing changed.
 */
struct live_table *live_table_prepare(
	const char *path, const struct live_instance *instance,
	const struct live_pool *pools, uint32_t pool_count,
	uint32_t worker_capacity, const struct live_table *former,
	const uint32_t *slots, struct error *error);

/*
 * Moves a table that live_table_prepare() made to its `path` and marks
 * `former`, where not NULL, superseded; the caller still closes it. Returns 0;
 * or -1 and the reason, and readers still see `former`.
 */
int live_table_install(struct live_table *table, const char *path,
		       struct live_table *former, struct error *error);

/* Both of these in one, for a table that may be seen as it begins. Returns
 * NULL and the reason; then nothing changed. */
struct live_table *live_table_create(
	const char *path, const struct live_instance *instance,
	const struct live_pool *pools, uint32_t pool_count,
	uint32_t worker_capacity, struct live_table *former,
	const uint32_t *slots, struct error *error);

/* Maps the table that a supervisor before this one left at `path`, to be given
 * to live_table_prepare() as `former`. */
struct live_table *live_table_open_former(const char *path,
					  struct error *error);

/* Publishes what is known of the worker in `slot`. Costs a copy of some
 * hundred bytes; no system call. Only the supervisor may call it. */
void live_table_set_worker(struct live_table *table, uint32_t slot,
			   const struct live_worker *worker);

/* Changes how many workers of a pool should be up. */
void live_table_set_wanted(struct live_table *table, uint32_t pool,
			   uint32_t wanted);

/* Tells readers that the instance has stopped for good. */
void live_table_set_stopped(struct live_table *table);

/* ---- the sampler's side ---- */

/* Maps the table at `path` for writing usage. */
struct live_table *live_table_open_sampler(const char *path,
					   struct error *error);

/* Publishes one measurement and appends it to the samples. Only the sampler
 * may call it. */
void live_table_set_usage(struct live_table *table, uint32_t slot,
			  const struct live_usage *usage);

/* ---- everybody's side ---- */

/* Maps the table at `path` read-only. NULL and the reason when there is none,
 * it is not one, or another version of reeve made it. */
struct live_table *live_table_open(const char *path, struct error *error);

/* Unmaps and frees; NULL is fine. */
void live_table_close(struct live_table *table);

/* Whether a newer table has taken the place of this one: open anew. */
bool live_table_is_superseded(const struct live_table *table);

/* Whether the supervisor said that it stopped (live_table_set_stopped()). A
 * supervisor that was killed cannot say so: check its pid too. */
bool live_table_is_stopped(const struct live_table *table);

/* The header; it belongs to the table and does not change. */
const struct live_instance *live_table_instance(const struct live_table *table);

uint32_t live_table_pool_count(const struct live_table *table);

/* How many slots there are, free ones too. */
uint32_t live_table_capacity(const struct live_table *table);

/* Copies pool number `pool`. */
void live_table_get_pool(const struct live_table *table, uint32_t pool,
			 struct live_pool *out);

/* Copies the lifecycle of the worker in `slot`, whole. Returns false when the
 * slot is free, or holds what no supervisor writes. */
bool live_table_get_worker(const struct live_table *table, uint32_t slot,
			   struct live_worker *out);

/* Copies its usage, whole. Returns false when nothing was measured yet. The
 * usage may be of a former run: compare `run`. */
bool live_table_get_usage(const struct live_table *table, uint32_t slot,
			  struct live_usage *out);

/* Copies up to `count` of the latest samples of the worker, oldest first,
 * those of former runs too. Returns how many. */
size_t live_table_get_samples(const struct live_table *table, uint32_t slot,
			      struct live_sample *out, size_t count);

/* How a run ended, for base/ending.h to say in words. The texts stay those of
 * `last`. */
struct ending live_exit_ending(const struct live_exit *last);

#endif
