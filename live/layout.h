#ifndef LIVE_LAYOUT_H
#define LIVE_LAYOUT_H

#include "live/record.h"
#include "live/table.h"

#include <stdint.h>

/*
 * How the live table lies in its file, for the writer and the reader of live/
 * alone: the header, then the pools, the lifecycles, the usages and the samples
 * of all slots, each area beginning at a page.
 */

enum {
	LAYOUT_PAGE = 4096,
	LAYOUT_MAX_POOLS = 1 << 16,
	LAYOUT_MAX_WORKERS = 1 << 20,
	/* More than are shown, so that a reader gets LIVE_SAMPLES of them
	 * whole while the writer appends; a power of two. */
	LAYOUT_RING = 128,
};

/* What must be equal for a file to be read by this program at all. */
struct layout_format {
	char magic[8];
	uint32_t version;
	uint32_t instance_size;
	uint32_t pool_size;
	uint32_t worker_size;
	uint32_t usage_size;
	uint32_t ring;
};

struct layout_header {
	struct layout_format format;
	uint32_t pool_count;
	uint32_t capacity;
	_Atomic uint32_t superseded;
	_Atomic uint32_t stopped;
	struct live_instance instance;
};

struct layout_pool {
	struct live_pool pool; /* `wanted` is kept in the next member */
	_Atomic uint32_t wanted;
};

struct layout_worker {
	_Atomic uint64_t record[RECORD_WORDS(sizeof(struct live_worker))];
};

struct layout_usage {
	_Atomic uint64_t record[RECORD_WORDS(sizeof(struct live_usage))];
};

struct layout_samples {
	_Atomic uint64_t count; /* appended so far */
	_Atomic uint64_t ring[LAYOUT_RING]; /* number n at n % LAYOUT_RING */
};

/* A mapping. */
struct live_table {
	struct layout_header *header;
	struct layout_pool *pools;
	struct layout_worker *workers;
	struct layout_usage *usages;
	struct layout_samples *samples;
	size_t size; /* of the mapping */
	bool writable;
};

/* The format that this program writes and reads. */
extern const struct layout_format layout_format;

/* How many bytes a table takes. */
size_t layout_size(uint32_t pool_count, uint32_t capacity);

/*
 * Maps `size` bytes of `fd` and finds the areas, for that many pools and
 * workers. The caller has made sure that the file is that long. Returns NULL
 * with errno.
 */
struct live_table *layout_map(int fd, uint32_t pool_count, uint32_t capacity,
			      bool writable);

#endif
