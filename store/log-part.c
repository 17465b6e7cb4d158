#include "config.h"

#include "store/log-part.h"

#include "base/log-gzip.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

enum { BLOCK_SIZE = 64 * 1024, PATH_SIZE = 640 };

static int open_file(const char *path)
{
	return open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
}

static bool open_compressed(struct log_part *part, const char *path)
{
	int copy;

	part->fd = open_file(path);
	if (part->fd < 0)
		return false;
	copy = fcntl(part->fd, F_DUPFD_CLOEXEC, 0);
	part->compressed = copy >= 0 ? gzdopen(copy, "r") : NULL;
	if (part->compressed)
		return true;
	if (copy >= 0)
		close(copy);
	log_part_close(part);
	return false;
}

bool log_part_open(struct log_part *part, const char *path, unsigned number)
{
	char file[PATH_SIZE];

	*part = LOG_PART_CLOSED;
	if (number == 0)
		snprintf(file, sizeof(file), "%s", path);
	else
		snprintf(file, sizeof(file), "%s.%u", path, number);
	part->fd = open_file(file);
	if (part->fd >= 0)
		return true;
	if (number == 0)
		return false;
	snprintf(file, sizeof(file), "%s.%u.gz", path, number);
	return open_compressed(part, file);
}

void log_part_close(struct log_part *part)
{
	if (part->compressed)
		gzclose_r(part->compressed);
	if (part->fd >= 0)
		close(part->fd);
	*part = LOG_PART_CLOSED;
}

/* Whether `part` was made from the file of `source`. */
static bool is_made_from(const struct log_part *part, const struct stat *status,
			 const struct stat *source)
{
	return part->compressed &&
	       status->st_mtim.tv_sec == source->st_mtim.tv_sec &&
	       status->st_mtim.tv_nsec == source->st_mtim.tv_nsec &&
	       log_gzip_source(part->fd) == source->st_ino;
}

bool log_part_is_same(const struct log_part *left, const struct log_part *right)
{
	struct stat a, b;

	if (left->fd < 0 || right->fd < 0 || fstat(left->fd, &a) < 0 ||
	    fstat(right->fd, &b) < 0 || a.st_dev != b.st_dev)
		return false;
	return a.st_ino == b.st_ino || is_made_from(left, &a, &b) ||
	       is_made_from(right, &b, &a);
}

/* Goes to the place after the `count`-th end of a line from the beginning, or
 * to the end where there are fewer. Returns how many there were. */
static size_t pass_lines(gzFile file, size_t count)
{
	char block[BLOCK_SIZE];
	size_t passed = 0;
	z_off_t begin = 0;
	int got;

	gzrewind(file);
	while ((got = gzread(file, block, sizeof(block))) > 0) {
		for (int i = 0; i < got; i++) {
			if (block[i] != '\n' || ++passed < count)
				continue;
			gzseek(file, begin + i + 1, SEEK_SET);
			return passed;
		}
		begin += got;
	}
	return passed;
}

/* What is compressed can be read forwards alone. */
static bool seek_compressed_line(gzFile file, size_t *lines)
{
	size_t count = pass_lines(file, SIZE_MAX);

	if (count < *lines) {
		*lines -= count;
		gzrewind(file);
		return false;
	}
	pass_lines(file, count - *lines + 1);
	*lines = 0;
	return true;
}

bool log_part_seek_line(const struct log_part *part, size_t *lines, bool last)
{
	char block[BLOCK_SIZE];
	off_t size, end;

	if (part->compressed)
		return seek_compressed_line(part->compressed, lines);
	size = end = lseek(part->fd, 0, SEEK_END);
	while (end > 0) {
		off_t begin = end > BLOCK_SIZE ? end - BLOCK_SIZE : 0;
		ssize_t got =
			pread(part->fd, block, (size_t)(end - begin), begin);

		for (ssize_t i = got - 1; i >= 0; i--) {
			if (block[i] != '\n' || (last && begin + i == size - 1))
				continue;
			if (--*lines == 0) {
				lseek(part->fd, begin + i + 1, SEEK_SET);
				return true;
			}
		}
		end = begin;
	}
	lseek(part->fd, 0, SEEK_SET);
	return false;
}

ssize_t log_part_read(const struct log_part *part, char *buffer, size_t size)
{
	if (part->compressed)
		return gzread(part->compressed, buffer, (unsigned)size);
	return read(part->fd, buffer, size);
}
