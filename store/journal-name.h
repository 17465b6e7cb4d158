#ifndef STORE_JOURNAL_NAME_H
#define STORE_JOURNAL_NAME_H

#include <stdbool.h>
#include <stdint.h>

/* The names of segments: "WRITER.NUMBER", and ".WRITER.next" for one that is
 * prepared but not in use. */

enum { JOURNAL_WRITER_SIZE = 32, JOURNAL_NAME_SIZE = 64 };

/* Writes the name of segment `number` of `writer`. */
void journal_segment_name(char name[JOURNAL_NAME_SIZE], const char *writer,
			  uint64_t number);

/* Writes the name of the segment that `writer` prepares. */
void journal_next_name(char name[JOURNAL_NAME_SIZE], const char *writer);

/* Takes the name of a segment apart. Returns false when it is none. */
bool journal_name_parse(const char *name, char writer[JOURNAL_WRITER_SIZE],
			uint64_t *number);

#endif
