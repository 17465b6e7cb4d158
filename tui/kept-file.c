#include "config.h"

#include "tui/kept-file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_SIZE = 1024 };

/* Reads up to `size` bytes; -1 where that fails. */
static ssize_t read_all(int fd, char *text, size_t size)
{
	size_t used = 0;
	ssize_t got = 1;

	while (got > 0 && used < size) {
		got = read(fd, text + used, size - used);
		if (got < 0)
			return -1;
		used += (size_t)got;
	}
	return (ssize_t)used;
}

char *kept_file_read(const char *path, struct error *error)
{
	/* a FIFO would wait for somebody who writes */
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	char *text = calloc(1, KEPT_FILE_MAX + 2);
	struct stat status = {0};
	ssize_t size = -1;

	if (text && fd < 0 && errno == ENOENT)
		return text;
	if (text && fd >= 0 && fstat(fd, &status) == 0 &&
	    S_ISREG(status.st_mode))
		size = read_all(fd, text, KEPT_FILE_MAX + 1);
	if (size >= 0 && size <= KEPT_FILE_MAX &&
	    strlen(text) == (size_t)size) {
		close(fd);
		return text;
	}
	if (size > KEPT_FILE_MAX)
		error_set(error, "cannot read %s: it is larger than 64K", path);
	else if (size >= 0 || (fd >= 0 && !S_ISREG(status.st_mode)))
		error_set(error, "cannot read %s: it is no text file", path);
	else
		error_set_errno(error, "cannot read %s", path);
	if (fd >= 0)
		close(fd);
	free(text);
	return NULL;
}

/* Makes the folders that `path` lies in; what fails shows when it is
 * written. */
static void make_folders(const char *path)
{
	char folder[PATH_SIZE];

	for (const char *slash = strchr(path + 1, '/'); slash;
	     slash = strchr(slash + 1, '/')) {
		snprintf(folder, sizeof(folder), "%.*s", (int)(slash - path),
			 path);
		mkdir(folder, 0700);
	}
}

static bool write_beside(const char *beside, const char *text, size_t size)
{
	FILE *file = fopen(beside, "we");
	bool written;

	if (!file)
		return false;
	written = fwrite(text, 1, size, file) == size;
	return fclose(file) == 0 && written;
}

int kept_file_write(const char *path, const char *text, size_t size,
		    struct error *error)
{
	char *real = realpath(path, NULL); /* where a symbolic link leads */
	const char *target = real ? real : path;
	char beside[PATH_SIZE + 8];
	int result = 0;

	make_folders(target);
	snprintf(beside, sizeof(beside), "%.1020s.new", target);
	if (!write_beside(beside, text, size) || rename(beside, target) < 0) {
		result = error_set_errno(error, "cannot write %s", path);
		unlink(beside);
	}
	free(real);
	return result;
}
