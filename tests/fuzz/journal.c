/*
 * Fuzzes the reader of journals with whole records, damaged ones and rubbish
 * between them: it reads to the end, goes only forwards, and hands out no
 * record that does not lie within the file.
 * Sources: store/checksum.c store/journal-layout.c store/journal-reader.c
 */
#include "config.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "store/journal.h"
#include "store/journal-layout.h"

static uint8_t segment_bytes[JOURNAL_SEGMENT_MIN];

/* Puts a record with the first `size` bytes of `data` at `at`. The lowest bit
 * of `how` damages its checksum, the next its length. */
static void put_record(uint64_t at, const uint8_t *data, uint32_t size,
		       unsigned how)
{
	struct journal_record_header head = {
		.size = size + (how >> 1 & 1) * how,
		.checksum = journal_record_checksum(1, 1, 1, data, size) +
			    (how & 1),
		.type = 1,
		.version = 1,
		.magic = JOURNAL_RECORD_MAGIC,
	};

	memcpy(segment_bytes + at, &head, sizeof(head));
	memcpy(segment_bytes + at + sizeof(head), data, size);
}

/* The input is a row of chunks: how (0xff: raw bytes), size, bytes. */
static void make_segment(const uint8_t *data, size_t size)
{
	struct journal_header header = {
		.magic = JOURNAL_MAGIC,
		.version = JOURNAL_VERSION,
		.size = sizeof(segment_bytes),
		.id = 1,
	};
	uint64_t at = sizeof(header);

	memset(segment_bytes, 0, sizeof(segment_bytes));
	memcpy(segment_bytes, &header, sizeof(header));
	while (size > 2) {
		uint8_t how = data[0];
		uint32_t length = data[1];

		data += 2;
		size -= 2;
		if (length > size)
			length = (uint32_t)size;
		if (at + journal_record_room(length) > sizeof(segment_bytes))
			break;
		if (how == 0xff)
			memcpy(segment_bytes + at, data, length);
		else
			put_record(at, data, length, how);
		at += journal_record_room(length);
		data += length;
		size -= length;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char path[] = "/tmp/reeve-fuzz-XXXXXX";
	int fd = mkstemp(path);
	struct journal_segment *segment;
	struct journal_record record;
	uint64_t damaged = 0;
	uint64_t offset = 0;
	uint64_t former = 0;
	struct error error;

	assert(fd >= 0);
	make_segment(data, size);
	assert(write(fd, segment_bytes, sizeof(segment_bytes)) ==
	       (ssize_t)sizeof(segment_bytes));
	segment = journal_segment_open(path, &error);
	unlink(path);
	close(fd);
	assert(segment);
	journal_segment_seal(segment);
	while (journal_segment_next(segment, &offset, &record, &damaged) == 1) {
		assert(offset > former && offset <= sizeof(segment_bytes));
		assert(record.size < sizeof(segment_bytes));
		former = offset;
	}
	journal_segment_close(segment);
	return 0;
}
