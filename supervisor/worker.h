#ifndef SUPERVISOR_WORKER_H
#define SUPERVISOR_WORKER_H

#include "base/list.h"
#include "base/words.h"
#include "live/table.h"
#include "store/event.h"
#include "supervisor/configuration.h"
#include "supervisor/policy.h"
#include "supervisor/spawn.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/types.h>

/*
 * A worker: one supervised place in a pool, and its state machine.
 *
 * The wish (`wanted`) is kept apart from the fact (`state`). What happens to a
 * worker is an input; the table in worker.c says for each state what is done
 * about each input, and an empty cell ignores it. All that a worker asks of
 * the world goes through `struct kernel`, so that the machine is tested with a
 * fake one.
 */

struct kernel;
struct pool;
struct worker;

enum worker_input {
	INPUT_START, /* it shall be up */
	INPUT_STOP, /* it shall be down */
	INPUT_RESTART, /* a new run shall take the place of this one */
	INPUT_READY, /* the run has become ready */
	INPUT_ENDED, /* the main process has ended; run.end is set */
	INPUT_CLEARED, /* what the next run waited for is gone: leftovers
			* were killed, output was drained */
	INPUT_TIMER, /* the timer that was set has expired */
	INPUT_COUNT
};

/* How the main process of a run ended, from waitid(2). */
struct run_end {
	int code; /* -1 when a signal ended it */
	int signal; /* 0 when none did */
	bool core;
	struct rusage usage;
};

/* The process of a worker. Valid while pid > 0. */
struct run {
	uint64_t number; /* in the history; grows for ever */
	uint64_t config; /* number of the config it was started with */
	pid_t pid;
	int pidfd; /* -1 where the kernel has none */
	unsigned pair; /* which FIFO pair it prints to */
	int64_t started_ns; /* CLOCK_MONOTONIC */
	int64_t started_us; /* since 1970 */
	int64_t ready_ns; /* CLOCK_MONOTONIC; 0: not yet */
	/* Why it is being ended, where reeve asked for it. */
	enum end_cause asked;
	int hand_signal; /* sent by `reeve signal`; 0: none */
	/* How to stop it: of the config it was started with. */
	int stop_signal;
	int64_t stop_timeout_ns;
	struct run_end end;
};

/* The output FIFOs of one run, until the logger has read all of it. */
struct output {
	uint64_t run; /* 0: free for the next run */
	int fds[2]; /* stdout, stderr; held open until drained */
	bool made; /* the FIFOs exist in the runtime folder */
	bool ended; /* its main process has ended */
	bool start_sent; /* to the logger that runs now */
	bool end_sent;
};

enum { OUTPUT_PAIRS = 2 };

struct worker {
	struct list_link untold; /* of helpers.c: the logger lacks some news */
	struct pool *pool;
	const struct kernel *kernel;
	void *process; /* the kernel's own, see process.h */
	uint32_t index;
	uint32_t slot; /* in the live table */
	bool wanted;
	bool gone; /* to be dropped as soon as it is stopped */
	enum worker_state state;
	int64_t state_since_us;
	struct run run;
	struct output outputs[OUTPUT_PAIRS];
	uint64_t sweep_run; /* its leftovers are being killed; 0: none */
	pid_t sweep_pid; /* main process that goes with it; 0: dead */
	bool sweep_sent; /* to the sweeper that runs now */
	int64_t next_start_ns; /* in backoff: when, CLOCK_MONOTONIC */
	int64_t next_start_us; /* the same, since 1970 */
	const char *next_reason; /* why the next run starts (event.by) */
	uint64_t restarts;
	uint64_t last_run; /* number of the latest run; 0: none yet */
	struct policy policy;
	struct live_exit last_exit;
	bool changed; /* kernel->changed() is due */
};

/* What a worker asks of the world. */
struct kernel {
	int64_t (*now_ns)(void); /* CLOCK_MONOTONIC */
	int64_t (*now_us)(void); /* since 1970 */
	double (*chance)(void); /* from -1 to 1 */
	/* Starts a run: fills number, pid, pidfd of worker->run and takes
	 * worker->run.pair. Returns 0, or -1 and what failed; the number is
	 * filled in both cases. */
	int (*spawn)(struct worker *worker, struct spawn_failure *failure);
	/* Sends a signal to the main process. */
	void (*send_signal)(struct worker *worker, int signal);
	/* Sets the one timer of the worker; a negative delay clears it. */
	void (*set_timer)(struct worker *worker, int64_t delay_ns);
	/* Whether anything of the run may be alive though its main process has
	 * ended. */
	bool (*has_leftovers)(struct worker *worker);
	/* Has worker->sweep_run killed; INPUT_CLEARED says when it is done. */
	void (*sweep)(struct worker *worker);
	/* Completes the event with what is known of the worker and sends it to
	 * the journal and to those who listen. */
	void (*report)(struct worker *worker, struct event_record *event);
	/* Called once after an input that changed the worker. */
	void (*changed)(struct worker *worker);
};

/*
 * Tells the worker what happened. `cause` goes with INPUT_STOP and
 * INPUT_RESTART (CAUSE_STOPPED, CAUSE_RELOAD, …), else CAUSE_NONE.
 */
void worker_input(struct worker *worker, enum worker_input input,
		  enum end_cause cause);

/* Whether it has a process, leftovers or output that is still looked after. */
bool worker_is_busy(const struct worker *worker);

/* Whether it is where its wish wants it up: ready, or done. */
bool worker_is_up(const struct worker *worker);

/* A free FIFO pair for the next run, or -1 when both still hold output. */
int worker_free_output(const struct worker *worker);

/* The name "POOL/INDEX". */
void worker_name(const struct worker *worker, char name[WORKER_NAME_SIZE]);

#endif
