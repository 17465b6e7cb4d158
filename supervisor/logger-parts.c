#include "config.h"

#include "supervisor/logger-parts.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

void logger_part_path(char path[LOGGER_PART_PATH_SIZE], const char *name,
		      uint64_t number, bool compressed)
{
	if (number == 0)
		snprintf(path, LOGGER_PART_PATH_SIZE, "%s", name);
	else
		snprintf(path, LOGGER_PART_PATH_SIZE, "%s.%" PRIu64 "%s", name,
			 number, compressed ? ".gz" : "");
}

void logger_part_draft(char path[LOGGER_PART_PATH_SIZE], const char *name)
{
	snprintf(path, LOGGER_PART_PATH_SIZE, "%s.draft", name);
}

static bool exists(const char *name, uint64_t number, bool compressed)
{
	char path[LOGGER_PART_PATH_SIZE];

	logger_part_path(path, name, number, compressed);
	return access(path, F_OK) == 0;
}

static bool has_part(const char *name, uint64_t number)
{
	return exists(name, number, false) || exists(name, number, true);
}

/* Removes a part; a mark that names it is changed before. */
static void remove_part(const char *name, uint64_t number,
			struct log_mark *begin)
{
	char path[LOGGER_PART_PATH_SIZE];
	struct stat status;

	logger_part_path(path, name, number, false);
	if (begin && stat(path, &status) == 0 && status.st_ino == begin->inode)
		begin->inode = 0;
	unlink(path);
	if (number == 0)
		return;
	logger_part_path(path, name, number, true);
	unlink(path);
}

/* The lowest number from 1 to keep that no part has; keep + 1: all are there.
 */
static uint64_t first_gap(const char *name, uint64_t keep)
{
	uint64_t number = 1;

	while (number <= keep && has_part(name, number))
		number++;
	return number;
}

/* Renames a part to the next number, which is free. Of one that is there twice
 * the compressed file goes: it can be made again. */
static int move_up(const char *name, uint64_t number)
{
	char from[LOGGER_PART_PATH_SIZE], to[LOGGER_PART_PATH_SIZE];
	bool plain = number == 0 || exists(name, number, false);

	if (plain && number > 0) {
		logger_part_path(from, name, number, true);
		unlink(from);
	}
	logger_part_path(from, name, number, !plain);
	logger_part_path(to, name, number + 1, !plain);
	return rename(from, to);
}

/*
 * The highest part is moved first. When we are killed between two renames
 * there is a gap in the numbers; the next time parts are moved only up to the
 * gap, so no part goes too early.
 */
int logger_parts_shift(const char *name, uint64_t keep, struct log_mark *begin)
{
	uint64_t gap = first_gap(name, keep);

	if (gap > keep)
		gap = keep;
	for (uint64_t number = gap; number >= keep && has_part(name, number);
	     number++)
		remove_part(name, number, begin);
	for (uint64_t number = gap; number > 0; number--)
		if (move_up(name, number - 1) < 0)
			return -1;
	return 0;
}

uint64_t logger_parts_plain(const char *name, uint64_t keep, uint64_t tail)
{
	uint64_t younger = 0, oldest = 0;

	for (uint64_t number = 1; number <= keep; number++) {
		char path[LOGGER_PART_PATH_SIZE];
		struct stat status;

		logger_part_path(path, name, number, false);
		if (stat(path, &status) < 0)
			continue;
		if (number > 1 && younger >= tail)
			oldest = number;
		younger += (uint64_t)status.st_size;
	}
	return oldest;
}

/* The number of the plain part that the file `inode` is, 0: none. */
static uint64_t find_plain(const char *name, uint64_t keep, uint64_t inode)
{
	for (uint64_t number = 1; number <= keep; number++) {
		char path[LOGGER_PART_PATH_SIZE];
		struct stat status;

		logger_part_path(path, name, number, false);
		if (stat(path, &status) == 0 && status.st_ino == inode)
			return number;
	}
	return 0;
}

int logger_parts_replace(const char *name, uint64_t keep, uint64_t inode,
			 struct log_mark *begin)
{
	char draft[LOGGER_PART_PATH_SIZE], path[LOGGER_PART_PATH_SIZE];
	uint64_t number = find_plain(name, keep, inode);

	logger_part_draft(draft, name);
	if (number == 0)
		return unlink(draft);
	logger_part_path(path, name, number, true);
	if (rename(draft, path) < 0)
		return -1;
	if (begin && begin->inode == inode)
		begin->inode = 0;
	logger_part_path(path, name, number, false);
	return unlink(path);
}
