#ifndef SUPERVISOR_LOGGER_H
#define SUPERVISOR_LOGGER_H

#include "base/list.h"
#include "base/log-line.h"
#include "base/programs.h"
#include "store/event.h"
#include "store/journal.h"
#include "supervisor/helper.h"
#include "supervisor/logger-file.h"
#include "supervisor/logger-marks.h"
#include "supervisor/logger-stage.h"
#include "supervisor/message.h"

#include <regex.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * The logger moves what workers print into their log files. For each run the
 * supervisor says LOG_START and LOG_END; the runs of one worker are read one
 * after the other, in the order of their numbers. Where a log cannot be
 * written (a full disk), its bytes stay in the FIFOs, the worker waits when
 * they are full, and the logger tries again every second.
 */

struct logger_worker;

/* The line of a stream that is held against the pattern when it is whole. */
struct logger_line {
	size_t used;
	char text[LOG_TEXT_MAX + 1]; /* a longer one is cut */
};

/* One FIFO of a run: its stdout or stderr. */
struct logger_stream {
	struct logger_run *run;
	int fd; /* -1: not open, or not there */
	uint32_t capacity; /* of the pipe, bytes; 0: not asked yet */
	bool enlarged; /* … because it was busy */
	size_t left; /* of an ended run: bytes still to be moved */
	struct logger_stage stage; /* where lines are formatted */
	bool staged; /* it may have bytes that are not in the log yet */
	struct logger_line *line; /* NULL: none yet, or no pattern */
	struct list_link readable; /* in logger.readable */
};

struct logger_run {
	struct logger_worker *worker;
	uint64_t number;
	uint64_t pair;
	uint64_t pid; /* 0: not known */
	enum log_format format;
	struct logger_rotation rotation;
	uint64_t tail;
	bool opened; /* the FIFOs, as far as they are there */
	bool listening; /* the streams are in the epoll set */
	bool ended;
	unsigned blocked; /* retries while others wait for its end */
	bool measured; /* `left` is set */
	bool recovered; /* what a logger that died had begun is undone */
	uint64_t silence_ns; /* 0: it may be silent */
	int64_t heard_ns; /* CLOCK_MONOTONIC; the last output */
	bool silent; /* that is told */
	bool matching; /* `pattern` is set and did not match yet */
	regex_t pattern;
	struct log_mark *begin; /* where its output begins; NULL: none yet */
	struct log_mark own_begin; /* used where the table has no room */
	struct logger_stream streams[2];
	struct logger_run *next; /* of the same worker */
};

struct logger_worker {
	char pool[NAME_SIZE];
	uint64_t index;
	struct logger_file file;
	struct logger_run *runs; /* the first one is read now */
	bool faulty; /* its log or FIFOs cannot be used for now */
	bool told; /* … and a warning said so */
	struct list_link all; /* in logger.workers */
	struct list_link compressible; /* in logger.compressible */
};

/* The child that compresses a part of a log, one at a time. */
struct logger_compression {
	char program[PROGRAM_PATH_SIZE];
	pid_t pid; /* 0: there is none */
	int news; /* its standard error */
	char name[600]; /* of the log */
	uint64_t keep;
	uint64_t inode; /* of the part */
	bool told; /* that it cannot be done, since it last could */
};

/* What is said of a run and its worker. */
struct logger_answer {
	enum message_kind kind;
	uint64_t lost; /* bytes */
	uint64_t silence_ns;
	uint64_t run;
	uint64_t index;
	char pool[NAME_SIZE];
};

struct logger {
	struct helper helper;
	int epoll;
	struct journal *journal;
	struct log_marks marks;
	char *input; /* LOGGER_INPUT_SIZE; lines as they come … */
	char *output; /* LOGGER_OUTPUT_SIZE; … and as they are written */
	struct list_link workers;
	void *workers_by_name; /* trees of tsearch(3) */
	void *runs_by_number;
	struct list_link readable; /* streams that may have bytes */
	/* Workers whose log may have parts to be compressed. */
	struct list_link compressible;
	struct logger_compression compression;
	size_t enlarged; /* bytes of pipes that were enlarged */
	bool busy; /* one of them fills faster than we gather */
	size_t faulty; /* workers that wait for logger_retry() */
	int64_t retry_at_ns; /* monotonic; when one is faulty */
	int64_t silent_at_ns; /* no run is silent before; INT64_MAX: none */
	bool finishing; /* nobody waits for what cannot be written */
	bool full_told; /* a warning said that the disk is full */
	size_t unfinished; /* runs that ended and are not drained */
	/* Answers that the socket did not take yet. */
	struct logger_answer *answers;
	size_t answer_count;
	size_t answer_capacity;
};

/* How long what failed waits until it is tried again. */
#define LOGGER_RETRY_NS INT64_C(1000000000)

enum {
	LOGGER_INPUT_SIZE = 256 * 1024,
	LOGGER_OUTPUT_SIZE = 256 * 1024 + LOG_LINE_MAX,
};

/* ---- moving bytes (logger-move.c) ---- */

/* Gives each readable stream one turn. */
void logger_turn(struct logger *logger);

/* Moves at most `limit` bytes of a stream into the log of its worker. Returns
 * how many, 0 when the stream is empty, or -1 when its worker is faulty. */
ssize_t logger_move(struct logger *logger, struct logger_stream *stream,
		    size_t limit);

/* How many bytes are in the pipe `fd`; 0 where there is none (-1). */
size_t logger_pipe_bytes(int fd);

/* Notes that nothing can be done for a worker until logger_retry(), and says
 * why (an errno): once for each worker, and only of the first of those that
 * wait for a full disk. */
void logger_fault(struct logger *logger, struct logger_worker *worker,
		  int number);

/* Takes a stream off all lists and closes its FIFO. */
void logger_close_stream(struct logger *logger, struct logger_stream *stream);

/* Closes all log files and stages; they are opened again when they are needed.
 */
void logger_spare_fds(const struct logger *logger);

/* Writes what is left of the last line of a stream whose run ended. Returns 0,
 * or -1 when its worker is faulty. */
int logger_move_last(struct logger *logger, struct logger_stream *stream);

/* ---- formatted lines (logger-lines.c) ---- */

/* Notes which streams of a run that was just opened have bytes that a logger
 * before us moved to their stage. */
void logger_lines_find(const struct logger *logger, struct logger_run *run);

/* Opens the stages of a run whose log is formatted, and undoes what was not
 * done when a logger before us died. The log is open. Returns 0, or -1 with
 * errno. */
int logger_lines_open(struct logger *logger, struct logger_run *run);

/* Moves at most `limit` bytes of a stream to its stage, where it has some, and
 * all lines that are there into the log; with `last` what has no end, too.
 * Returns how many bytes were moved, or -1 with errno. */
ssize_t logger_lines_move(struct logger *logger, struct logger_stream *stream,
			  size_t limit, bool last);

/* Closes the stages of a run; removes them where `done` says that nothing is
 * in them. */
void logger_lines_close(const struct logger *logger, struct logger_run *run,
			bool done);

/* ---- runs (logger-run.c) ---- */

/* Begins to read the FIFOs of a run, or to wait for its turn. A run that is
 * known already is left as it is. */
void logger_start(struct logger *logger, const struct message *message);

/* Notes that a run ended; drains and answers it now if that is possible, else
 * when it is. */
void logger_end(struct logger *logger, const struct message *message);

/* Tries again what could not be done before. */
void logger_retry(struct logger *logger);

/* Moves what the FIFOs of all runs have at this moment. */
void logger_drain(struct logger *logger);

/* Frees all runs and workers. */
void logger_release(struct logger *logger);

/* ---- what is looked for in output (logger-watch.c) ---- */

/* Takes over what LOG_START says of silence and pattern. */
void logger_watch_start(struct logger *logger, struct logger_run *run,
			const struct message *message);

/* A run begins to be read: its silence counts from now on, and what a logger
 * before us wrote is held against the pattern. */
void logger_watch_begin(struct logger *logger, struct logger_run *run);

/* `size` bytes of a stream were moved to `offset` of the file `fd`. */
void logger_watch_bytes(struct logger *logger, struct logger_stream *stream,
			int fd, uint64_t offset, size_t size);

/* Says which runs are silent by now. */
void logger_watch_silence(struct logger *logger);

void logger_watch_release(struct logger_run *run);

/* ---- compressing older parts (logger-compress.c) ---- */

/* Notes that the log of a worker may have parts to be compressed. */
void logger_compress_later(struct logger *logger, struct logger_worker *worker);

/* Begins to compress the next part, where there is one and no other is being
 * compressed. */
void logger_compress(struct logger *logger);

/* The compressor has ended, or said why it is about to. */
void logger_compress_news(struct logger *logger);

/* Ends the compressor; the part stays as it is. */
void logger_compress_release(struct logger *logger);

/* ---- what is told to others (logger-report.c) ---- */

/* Appends the last output of a run to the journal. */
void logger_report_output(struct logger *logger, const struct logger_run *run);

/* Appends a warning about a worker. */
void logger_report_warning(struct logger *logger,
			   const struct logger_worker *worker,
			   const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Says it now, or when the socket has room. */
void logger_answer(struct logger *logger, const struct logger_answer *answer);

/* The answer `kind` about a run. */
struct logger_answer logger_answer_of(enum message_kind kind,
				      const struct logger_run *run);

/* Appends an event: `count` bytes that a run printed were lost. */
void logger_report_lost(struct logger *logger, const struct logger_run *run,
			uint64_t count);

/* Sends the answers that wait. */
void logger_send_answers(struct logger *logger);

#endif
