#ifndef TESTS_JOURNAL_FIXTURE_H
#define TESTS_JOURNAL_FIXTURE_H

#include "store/journal.h"

#include <stdint.h>

/* A folder with the journal of a writer called "test". */

enum { SEGMENT = 64 * 1024 }; /* bytes */

extern char folder[64];

/* For cmocka. */
int make_folder(void **state);
int remove_folder(void **state);

#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, make_folder, remove_folder)

/* In a static buffer. */
const char *segment_path(int number);

struct journal *open_journal(unsigned max_segments, int wake_fd);

/* Appends a text as a record of type 7, and wakes the reader. */
void append(struct journal *journal, const char *text);

/* Reads the rest of a segment and returns how many records it had; `last`,
 * where it is not NULL, gets up to 64 bytes of the last one. */
int read_all(int number, uint64_t *damaged, char *last);

#endif
