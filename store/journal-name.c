#include "config.h"

#include "store/journal-name.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void journal_segment_name(char name[JOURNAL_NAME_SIZE], const char *writer,
			  uint64_t number)
{
	snprintf(name, JOURNAL_NAME_SIZE, "%s.%" PRIu64, writer, number);
}

void journal_next_name(char name[JOURNAL_NAME_SIZE], const char *writer)
{
	snprintf(name, JOURNAL_NAME_SIZE, ".%s.next", writer);
}

bool journal_name_parse(const char *name, char writer[JOURNAL_WRITER_SIZE],
			uint64_t *number)
{
	const char *dot = strchr(name, '.');
	size_t length = dot ? (size_t)(dot - name) : 0;
	char *end;

	if (length == 0 || length >= JOURNAL_WRITER_SIZE || dot[1] < '1' ||
	    dot[1] > '9')
		return false;
	errno = 0;
	*number = strtoull(dot + 1, &end, 10);
	if (errno != 0 || *end != '\0')
		return false;
	memcpy(writer, name, length);
	writer[length] = '\0';
	return true;
}
