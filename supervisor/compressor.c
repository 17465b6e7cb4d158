#include "config.h"

#include "base/log-gzip.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <zlib.h>

/*
 * reeve-compressor: compresses a part of a log from standard input to standard
 * output, a new file, for the logger, whose child it is. Exits 0 when all of
 * it is on the disk, else 1 with the reason on standard error. It gives way to
 * everything else and ends with the logger.
 */

enum { BLOCK_SIZE = 64 * 1024 };

/* gzip in place of zlib's own format; see deflateInit2() in zlib.h. */
enum { GZIP_WINDOW_BITS = 15 + 16, MEMORY_LEVEL = 8 };

/* ioprio_set(2) has no header. */
enum { IOPRIO_WHO_PROCESS = 1, IOPRIO_IDLE = 3 << 13 };

static void give_way(void)
{
	/* Where one of these is refused we are as good as before. */
	setpriority(PRIO_PROCESS, 0, 19);
	syscall(SYS_ioprio_set, IOPRIO_WHO_PROCESS, 0, IOPRIO_IDLE);
}

static int write_all(const unsigned char *data, size_t size)
{
	while (size > 0) {
		ssize_t written = write(STDOUT_FILENO, data, size);

		if (written < 0)
			return -1;
		data += written;
		size -= (size_t)written;
	}
	return 0;
}

/* Compresses and writes what `stream` has as input. */
static int write_block(z_stream *stream, int flush)
{
	unsigned char block[BLOCK_SIZE];

	do {
		stream->next_out = block;
		stream->avail_out = sizeof(block);
		deflate(stream, flush);
		if (write_all(block, sizeof(block) - stream->avail_out) < 0)
			return -1;
	} while (stream->avail_out == 0);
	return 0;
}

static int write_input(z_stream *stream)
{
	unsigned char block[BLOCK_SIZE];
	ssize_t got;

	do {
		got = read(STDIN_FILENO, block, sizeof(block));
		if (got < 0)
			return -1;
		stream->next_in = block;
		stream->avail_in = (unsigned)got;
		if (write_block(stream, got > 0 ? Z_NO_FLUSH : Z_FINISH) < 0)
			return -1;
	} while (got > 0);
	return 0;
}

static int compress_input(const struct stat *source)
{
	unsigned char extra[LOG_GZIP_EXTRA_SIZE];
	gz_header header = {
		.time = (uLong)source->st_mtim.tv_sec,
		.os = 3, /* Unix */
		.extra = extra,
		.extra_len = sizeof(extra),
	};
	z_stream stream = {0};
	int result;

	log_gzip_extra(extra, source->st_ino);
	if (deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED,
			 GZIP_WINDOW_BITS, MEMORY_LEVEL,
			 Z_DEFAULT_STRATEGY) != Z_OK ||
	    deflateSetHeader(&stream, &header) != Z_OK) {
		errno = ENOMEM;
		return -1;
	}
	result = write_input(&stream);
	deflateEnd(&stream);
	return result;
}

int main(void)
{
	struct stat source;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	give_way();
	if (fstat(STDIN_FILENO, &source) == 0 && compress_input(&source) == 0 &&
	    futimens(STDOUT_FILENO,
		     (const struct timespec[]){
			     source.st_atim,
			     source.st_mtim,
		     }) == 0 &&
	    fsync(STDOUT_FILENO) == 0)
		return 0;
	fprintf(stderr, "%s", strerror(errno));
	return 1;
}
