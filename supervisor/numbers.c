#include "config.h"

#include "supervisor/numbers.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BLOCK = 10000 };

struct numbers {
	char path[600];
	char temporary[604];
	uint64_t next_run;
	uint64_t reserved_run; /* first one that is not reserved */
	uint64_t next_config;
};

/* Writes what is reserved. fsync is for the start and the end of an instance:
 * the loop must not wait for a disk. */
static int store(const struct numbers *numbers, bool sync, struct error *error)
{
	char text[64];
	int length = snprintf(text, sizeof(text), "%" PRIu64 " %" PRIu64 "\n",
			      numbers->reserved_run, numbers->next_config);
	int fd = open(numbers->temporary,
		      O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
	bool written;

	if (fd < 0)
		return error_set_errno(error, "cannot write %s",
				       numbers->temporary);
	written = write(fd, text, (size_t)length) == length &&
		  (!sync || fsync(fd) == 0);
	if (close(fd) < 0 || !written ||
	    rename(numbers->temporary, numbers->path) < 0) {
		error_set_errno(error, "cannot write %s", numbers->path);
		unlink(numbers->temporary);
		return -1;
	}
	return 0;
}

static int load(struct numbers *numbers, struct error *error)
{
	FILE *file = fopen(numbers->path, "re");
	int found;

	if (!file && errno == ENOENT)
		return 0;
	if (!file)
		return error_set_errno(error, "cannot read %s", numbers->path);
	found = fscanf(file, "%" SCNu64 " %" SCNu64, &numbers->next_run,
		       &numbers->next_config);
	fclose(file);
	if (found != 2 || numbers->next_run == 0 || numbers->next_config == 0 ||
	    numbers->next_run > INT64_MAX / 2)
		return error_set(error,
				 "cannot read %s: it does not hold the next "
				 "run and config number; remove it to begin at "
				 "1 (then history.db has to go, too)",
				 numbers->path);
	return 0;
}

struct numbers *numbers_open(const char *state, struct error *error)
{
	struct numbers *numbers = calloc(1, sizeof(*numbers));

	if (!numbers) {
		error_set(error, "cannot reserve run numbers: out of memory");
		return NULL;
	}
	snprintf(numbers->path, sizeof(numbers->path), "%s/next-run", state);
	snprintf(numbers->temporary, sizeof(numbers->temporary), "%s.new",
		 numbers->path);
	numbers->next_run = 1;
	numbers->next_config = 1;
	if (load(numbers, error) == 0) {
		numbers->reserved_run = numbers->next_run + BLOCK;
		if (store(numbers, true, error) == 0)
			return numbers;
	}
	free(numbers);
	return NULL;
}

uint64_t numbers_next_run(struct numbers *numbers)
{
	struct error ignored;

	/* Well ahead, and once for each block: a full disk is tried again
	 * only when the next one is due. */
	if (numbers->reserved_run - numbers->next_run == BLOCK / 2 ||
	    numbers->reserved_run == numbers->next_run) {
		numbers->reserved_run += BLOCK;
		store(numbers, false, &ignored);
	}
	return numbers->next_run++;
}

uint64_t numbers_next_config(struct numbers *numbers)
{
	uint64_t number = numbers->next_config++;
	struct error ignored;

	store(numbers, false, &ignored);
	return number;
}

void numbers_close(struct numbers *numbers)
{
	struct error ignored;

	if (!numbers)
		return;
	numbers->reserved_run = numbers->next_run;
	store(numbers, true, &ignored);
	free(numbers);
}
