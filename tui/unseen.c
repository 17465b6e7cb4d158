#include "config.h"

#include "tui/unseen.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/words.h"

void unseen_init(struct unseen *unseen, const char *path, int64_t since_us)
{
	FILE *file;
	struct unseen_crash crash;

	*unseen = (struct unseen){.until_us = since_us};
	snprintf(unseen->path, sizeof(unseen->path), "%s", path);
	file = *path ? fopen(path, "re") : NULL;
	if (!file)
		return;
	if (fscanf(file, "until: %" SCNd64 " unseen: [", &unseen->until_us) ==
	    1) {
		while (unseen->count < UNSEEN_MAXIMUM &&
		       fscanf(file, "%" SCNd64 " %75[^],]%*1[,] ", &crash.run,
			      crash.worker) >= 2)
			unseen->list[unseen->count++] = crash;
	}
	fclose(file);
}

static void drop(struct unseen *unseen, size_t place)
{
	unseen->count--;
	memmove(&unseen->list[place], &unseen->list[place + 1],
		(unseen->count - place) * sizeof(*unseen->list));
}

void unseen_add(struct unseen *unseen, int64_t at_us, int64_t run,
		const char *worker)
{
	struct unseen_crash *crash;

	if (at_us <= unseen->until_us)
		return;
	unseen->until_us = at_us;
	for (size_t i = 0; i < unseen->count; i++)
		if (unseen->list[i].run == run)
			return;
	if (unseen->count == UNSEEN_MAXIMUM)
		drop(unseen, 0);
	crash = &unseen->list[unseen->count++];
	crash->run = run;
	snprintf(crash->worker, sizeof(crash->worker), "%s", worker);
}

void unseen_see_run(struct unseen *unseen, int64_t run)
{
	for (size_t i = unseen->count; i-- > 0;)
		if (unseen->list[i].run == run)
			drop(unseen, i);
}

void unseen_see_worker(struct unseen *unseen, const char *worker)
{
	for (size_t i = unseen->count; i-- > 0;)
		if (strcmp(unseen->list[i].worker, worker) == 0)
			drop(unseen, i);
}

void unseen_see_all(struct unseen *unseen)
{
	unseen->count = 0;
}

bool unseen_has_worker(const struct unseen *unseen, const char *worker)
{
	for (size_t i = 0; i < unseen->count; i++)
		if (strcmp(unseen->list[i].worker, worker) == 0)
			return true;
	return false;
}

void unseen_save(const struct unseen *unseen)
{
	char beside[sizeof(unseen->path) + 8];
	FILE *file;

	snprintf(beside, sizeof(beside), "%s.new", unseen->path);
	file = unseen->path[0] ? fopen(beside, "we") : NULL;
	if (!file)
		return;
	fprintf(file, "until: %" PRId64 "\nunseen: [", unseen->until_us);
	for (size_t i = 0; i < unseen->count; i++)
		fprintf(file, "%s%" PRId64 " %s", i ? ", " : "",
			unseen->list[i].run, unseen->list[i].worker);
	fputs("]\n", file);
	if (fclose(file) == 0)
		rename(beside, unseen->path);
}
