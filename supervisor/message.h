#ifndef SUPERVISOR_MESSAGE_H
#define SUPERVISOR_MESSAGE_H

#include "base/cpulist.h"
#include "base/error.h"
#include "base/words.h"
#include "store/retention.h"

#include <stdint.h>

/*
 * What the supervisor and a helper say to each other, one message a packet on
 * a SEQPACKET socket pair. It carries requests, never state: a helper that
 * starts again is told everything that is still to do.
 */

/* X(enumerator, number) */
#define MESSAGE_KINDS(X)                                                       \
	/* To the logger: a run's FIFOs (pool, index, pair) are to be read     \
	 * into its log file; run, pid, format, max_size, max_age_ns, keep,    \
	 * compress, tail. Comes before the run writes, or again after the     \
	 * logger was restarted. A pair is started only after all earlier runs \
	 * of that worker are drained. With silence_ns it answers LOG_SILENT,  \
	 * with a pattern LOG_MATCHED. */                                      \
	X(MESSAGE_LOG_START, 1)                                                \
	/* To the logger: the run is over; read what is left, append its last  \
	 * output to the journal, answer LOG_DRAINED (run, pool, index).       \
	 * Repeated after a restart of the logger (LOG_START comes before it   \
	 * then); where it was killed before it could answer, the journal has  \
	 * the output twice. */                                                \
	X(MESSAGE_LOG_END, 2)                                                  \
	/* … with count = bytes that were lost, if any. */                   \
	X(MESSAGE_LOG_DRAINED, 3)                                              \
	/* To the sweeper: kill all that is left of a run (run, pid of its     \
	 * main process or 0, pool, index, cgroup: path or empty), make its    \
	 * cgroup anew, and answer SWEPT (run, pool, index) with count and     \
	 * text (names). */                                                    \
	X(MESSAGE_SWEEP, 4)                                                    \
	X(MESSAGE_SWEPT, 5)                                                    \
	/* To any helper: finish what is there, then exit 0. */                \
	X(MESSAGE_FINISH, 6)                                                   \
	/* To the sweeper: the workers 0 to count - 1 of a pool are about to   \
	 * start; make their cgroups below the instance's (cgroup). */         \
	X(MESSAGE_PREPARE, 7)                                                  \
	/* From the sampler: the run of a worker (pool, index, run) is over a  \
	 * bound of `watch`: cause, value, text. Comes after each measurement  \
	 * when the run is to be ended, else once. */                          \
	X(MESSAGE_WATCH, 40)                                                   \
	/* From the sampler, after each measurement: the run makes no          \
	 * progress: text; without a text: it does again. */                   \
	X(MESSAGE_STUCK, 41)                                                   \
	/* From the sampler: the run of a worker (pool, index, run) has been   \
	 * idle for value nanoseconds: text. */                                \
	X(MESSAGE_IDLE, 25)                                                    \
	/* To the sweeper: collect evidence on a run that is about to be       \
	 * ended (run, pid, pool, index, cause), store it, and answer          \
	 * EVIDENCED (run, pool, index, text = "NAME(PID)"). Sent once; nobody \
	 * waits long. */                                                      \
	X(MESSAGE_EVIDENCE, 42)                                                \
	X(MESSAGE_EVIDENCED, 43)                                               \
	/* From the logger: a run (run, pool, index) has printed nothing for   \
	 * silence_ns; said once. Without silence_ns: it prints again. */      \
	X(MESSAGE_LOG_SILENT, 10)                                              \
	/* From the logger: a line of a run (run, pool, index) matched its     \
	 * pattern. May come twice where the logger was restarted. */          \
	X(MESSAGE_LOG_MATCHED, 11)                                             \
	/* From the sampler: the supervisor may use other CPUs than before.    \
	 * Sent once more by each new sampler. */                              \
	X(MESSAGE_CPUS_CHANGED, 20)                                            \
	/* To the sweeper: move all of a run (run, pid, pool, index, cgroup:   \
	 * path or empty) from the CPUs former_mask to mask, and answer        \
	 * PLACED (run, pool, index, mask) with value = errno where it was     \
	 * refused. Threads that have narrowed themselves inside of            \
	 * former_mask stay. */                                                \
	X(MESSAGE_PLACE, 21)                                                   \
	X(MESSAGE_PLACED, 22)                                                  \
	/* From the sampler: a run (run, pool, index) has chosen other CPUs    \
	 * than those that it was put on: text. Said once. */                  \
	X(MESSAGE_CPUS_CHOSEN, 23)                                             \
	/* To the sweeper: a run (run, pid, pool, index, cause) has dumped     \
	 * its core by the signal value; text = the folder that it was         \
	 * started in, or empty for reeve's own; count = when it was started,  \
	 * in microseconds since 1970. */                                      \
	X(MESSAGE_CORE, 51)                                                    \
	/* To the recorder: how long to keep what: retention. Comes when it    \
	 * starts, and again after a reload. */                                \
	X(MESSAGE_RETENTION, 50)

enum message_kind {
#define X(enumerator, number) enumerator = number,
	MESSAGE_KINDS(X)
#undef X
};

struct message {
	uint64_t kind;
	uint64_t run;
	char pool[NAME_SIZE];
	uint64_t index;
	uint64_t pair; /* which FIFO pair: 0 or 1 */
	uint64_t pid;
	uint64_t max_size; /* of a log file, bytes; 0: never rotated */
	uint64_t keep; /* rotated files kept */
	uint64_t tail; /* bytes of last output kept with a run */
	char cgroup[512]; /* absolute path */
	uint64_t count;
	char text[1024];
	uint64_t cause; /* enum end_cause */
	uint64_t value;
	uint64_t format; /* enum log_format */
	uint64_t max_age_ns; /* of a log file; 0: never rotated */
	uint64_t compress; /* 1: older log files */
	uint64_t silence_ns; /* after which a run is silent; 0: never */
	char pattern[512]; /* POSIX extended; empty: none */
	char mask[CPUMASK_TEXT_SIZE];
	char former_mask[CPUMASK_TEXT_SIZE];
	struct retention retention;
};

/* No packet is larger. */
enum { MESSAGE_SIZE = 4096 };

/* Sends without blocking. Returns 0, or -1 with errno (EAGAIN: the socket is
 * full; EPIPE: the peer is gone). */
int message_send(int socket, const struct message *message);

/* Receives one message. Returns 1, 0 at the end (the peer is gone), or -1 with
 * errno (EAGAIN: none there; EBADMSG: a damaged one, skip it). Blocks only
 * when the socket does. */
int message_receive(int socket, struct message *message);

/* Writes the path of a FIFO of a worker into `path`: RUNTIME/fifo/
 * POOL.INDEX.PAIR.out (stream 1) or .err (stream 2). */
void message_fifo_path(char path[600], const char *runtime, const char *pool,
		       uint64_t index, uint64_t pair, int stream);

#endif
