#include "config.h"

#include "supervisor/open-files.h"

#include <dirent.h>
#include <stdio.h>
#include <sys/stat.h>

static uint32_t count_entries(const char *path)
{
	DIR *folder = opendir(path);
	uint32_t count = 0;

	if (!folder)
		return 0;
	while (readdir(folder))
		count++;
	closedir(folder);
	/* But for "." and "..". */
	return count >= 2 ? count - 2 : 0;
}

uint32_t open_files_count(pid_t pid)
{
	char path[32];
	struct stat status;

	snprintf(path, sizeof(path), "/proc/%d/fd", (int)pid);
	if (stat(path, &status) < 0)
		return 0;
	/* A process without any open file is so rare that it may be counted. */
	return status.st_size > 0 ? (uint32_t)status.st_size
				  : count_entries(path);
}
