#include "config.h"

#include "supervisor/logger.h"

#include "supervisor/logger-parts.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

void logger_compress_later(struct logger *logger, struct logger_worker *worker)
{
	if (!list_contains(&worker->compressible))
		list_append(&logger->compressible, &worker->compressible);
}

/* Runs the compressor from the file `source` into `target`; its standard error
 * is `news`. Returns 0, or an errno. */
static int spawn(struct logger_compression *compression, int source, int target,
		 int news)
{
	char *arguments[] = {compression->program, NULL};
	posix_spawn_file_actions_t actions;
	int number = posix_spawn_file_actions_init(&actions);

	if (number != 0)
		return number;
	number = posix_spawn_file_actions_adddup2(&actions, source, 0);
	if (number == 0)
		number = posix_spawn_file_actions_adddup2(&actions, target, 1);
	if (number == 0)
		number = posix_spawn_file_actions_adddup2(&actions, news, 2);
	if (number == 0)
		number = posix_spawn(&compression->pid, compression->program,
				     &actions, NULL, arguments, environ);
	if (number != 0)
		compression->pid = 0;
	posix_spawn_file_actions_destroy(&actions);
	return number;
}

/* Begins to wait for the end of the compressor, which is also that of its
 * standard error. */
static int run_compressor(struct logger *logger, int source, int target)
{
	struct logger_compression *compression = &logger->compression;
	struct epoll_event event = {
		.events = EPOLLIN,
		.data.ptr = compression,
	};
	int news[2], number;

	if (pipe2(news, O_CLOEXEC | O_NONBLOCK) < 0)
		return errno;
	number = spawn(compression, source, target, news[1]);
	close(news[1]);
	compression->news = news[0];
	if (number == 0 &&
	    epoll_ctl(logger->epoll, EPOLL_CTL_ADD, news[0], &event) < 0) {
		number = errno;
		kill(compression->pid, SIGKILL);
		waitpid(compression->pid, NULL, 0);
		compression->pid = 0;
	}
	if (number != 0)
		close(news[0]);
	return number;
}

/* Begins to compress one part of a log. Returns 0, or an errno. */
static int begin_part(struct logger *logger, const char *path,
		      const char *draft)
{
	int source = open(path, O_RDONLY | O_CLOEXEC);
	struct stat status;
	int target, number;

	if (source < 0 || fstat(source, &status) < 0) {
		number = errno;
		if (source >= 0)
			close(source);
		return number;
	}
	logger->compression.inode = status.st_ino;
	target = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0640);
	if (target >= 0) {
		number = run_compressor(logger, source, target);
		close(target);
	} else {
		number = errno;
	}
	close(source);
	return number;
}

/* Says once, until it works again, that logs are not compressed. */
static void tell(struct logger *logger, const struct logger_worker *worker,
		 const char *reason)
{
	if (!logger->compression.told)
		logger_report_warning(logger, worker,
				      "cannot compress parts of %s: %s; they "
				      "stay as they are until the next one",
				      worker->file.path, reason);
	logger->compression.told = true;
}

/* Begins to compress the next part of the log of a worker. False: there is
 * none, or it cannot be done now. */
static bool begin(struct logger *logger, const struct logger_worker *worker)
{
	struct logger_compression *compression = &logger->compression;
	const char *name = worker->file.path;
	const struct logger_run *run = worker->runs;
	char path[LOGGER_PART_PATH_SIZE], draft[LOGGER_PART_PATH_SIZE];
	uint64_t part = 0;
	int number;

	/* What a logger that died left behind. Its compressor may still write
	 * it, which does no harm then. */
	logger_part_draft(draft, name);
	unlink(draft);
	if (run && run->rotation.compress)
		part = logger_parts_plain(name, run->rotation.keep, run->tail);
	if (part == 0)
		return false;
	compression->keep = run->rotation.keep;
	snprintf(compression->name, sizeof(compression->name), "%s", name);
	logger_part_path(path, name, part, false);
	number = begin_part(logger, path, draft);
	if (number == 0)
		return true;
	unlink(draft);
	tell(logger, worker, strerror(number));
	return false;
}

void logger_compress(struct logger *logger)
{
	while (logger->compression.pid == 0 &&
	       !list_is_empty(&logger->compressible)) {
		struct logger_worker *worker =
			list_entry(logger->compressible.next,
				   struct logger_worker, compressible);

		if (!begin(logger, worker))
			list_remove(&worker->compressible);
	}
}

/* The worker whose log was being compressed; NULL: it is gone. */
static struct logger_worker *find_worker(const struct logger *logger)
{
	struct list_link *link = logger->compressible.next;

	for (; link != &logger->compressible; link = link->next) {
		struct logger_worker *worker =
			list_entry(link, struct logger_worker, compressible);

		if (!strcmp(worker->file.path, logger->compression.name))
			return worker;
	}
	return NULL;
}

/* Puts a part that is compressed in its place. */
static int finish(struct logger *logger, const struct logger_worker *worker)
{
	const struct logger_compression *compression = &logger->compression;
	struct log_mark *begin = NULL;

	if (worker && worker->runs)
		begin = worker->runs->begin
				? worker->runs->begin
				: log_marks_find(&logger->marks,
						 worker->runs->number);
	return logger_parts_replace(compression->name, compression->keep,
				    compression->inode, begin);
}

/* Waits for the end of the compressor. Returns whether it did its work. */
static bool reap(struct logger_compression *compression)
{
	pid_t pid = compression->pid;
	int status;

	close(compression->news);
	compression->pid = 0;
	return waitpid(pid, &status, 0) == pid && WIFEXITED(status) &&
	       WEXITSTATUS(status) == 0;
}

static void remove_draft(const struct logger_compression *compression)
{
	char draft[LOGGER_PART_PATH_SIZE];

	logger_part_draft(draft, compression->name);
	unlink(draft);
}

void logger_compress_news(struct logger *logger)
{
	struct logger_compression *compression = &logger->compression;
	struct logger_worker *worker = find_worker(logger);
	char reason[200];
	ssize_t got = read(compression->news, reason, sizeof(reason) - 1);

	if (got < 0)
		return;
	reason[got] = '\0';
	if (got == 0)
		snprintf(reason, sizeof(reason), "the compressor was ended");
	if (reap(compression)) {
		if (finish(logger, worker) == 0) {
			compression->told = false;
			return;
		}
		snprintf(reason, sizeof(reason), "%s", strerror(errno));
	}
	remove_draft(compression);
	if (!worker)
		return;
	list_remove(&worker->compressible);
	tell(logger, worker, reason);
}

void logger_compress_release(struct logger *logger)
{
	struct logger_compression *compression = &logger->compression;

	if (compression->pid == 0)
		return;
	kill(compression->pid, SIGKILL);
	reap(compression);
	remove_draft(compression);
}
