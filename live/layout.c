#include "config.h"

#include "live/layout.h"

#include <assert.h>
#include <stdlib.h>
#include <sys/mman.h>

static_assert(sizeof(struct layout_header) <= LAYOUT_PAGE,
	      "the header has one page");
static_assert(sizeof(struct live_worker) % sizeof(uint64_t) == 0 &&
		      sizeof(struct live_usage) % sizeof(uint64_t) == 0 &&
		      sizeof(struct live_sample) == sizeof(uint64_t),
	      "records are copied by words");
static_assert(sizeof(struct layout_worker) + sizeof(struct layout_usage) +
			      sizeof(struct layout_samples) <
		      3072,
	      "1,000 workers take 3 MB at most");
static_assert((int)LAYOUT_RING > (int)LIVE_SAMPLES,
	      "the ring has room to spare");

const struct layout_format layout_format = {
	.magic = "reevelv",
	.version = LIVE_VERSION,
	.instance_size = sizeof(struct live_instance),
	.pool_size = sizeof(struct live_pool),
	.worker_size = sizeof(struct live_worker),
	.usage_size = sizeof(struct live_usage),
	.ring = LAYOUT_RING,
};

/* Where each area begins, from the start of the file. */
struct areas {
	size_t pools;
	size_t workers;
	size_t usages;
	size_t samples;
	size_t end;
};

static size_t area_after(size_t start, size_t count, size_t size)
{
	size_t end = start + count * size;

	return (end + LAYOUT_PAGE - 1) / LAYOUT_PAGE * LAYOUT_PAGE;
}

static struct areas find_areas(uint32_t pool_count, uint32_t capacity)
{
	struct areas areas = {.pools = LAYOUT_PAGE};

	areas.workers =
		area_after(areas.pools, pool_count, sizeof(struct layout_pool));
	areas.usages = area_after(areas.workers, capacity,
				  sizeof(struct layout_worker));
	areas.samples =
		area_after(areas.usages, capacity, sizeof(struct layout_usage));
	areas.end = area_after(areas.samples, capacity,
			       sizeof(struct layout_samples));
	return areas;
}

size_t layout_size(uint32_t pool_count, uint32_t capacity)
{
	return find_areas(pool_count, capacity).end;
}

struct live_table *layout_map(int fd, uint32_t pool_count, uint32_t capacity,
			      bool writable)
{
	struct areas areas = find_areas(pool_count, capacity);
	struct live_table *table = malloc(sizeof(*table));
	char *start;

	if (!table)
		return NULL;
	start = mmap(NULL, areas.end,
		     writable ? PROT_READ | PROT_WRITE : PROT_READ, MAP_SHARED,
		     fd, 0);
	if (start == MAP_FAILED) {
		free(table);
		return NULL;
	}
	*table = (struct live_table){
		.header = (void *)start,
		.pools = (void *)(start + areas.pools),
		.workers = (void *)(start + areas.workers),
		.usages = (void *)(start + areas.usages),
		.samples = (void *)(start + areas.samples),
		.size = areas.end,
		.writable = writable,
	};
	return table;
}

void live_table_close(struct live_table *table)
{
	if (!table)
		return;
	munmap(table->header, table->size);
	free(table);
}
