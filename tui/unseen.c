#include "config.h"

#include "tui/unseen.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/words.h"
#include "tui/kept-file.h"

/* Reads "17 web/0, 23 web/1]". */
static void read_list(struct unseen *unseen, const char *text)
{
	struct unseen_crash crash;
	int size = 0;

	while (unseen->count < UNSEEN_MAXIMUM &&
	       sscanf(text, "%" SCNd64 " %75[^],]%n", &crash.run, crash.worker,
		      &size) == 2) {
		unseen->list[unseen->count++] = crash;
		text += size;
		text += strspn(text, ", ");
	}
}

void unseen_init(struct unseen *unseen, const char *path, int64_t since_us)
{
	struct error error;
	char *text;
	int size = 0;

	*unseen = (struct unseen){.until_us = since_us};
	snprintf(unseen->path, sizeof(unseen->path), "%s", path);
	text = *path ? kept_file_read(path, &error) : NULL;
	if (text && sscanf(text, "until: %" SCNd64 " unseen: [%n",
			   &unseen->until_us, &size) == 1)
		read_list(unseen, text + size);
	free(text);
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

int unseen_save(const struct unseen *unseen, struct error *error)
{
	char *text = NULL;
	size_t size;
	FILE *out = unseen->path[0] ? open_memstream(&text, &size) : NULL;
	int result;

	if (!out)
		return 0;
	fprintf(out, "until: %" PRId64 "\nunseen: [", unseen->until_us);
	for (size_t i = 0; i < unseen->count; i++)
		fprintf(out, "%s%" PRId64 " %s", i ? ", " : "",
			unseen->list[i].run, unseen->list[i].worker);
	fputs("]\n", out);
	fclose(out);
	result = kept_file_write(unseen->path, text, size, error);
	free(text);
	return result;
}
