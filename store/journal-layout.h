#ifndef STORE_JOURNAL_LAYOUT_H
#define STORE_JOURNAL_LAYOUT_H

#include <stdatomic.h>
#include <stdint.h>

/*
 * The bytes of a segment: a header, then records until the end of the file.
 * Numbers are in the order of this machine's bytes: a journal never leaves it.
 */

/* Also tells the byte order. */
#define JOURNAL_MAGIC UINT64_C(0x316c6e6a65766572)
#define JOURNAL_RECORD_MAGIC UINT32_C(0x64636572)

enum { JOURNAL_VERSION = 1, JOURNAL_ALIGNMENT = 8 };

/* Segments smaller or larger than this are refused. */
enum { JOURNAL_SEGMENT_MIN = 64 * 1024, JOURNAL_SEGMENT_MAX = 64 << 20 };

struct journal_header {
	uint64_t magic;
	uint32_t version;
	uint32_t size; /* of the whole segment, header included */
	uint64_t id; /* random, never 0 */
	_Atomic uint32_t awake; /* 1: the recorder was woken and will look */
	_Atomic uint32_t sealed; /* 1: the writer went on to a later one */
	uint64_t reserved[4];
};
_Static_assert(sizeof(struct journal_header) == 64, "stored in files");

struct journal_record_header {
	_Atomic uint32_t size; /* of what follows; stored last; 0: no record */
	uint32_t checksum; /* of id, size, type, version and what follows */
	uint16_t type;
	uint16_t version;
	uint32_t magic;
};
_Static_assert(sizeof(struct journal_record_header) == 16, "stored in files");

/* The checksum of a record. That it covers the segment's random id keeps bytes
 * inside of a record (the output of a worker) from ever passing as one. */
uint32_t journal_record_checksum(uint64_t id, unsigned type, unsigned version,
				 const void *data, uint32_t size);

/* How much room a record with `size` bytes takes. */
static inline uint64_t journal_record_room(uint32_t size)
{
	return (sizeof(struct journal_record_header) + (uint64_t)size +
		JOURNAL_ALIGNMENT - 1) /
	       JOURNAL_ALIGNMENT * JOURNAL_ALIGNMENT;
}

#endif
