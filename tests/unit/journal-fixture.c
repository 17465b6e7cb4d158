#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "journal-fixture.h"

char folder[64];

int make_folder(void **state)
{
	(void)state;
	snprintf(folder, sizeof(folder), "/tmp/reeve-journal-XXXXXX");
	return mkdtemp(folder) ? 0 : -1;
}

static int remove_one(const char *path, const struct stat *status, int kind,
		      struct FTW *where)
{
	(void)status;
	(void)kind;
	(void)where;
	return remove(path);
}

int remove_folder(void **state)
{
	(void)state;
	return nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

const char *segment_path(int number)
{
	static char path[128];

	snprintf(path, sizeof(path), "%s/test.%d", folder, number);
	return path;
}

struct journal *open_journal(unsigned max_segments, int wake_fd)
{
	struct journal_settings settings = {
		.folder = folder,
		.writer = "test",
		.segment_size = SEGMENT,
		.max_segments = max_segments,
		.wake_fd = wake_fd,
	};
	struct error error;
	struct journal *journal = journal_open(&settings, &error);

	assert_non_null(journal);
	return journal;
}

void append(struct journal *journal, const char *text)
{
	assert_int_equal(journal_append(journal, 7, 1, text, strlen(text) + 1),
			 0);
	journal_wake(journal);
}

int read_all(int number, uint64_t *damaged, char *last)
{
	struct error error;
	struct journal_segment *segment =
		journal_segment_open(segment_path(number), &error);
	struct journal_record record;
	uint64_t offset = 0;
	int count = 0;

	assert_non_null(segment);
	journal_segment_seal(segment);
	*damaged = 0;
	while (journal_segment_next(segment, &offset, &record, damaged) == 1) {
		count++;
		if (last)
			snprintf(last, 64, "%s", (const char *)record.data);
	}
	journal_segment_close(segment);
	return count;
}
