#include "config.h"

#include "supervisor/logger.h"

#include "base/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

/* So often it is tried to write what others wait for. */
enum { GIVE_UP_RETRIES = 5 };

/* ---- finding and making ---- */

static int compare_workers(const void *left, const void *right)
{
	const struct logger_worker *a = left, *b = right;

	if (a->index != b->index)
		return a->index < b->index ? -1 : 1;
	return strcmp(a->pool, b->pool);
}

static int compare_runs(const void *left, const void *right)
{
	const struct logger_run *a = left, *b = right;

	return a->number < b->number ? -1 : a->number > b->number;
}

static struct logger_run *find_run(const struct logger *logger, uint64_t number)
{
	struct logger_run key = {.number = number};
	void *node = tfind(&key, &logger->runs_by_number, compare_runs);

	return node ? *(struct logger_run **)node : NULL;
}

/* Memory that a helper cannot do without: its death is harmless, the next one
 * is told everything again. */
static void *must_have(void *memory)
{
	if (!memory)
		abort();
	return memory;
}

/* The worker that a message names, made where it is new. */
static struct logger_worker *get_worker(struct logger *logger,
					const struct message *message)
{
	struct logger_worker *worker = must_have(calloc(1, sizeof(*worker)));
	struct logger_worker **node;

	memcpy(worker->pool, message->pool, sizeof(worker->pool));
	worker->index = message->index;
	worker->file.fd = -1;
	snprintf(worker->file.path, sizeof(worker->file.path),
		 "%s/log/%s.%" PRIu64 ".log", logger->helper.state,
		 worker->pool, worker->index);
	node = must_have(
		tsearch(worker, &logger->workers_by_name, compare_workers));
	if (*node != worker) {
		free(worker);
		return *node;
	}
	list_append(&logger->workers, &worker->all);
	return worker;
}

/* Adds a run to those of a worker, in the order of their numbers. */
static struct logger_run *add_run(struct logger *logger,
				  struct logger_worker *worker,
				  const struct message *message)
{
	struct logger_run *run = must_have(calloc(1, sizeof(*run)));
	struct logger_run **place = &worker->runs;

	run->worker = worker;
	run->number = message->run;
	run->pair = message->pair;
	run->pid = message->pid;
	run->format = message->format <= LOG_JSON
			      ? (enum log_format)message->format
			      : LOG_RAW;
	run->rotation = (struct logger_rotation){
		.max_size = message->max_size,
		.max_age_ns = message->max_age_ns,
		.keep = message->keep,
		.compress = message->compress != 0,
	};
	run->tail = message->tail;
	for (size_t i = 0; i < 2; i++)
		run->streams[i] = (struct logger_stream){
			.run = run,
			.fd = -1,
			.stage = {.fd = -1},
		};
	while (*place && (*place)->number < run->number)
		place = &(*place)->next;
	run->next = *place;
	*place = run;
	must_have(tsearch(run, &logger->runs_by_number, compare_runs));
	return run;
}

static void free_run(struct logger *logger, struct logger_run *run)
{
	struct logger_run **place = &run->worker->runs;

	while (*place != run)
		place = &(*place)->next;
	*place = run->next;
	tdelete(run, &logger->runs_by_number, compare_runs);
	for (size_t i = 0; i < 2; i++)
		logger_close_stream(logger, &run->streams[i]);
	logger_lines_close(logger, run, false);
	logger_watch_release(run);
	free(run);
}

static void free_worker(struct logger *logger, struct logger_worker *worker)
{
	tdelete(worker, &logger->workers_by_name, compare_workers);
	list_remove(&worker->all);
	list_remove(&worker->compressible);
	logger_file_close(&worker->file);
	free(worker);
}

/* ---- the life of a run ---- */

/* Opens the FIFOs of a run. False: not now; its worker is faulty. */
static bool open_run(struct logger *logger, struct logger_run *run)
{
	struct logger_worker *worker = run->worker;

	for (int i = 0; i < 2; i++) {
		struct logger_stream *stream = &run->streams[i];
		char path[600];

		message_fifo_path(path, logger->helper.runtime, worker->pool,
				  worker->index, run->pair, i + 1);
		if (stream->fd < 0)
			stream->fd =
				open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
		if (stream->fd < 0 && errno == EMFILE) {
			logger_spare_fds(logger);
			stream->fd =
				open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
		}
		if (stream->fd >= 0)
			continue;
		if (errno == EMFILE || errno == ENFILE || errno == ENOMEM) {
			logger_fault(logger, worker, errno);
			return false;
		}
		logger_report_warning(logger, worker,
				      "cannot read %s: %s; what run %" PRIu64
				      " prints there is lost",
				      path, strerror(errno), run->number);
	}
	logger_lines_find(logger, run);
	run->opened = true;
	return true;
}

/* Begins to wait for bytes of a run. What is there already counts as news. */
static void listen_to(struct logger *logger, struct logger_run *run)
{
	for (size_t i = 0; i < 2 && !run->listening; i++) {
		struct logger_stream *stream = &run->streams[i];
		struct epoll_event event = {
			.events = EPOLLIN | EPOLLET,
			.data.ptr = stream,
		};

		if (stream->fd >= 0)
			epoll_ctl(logger->epoll, EPOLL_CTL_ADD, stream->fd,
				  &event);
		if (stream->staged)
			list_append(&logger->readable, &stream->readable);
	}
	if (!run->listening)
		logger_watch_begin(logger, run);
	run->listening = true;
}

/*
 * Moves what an ended run left behind: the bytes that were in its FIFOs when
 * we first looked after its end. What remains of its tree may hold them open
 * and write for ever. False: not all could be moved.
 */
static bool empty_run(struct logger *logger, struct logger_run *run)
{
	for (size_t i = 0; i < 2; i++) {
		struct logger_stream *stream = &run->streams[i];

		if (!run->measured)
			stream->left = logger_pipe_bytes(stream->fd);
	}
	run->measured = true;
	for (size_t i = 0; i < 2; i++) {
		struct logger_stream *stream = &run->streams[i];
		ssize_t moved = 1;

		while (stream->left > 0 &&
		       (moved = logger_move(logger, stream, stream->left)) > 0)
			stream->left -= (size_t)moved;
		if (moved < 0 || logger_move_last(logger, stream) < 0)
			return false;
	}
	return true;
}

/* Ends a run whose bytes are all in the log: the journal has its last output
 * before the supervisor is told. */
static void finish_run(struct logger *logger, struct logger_run *run,
		       uint64_t lost)
{
	struct logger_worker *worker = run->worker;
	struct logger_answer answer =
		logger_answer_of(MESSAGE_LOG_DRAINED, run);

	if (!run->begin)
		run->begin = log_marks_find(&logger->marks, run->number);
	if (run->begin) {
		worker->file.begin = run->begin;
		worker->file.rotation = run->rotation;
		logger_report_output(logger, run);
		worker->file.begin = NULL;
		if (run->begin != &run->own_begin)
			log_marks_drop(&logger->marks, run->begin);
	}
	logger_lines_close(logger, run, true);
	answer.lost = lost;
	logger_answer(logger, &answer);
	logger->unfinished--;
	free_run(logger, run);
}

/* Throws away what is in the FIFO of a stream. Returns how many bytes. */
static uint64_t discard(const struct logger *logger,
			const struct logger_stream *stream)
{
	size_t left = logger_pipe_bytes(stream->fd);
	uint64_t count = 0;

	while (left > 0) {
		ssize_t got = read(
			stream->fd, logger->input,
			left < LOGGER_INPUT_SIZE ? left : LOGGER_INPUT_SIZE);

		if (got <= 0)
			break;
		left -= (size_t)got;
		count += (uint64_t)got;
	}
	return count;
}

/*
 * Gives up what an ended run has printed and the log does not take, a full
 * disk for example: when the supervisor ends, or the worker has no FIFOs left
 * for its next run. These bytes are counted as lost; no others ever are.
 */
static void give_up(struct logger *logger, struct logger_run *run)
{
	uint64_t lost = 0;

	for (size_t i = 0; i < 2; i++) {
		struct logger_stream *stream = &run->streams[i];

		lost += discard(logger, stream);
		if (stream->stage.fd >= 0)
			lost += logger_stage_left(&stream->stage);
	}
	if (lost > 0)
		logger_report_lost(logger, run, lost);
	finish_run(logger, run, lost);
}

/* Whether others have waited for the end of this run for long enough. */
static bool is_in_the_way(const struct logger *logger, struct logger_run *run)
{
	bool waited_for = logger->finishing || (run->next && run->next->ended);

	if (!run->ended || !waited_for)
		return false;
	return ++run->blocked > GIVE_UP_RETRIES;
}

/* Does for a worker what can be done now; frees it when it has no run. */
static void advance(struct logger *logger, struct logger_worker *worker)
{
	struct logger_run *run;

	while ((run = worker->runs)) {
		if (!run->opened && !open_run(logger, run))
			return;
		if (!run->ended) {
			listen_to(logger, run);
			return;
		}
		if (!empty_run(logger, run))
			return;
		finish_run(logger, run, 0);
	}
	if (worker->faulty)
		logger->faulty--;
	free_worker(logger, worker);
}

void logger_start(struct logger *logger, const struct message *message)
{
	struct logger_worker *worker;
	struct logger_run *run;

	if (find_run(logger, message->run))
		return;
	worker = get_worker(logger, message);
	run = add_run(logger, worker, message);
	logger_watch_start(logger, run, message);
	/* A logger before us may have left something undone. */
	logger_compress_later(logger, worker);
	open_run(logger, run);
	advance(logger, worker);
}

void logger_end(struct logger *logger, const struct message *message)
{
	struct logger_run *run = find_run(logger, message->run);

	if (!run) {
		struct logger_answer answer = {
			.kind = MESSAGE_LOG_DRAINED,
			.run = message->run,
			.index = message->index,
		};

		memcpy(answer.pool, message->pool, sizeof(answer.pool));
		logger_answer(logger, &answer);
		return;
	}
	if (run->ended)
		return;
	run->ended = true;
	logger->unfinished++;
	advance(logger, run->worker);
}

void logger_retry(struct logger *logger)
{
	struct list_link *link = logger->workers.next, *next;

	logger->retry_at_ns = clock_monotonic_ns() + LOGGER_RETRY_NS;
	for (; link != &logger->workers; link = next) {
		struct logger_worker *worker =
			list_entry(link, struct logger_worker, all);

		next = link->next;
		if (!worker->faulty)
			continue;
		worker->faulty = false;
		logger->faulty--;
		if (is_in_the_way(logger, worker->runs))
			give_up(logger, worker->runs);
		if (!worker->runs) {
			free_worker(logger, worker);
			continue;
		}
		for (size_t i = 0; i < 2; i++)
			if (!list_contains(&worker->runs->streams[i].readable))
				list_append(&logger->readable,
					    &worker->runs->streams[i].readable);
		advance(logger, worker);
	}
}

void logger_drain(struct logger *logger)
{
	struct list_link *link = logger->workers.next;

	for (; link != &logger->workers; link = link->next) {
		struct logger_worker *worker =
			list_entry(link, struct logger_worker, all);

		if (worker->runs)
			empty_run(logger, worker->runs);
	}
}

void logger_release(struct logger *logger)
{
	while (!list_is_empty(&logger->workers)) {
		struct logger_worker *worker = list_entry(
			logger->workers.next, struct logger_worker, all);

		while (worker->runs)
			/* The checker does not see that each is taken off.
			 * NOLINTNEXTLINE(clang-analyzer-unix.Malloc) */
			free_run(logger, worker->runs);
		free_worker(logger, worker);
	}
	free(logger->answers);
}
