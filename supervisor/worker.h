#ifndef SUPERVISOR_WORKER_H
#define SUPERVISOR_WORKER_H

#include "base/list.h"
#include "base/words.h"
#include "live/table.h"
#include "store/event.h"
#include "supervisor/asker.h"
#include "supervisor/configuration.h"
#include "supervisor/gate-seat.h"
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

struct health;
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
			* were killed, output was drained, the gate is open */
	INPUT_UNHEALTHY, /* `alive` fails, and nothing is done about it */
	INPUT_HEALTHY, /* `alive` succeeds again */
	INPUT_END, /* the run shall end: something is wrong with it; see
		    * worker_end() */
	INPUT_EVIDENCE, /* what is to be known of the run is stored */
	INPUT_KILL, /* whatever is being stopped is killed now */
	INPUT_TIMER, /* the timer that was set has expired */
	INPUT_COUNT
};

/* What the OOM killer did to a run, as the run's memory cgroup has it; of a run
 * that it left alone all are 0. */
struct oom_facts {
	uint64_t limit_bytes;
	uint64_t peak_bytes;
	uint64_t kills;
};

/* How the main process of a run ended, from waitid(2). */
struct run_end {
	int code; /* -1 when a signal ended it */
	int signal; /* 0 when none did */
	bool core;
	struct rusage usage;
	/* Nobody knows how: it was no child, and is gone. */
	bool unknown;
	bool oom; /* the OOM killer took it, within its memory limit */
	/* What failed in the child before it ran its program; step NULL:
	 * nothing. */
	struct spawn_failure failure;
	char facts[256]; /* which limits it came to; "" for none */
	struct oom_facts oom_facts;
};

/* How far the stop of a run has come. */
enum stop_step {
	STOP_NOT_ASKED,
	STOP_EVIDENCE, /* it is looked at, before it is told to end */
	STOP_SIGNALLED,
	STOP_LAST_EVIDENCE, /* the same, before it is killed */
	STOP_KILLED,
};

enum { RUN_WHY_SIZE = 160 };

/* What a run has told of itself (notify-socket.h). */
struct run_told {
	enum run_activity activity;
	char status[80]; /* STATUS=, as it may be shown */
	int error_number; /* ERRNO=; 0: none */
	int exit_status; /* EXIT_STATUS= … */
	bool has_exit_status; /* … came */
};

/* The process of a worker. Valid while pid > 0. */
struct run {
	uint64_t number; /* in the history; grows for ever */
	uint64_t config; /* number of the config it was started with */
	pid_t pid;
	int pidfd; /* -1 where the kernel has none */
	bool launching; /* whether its program could be run is not known yet */
	unsigned pair; /* which FIFO pair it prints to */
	int64_t started_ns; /* CLOCK_MONOTONIC */
	int64_t started_us; /* since 1970 */
	int64_t started_boot_ns; /* CLOCK_BOOTTIME; with a notify socket only */
	int64_t ready_ns; /* CLOCK_MONOTONIC; 0: not yet */
	/* Why it is being ended, where reeve asked for it. */
	enum end_cause asked;
	char why[RUN_WHY_SIZE]; /* the same in words; "" for plain causes */
	enum stop_step stop_step;
	int hand_signal; /* sent by `reeve signal`; 0: none */
	struct asker asker; /* who asked for its end, or sent that signal */
	/* How to stop it: of the config it was started with. */
	int stop_signal;
	int64_t stop_timeout_ns;
	struct run_told told;
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

/* Its place in a roll-out of its pool (rolling.h). */
enum roll_state { ROLL_NONE, ROLL_WAITING, ROLL_UNDER_WAY };

/* A core that was dumped, until the sweeper has been asked to find it. */
struct core_dump {
	uint64_t run; /* 0: none */
	pid_t pid;
	int signal;
	int64_t started_us; /* of the run, since 1970 */
};

struct worker {
	struct list_link untold; /* of helpers.c: the logger lacks some news */
	struct pool *pool;
	const struct kernel *kernel;
	void *process; /* the kernel's own, see process.h */
	uint32_t index;
	uint32_t slot; /* in the live table */
	bool wanted;
	bool parked; /* stopped until it is needed, see scaler.h */
	bool gone; /* to be dropped as soon as it is stopped */
	enum worker_state state;
	int64_t state_since_us;
	struct run run;
	struct output outputs[OUTPUT_PAIRS];
	uint64_t sweep_run; /* its leftovers are being killed; 0: none */
	pid_t sweep_pid; /* main process that goes with it; 0: dead */
	char sweep_main[32]; /* "NAME(PID)" where it is killed, else "" */
	bool sweep_sent; /* to the sweeper that runs now */
	struct core_dump core;
	bool gated; /* in backoff: its next start waits for the gate */
	enum roll_state roll; /* of rolling.c */
	uint64_t roll_run; /* its latest run when the roll-out began */
	struct gate_seat seat; /* of gate.c */
	int64_t next_start_ns; /* in backoff: when, CLOCK_MONOTONIC */
	int64_t next_start_us; /* the same, since 1970 */
	const char *next_reason; /* why the next run starts (event.by) … */
	struct asker asker; /* … and who wished for what is done last */
	uint64_t restarts;
	uint64_t lost_bytes; /* of what its runs have printed */
	uint64_t last_run; /* number of the latest run; 0: none yet */
	struct policy policy;
	struct health *health; /* of health.c; NULL: nothing is checked */
	struct notify *notify; /* of notify-socket.c; NULL: has none */
	struct live_exit last_exit;
	bool changed; /* kernel->changed() is due */
};

/* What a worker asks of the world. */
struct kernel {
	int64_t (*now_ns)(void); /* CLOCK_MONOTONIC */
	int64_t (*now_us)(void); /* since 1970 */
	double (*chance)(void); /* from -1 to 1 */
	/* Starts a run: fills number, pid, pidfd, launching of worker->run and
	 * takes worker->run.pair. Returns 0, or -1 and what failed; the number
	 * is filled in both cases. */
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
	/* Whether the worker may start now, as far as others are concerned;
	 * INPUT_CLEARED says when it is worth asking again. */
	bool (*may_start)(struct worker *worker);
	/* Says what the run that is starting lacks to be ready, or "". */
	void (*say_missing)(const struct worker *worker, char *text,
			    size_t size);
	/* Has what /proc knows of the run stored; INPUT_EVIDENCE says when it
	 * is. Returns false when nobody can do it now. */
	bool (*gather_evidence)(struct worker *worker);
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

/* The same, where somebody may have asked for it; NULL: nobody did. */
void worker_ask(struct worker *worker, enum worker_input input,
		enum end_cause cause, const struct asker *asker);

/* Has the next run, when it starts, be told to have been started for `reason`
 * (event.by; it is kept), by the wish of `asker`; NULL: of nobody. */
void worker_note_reason(struct worker *worker, const char *reason,
			const struct asker *asker);

/*
 * Ends the run because something is wrong with it: evidence is stored, then it
 * is stopped, and the restart policy decides what follows. `format` says what
 * was wrong ("memory 412M over 400M for 30s"); it is cut to fit. Nothing when
 * there is no run, or it is being stopped.
 */
void worker_end(struct worker *worker, enum end_cause cause, const char *format,
		...) __attribute__((format(printf, 3, 4)));

/* Gives a run that is starting or stopping `delay_ns` from now on for it,
 * whatever was left. Nothing in other states. */
void worker_extend(struct worker *worker, int64_t delay_ns);

/* Whether it has a process, leftovers or output that is still looked after. */
bool worker_is_busy(const struct worker *worker);

/* Whether it is where its wish wants it up: ready, or done. */
bool worker_is_up(const struct worker *worker);

/* A free FIFO pair for the next run, or -1 when both still hold output. */
int worker_free_output(const struct worker *worker);

/* The name "POOL/INDEX". */
void worker_name(const struct worker *worker, char name[WORKER_NAME_SIZE]);

#endif
