#include "config.h"

#include "supervisor/logger-stage.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	/* The bytes begin here; before them is a struct header. */
	DATA_BEGIN = 4096,
	/* So many that are done may still take room. */
	PUNCH_SIZE = 256 * 1024,
};

/* Written by one write(2) within a page, which is not torn by our death. */
struct header {
	uint64_t done;
	uint64_t inode; /* of the log */
	uint64_t offset; /* its end */
};

static int write_header(const struct logger_stage *stage)
{
	const struct header header = {
		.done = stage->done,
		.inode = stage->end.inode,
		.offset = stage->end.offset,
	};

	return pwrite(stage->fd, &header, sizeof(header), 0) == sizeof(header)
		       ? 0
		       : -1;
}

static int make_empty(struct logger_stage *stage)
{
	stage->done = DATA_BEGIN;
	stage->size = DATA_BEGIN;
	stage->punched = DATA_BEGIN;
	return ftruncate(stage->fd, DATA_BEGIN) < 0 ? -1 : write_header(stage);
}

static int read_header(struct logger_stage *stage)
{
	struct header header = {0};
	struct stat status;

	if (fstat(stage->fd, &status) < 0 ||
	    pread(stage->fd, &header, sizeof(header), 0) < 0)
		return -1;
	stage->size = (uint64_t)status.st_size;
	stage->done = header.done;
	stage->punched = DATA_BEGIN;
	stage->end = (struct log_mark){0, header.inode, header.offset};
	if (stage->done >= DATA_BEGIN && stage->done <= stage->size)
		return 0;
	/* It is new, or our forerunner died when it had emptied it. */
	return make_empty(stage);
}

int logger_stage_open(struct logger_stage *stage, const char *path)
{
	stage->fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (stage->fd < 0)
		return -1;
	if (read_header(stage) < 0) {
		int number = errno;

		logger_stage_close(stage);
		errno = number;
		return -1;
	}
	return 0;
}

void logger_stage_close(struct logger_stage *stage)
{
	if (stage->fd >= 0)
		close(stage->fd);
	stage->fd = -1;
}

uint64_t logger_stage_left(const struct logger_stage *stage)
{
	return stage->size - stage->done;
}

ssize_t logger_stage_fill(struct logger_stage *stage, int pipe, size_t limit)
{
	loff_t offset = (loff_t)stage->size;
	ssize_t moved = splice(pipe, NULL, stage->fd, &offset, limit,
			       SPLICE_F_MOVE | SPLICE_F_NONBLOCK);

	if (moved > 0)
		stage->size += (uint64_t)moved;
	return moved;
}

ssize_t logger_stage_read(const struct logger_stage *stage, char *buffer,
			  size_t size)
{
	return pread(stage->fd, buffer, size, (off_t)stage->done);
}

/* Gives room back. Not every file system takes holes: there it is given back
 * as soon as all is done. */
static int give_room_back(struct logger_stage *stage)
{
	uint64_t count = stage->done - stage->punched;

	if (stage->done == stage->size)
		return make_empty(stage);
	if (count >= PUNCH_SIZE &&
	    fallocate(stage->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
		      (off_t)stage->punched, (off_t)count) == 0)
		stage->punched = stage->done;
	return 0;
}

int logger_stage_commit(struct logger_stage *stage, uint64_t count,
			const struct log_mark *end)
{
	stage->done += count;
	stage->end = *end;
	return write_header(stage) < 0 ? -1 : give_room_back(stage);
}
