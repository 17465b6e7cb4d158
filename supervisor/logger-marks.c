#include "config.h"

#include "supervisor/logger-marks.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PAGE_MARKS = 4096 / sizeof(struct log_mark) };

static int lock(int fd)
{
	int result;

	do
		result = flock(fd, LOCK_EX);
	while (result < 0 && errno == EINTR);
	return result;
}

/* The logger before us may have removed the file while we waited for its
 * lock: 0 when `fd` is still the file at `path`. */
static bool is_at(int fd, const char *path)
{
	struct stat opened, named;

	return fstat(fd, &opened) == 0 && stat(path, &named) == 0 &&
	       opened.st_ino == named.st_ino && opened.st_dev == named.st_dev;
}

static int open_locked(const char *path)
{
	for (;;) {
		int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

		if (fd < 0)
			return -1;
		if (lock(fd) == 0 && is_at(fd, path))
			return fd;
		close(fd);
	}
}

/* Counts what an earlier logger left. */
static void read_marks(struct log_marks *marks)
{
	struct stat status;

	if (fstat(marks->fd, &status) < 0)
		return;
	marks->allocated =
		(uint32_t)((size_t)status.st_size / sizeof(struct log_mark));
	if (marks->allocated > LOG_MARK_MAX)
		marks->allocated = LOG_MARK_MAX;
	for (uint32_t i = 0; i < marks->allocated; i++) {
		if (marks->table[i].run == 0)
			continue;
		marks->used = i + 1;
		marks->unclaimed++;
	}
}

int log_marks_open(struct log_marks *marks, const char *path,
		   struct error *error)
{
	void *table;

	*marks = (struct log_marks){.fd = open_locked(path)};
	if (marks->fd < 0)
		return error_set_errno(error, "cannot open %s", path);
	snprintf(marks->path, sizeof(marks->path), "%s", path);
	table = mmap(NULL, LOG_MARK_MAX * sizeof(struct log_mark),
		     PROT_READ | PROT_WRITE, MAP_SHARED, marks->fd, 0);
	if (table == MAP_FAILED) {
		error_set_errno(error, "cannot map %s", path);
		close(marks->fd);
		return -1;
	}
	marks->table = table;
	read_marks(marks);
	return 0;
}

void log_marks_close(struct log_marks *marks)
{
	bool empty = true;

	for (uint32_t i = 0; i < marks->used; i++)
		empty = empty && marks->table[i].run == 0;
	if (empty)
		unlink(marks->path);
	munmap(marks->table, LOG_MARK_MAX * sizeof(struct log_mark));
	close(marks->fd);
}

struct log_mark *log_marks_find(struct log_marks *marks, uint64_t run)
{
	if (marks->unclaimed == 0)
		return NULL;
	for (uint32_t i = 0; i < marks->used; i++) {
		if (marks->table[i].run == run) {
			marks->unclaimed--;
			return &marks->table[i];
		}
	}
	return NULL;
}

/* Makes room for a page of marks more. The file is allocated, not only made
 * longer: a hole on a full disk would kill us when it is written. */
static int grow(struct log_marks *marks)
{
	uint32_t wanted = marks->allocated + PAGE_MARKS;

	if (wanted > LOG_MARK_MAX)
		return -1;
	if (posix_fallocate(marks->fd, 0,
			    (off_t)(wanted * sizeof(struct log_mark))) != 0)
		return -1;
	marks->allocated = wanted;
	return 0;
}

struct log_mark *log_marks_add(struct log_marks *marks,
			       const struct log_mark *mark)
{
	struct log_mark *place;
	uint32_t i = marks->free_hint;

	while (i < marks->used && marks->table[i].run != 0)
		i++;
	marks->free_hint = i;
	if (i == marks->allocated && grow(marks) < 0)
		return NULL;
	place = &marks->table[i];
	place->inode = mark->inode;
	place->offset = mark->offset;
	/* The run makes it valid, so it comes last. */
	atomic_signal_fence(memory_order_release);
	*(volatile uint64_t *)&place->run = mark->run;
	if (marks->used < i + 1)
		marks->used = i + 1;
	return place;
}

void log_marks_drop(struct log_marks *marks, struct log_mark *mark)
{
	uint32_t place = (uint32_t)(mark - marks->table);

	mark->run = 0;
	if (place < marks->free_hint)
		marks->free_hint = place;
}
