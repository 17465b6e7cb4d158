#include "config.h"

#include "supervisor/output.h"

#include "supervisor/instance.h"
#include "supervisor/message.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

enum { STREAMS = 2 };

static void fifo_path(const struct worker *worker, unsigned pair, int stream,
		      char path[600])
{
	message_fifo_path(path, worker->pool->instance->folders.runtime,
			  worker->pool->config->name, worker->index, pair,
			  stream + 1);
}

static int make_fifo(const struct worker *worker, const char *path)
{
	const struct user_config *user = &worker->pool->config->user;

	/* One of a supervisor that was killed may belong to another user. */
	if (mkfifo(path, 0600) < 0 &&
	    (errno != EEXIST || unlink(path) < 0 || mkfifo(path, 0600) < 0))
		return -1;
	return user->set ? chown(path, user->uid, user->gid) : 0;
}

int output_make(struct worker *worker, unsigned pair)
{
	char path[600];

	if (worker->outputs[pair].made)
		return 0;
	for (int stream = 0; stream < STREAMS; stream++) {
		fifo_path(worker, pair, stream, path);
		if (make_fifo(worker, path) < 0)
			return -1;
	}
	worker->outputs[pair].made = true;
	return 0;
}

bool output_lacks_pair(const struct worker *worker)
{
	const struct output *next = &worker->outputs[worker->run.pair ^ 1];

	return worker->pool->config->log.format != LOG_INHERIT &&
	       worker->run.pid > 0 && !next->made && next->run == 0;
}

static int open_fifos(const struct worker *worker, unsigned pair, int fds[2])
{
	char path[600];

	for (int stream = 0; stream < STREAMS; stream++) {
		fifo_path(worker, pair, stream, path);
		fds[stream] = open(path, O_RDWR | O_CLOEXEC);
		if (fds[stream] < 0)
			return -1;
	}
	return 0;
}

int output_open(struct worker *worker, unsigned pair, uint64_t run)
{
	struct output *output = &worker->outputs[pair];
	int status, number;

	if (output_make(worker, pair) < 0)
		return -1;
	status = open_fifos(worker, pair, output->fds);
	if (status < 0 && errno == ENOENT) {
		/* Somebody removed one. */
		output_close(worker, pair);
		output->made = false;
		status = output_make(worker, pair) < 0
				 ? -1
				 : open_fifos(worker, pair, output->fds);
	}
	if (status < 0) {
		number = errno;
		output_close(worker, pair);
		errno = number;
		return -1;
	}
	output->run = run;
	output->ended = false;
	output->start_sent = false;
	output->end_sent = false;
	return 0;
}

void output_end(struct worker *worker, unsigned pair)
{
	worker->outputs[pair].ended = true;
}

void output_close(struct worker *worker, unsigned pair)
{
	struct output *output = &worker->outputs[pair];

	for (int stream = 0; stream < STREAMS; stream++) {
		if (output->fds[stream] >= 0)
			close(output->fds[stream]);
		output->fds[stream] = -1;
	}
	output->run = 0;
}

void output_remove(struct worker *worker)
{
	char path[600];

	for (unsigned pair = 0; pair < OUTPUT_PAIRS; pair++) {
		output_close(worker, pair);
		for (int stream = 0; stream < STREAMS; stream++) {
			fifo_path(worker, pair, stream, path);
			unlink(path);
		}
		worker->outputs[pair].made = false;
	}
}
