#include "config.h"

#include "live/layout.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Copies what is known of slot `from` of another table to slot `to`. */
static void copy_slot(struct live_table *table, uint32_t to,
		      const struct live_table *former, uint32_t from)
{
	struct live_worker worker;
	struct live_usage usage;
	struct live_sample samples[LIVE_SAMPLES];
	struct layout_samples *kept = &table->samples[to];
	size_t count;

	assert(to < table->header->capacity);
	if (!live_table_get_worker(former, from, &worker))
		return;
	live_table_set_worker(table, to, &worker);
	if (!live_table_get_usage(former, from, &usage))
		return;
	record_write(table->usages[to].record, &usage, sizeof(usage));
	count = live_table_get_samples(former, from, samples, LIVE_SAMPLES);
	for (size_t i = 0; i < count; i++) {
		uint64_t word;

		memcpy(&word, &samples[i], sizeof(word));
		atomic_store_explicit(&kept->ring[i], word,
				      memory_order_relaxed);
	}
	atomic_store_explicit(&kept->count, count, memory_order_release);
}

static void fill_header(struct live_table *table,
			const struct live_instance *instance,
			const struct live_pool *pools, uint32_t pool_count,
			uint32_t capacity)
{
	table->header->format = layout_format;
	table->header->pool_count = pool_count;
	table->header->capacity = capacity;
	table->header->instance = *instance;
	for (uint32_t i = 0; i < pool_count; i++) {
		table->pools[i].pool = pools[i];
		live_table_set_wanted(table, i, pools[i].wanted);
	}
}

/* Makes and maps a file of zeros, all of it allocated: a hole on a full disk
 * would be a SIGBUS later. */
static struct live_table *make_file(const char *path, uint32_t pool_count,
				    uint32_t capacity, struct error *error)
{
	struct live_table *table = NULL;
	int fd;

	unlink(path);
	fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0) {
		error_set_errno(error, "cannot make live table %s", path);
		return NULL;
	}
	errno = posix_fallocate(fd, 0,
				(off_t)layout_size(pool_count, capacity));
	if (errno == 0)
		table = layout_map(fd, pool_count, capacity, true);
	if (!table) {
		error_set_errno(error, "cannot allocate live table %s", path);
		unlink(path);
	}
	close(fd);
	return table;
}

/* Where a table lies until it is installed. */
static int fresh_path(char fresh[PATH_MAX], const char *path,
		      struct error *error)
{
	int length = snprintf(fresh, PATH_MAX, "%s.new", path);

	if (length < 0 || length >= PATH_MAX)
		return error_set(error,
				 "cannot make live table %s: too long a path",
				 path);
	return 0;
}

struct live_table *live_table_prepare(
	const char *path, const struct live_instance *instance,
	const struct live_pool *pools, uint32_t pool_count,
	uint32_t worker_capacity, const struct live_table *former,
	const uint32_t *slots, struct error *error)
{
	char fresh[PATH_MAX];
	struct live_table *table;

	if (fresh_path(fresh, path, error) < 0)
		return NULL;
	if (pool_count > LAYOUT_MAX_POOLS ||
	    worker_capacity > LAYOUT_MAX_WORKERS) {
		error_set(error,
			  "cannot make live table %s: more than %d pools or %d "
			  "workers",
			  path, LAYOUT_MAX_POOLS, LAYOUT_MAX_WORKERS);
		return NULL;
	}
	table = make_file(fresh, pool_count, worker_capacity, error);
	if (!table)
		return NULL;
	fill_header(table, instance, pools, pool_count, worker_capacity);
	for (uint32_t i = 0; former && i < former->header->capacity; i++) {
		if (slots[i] != UINT32_MAX)
			copy_slot(table, slots[i], former, i);
	}
	return table;
}

int live_table_install(struct live_table *table, const char *path,
		       struct live_table *former, struct error *error)
{
	char fresh[PATH_MAX];

	assert(table->writable && (!former || former->writable));
	if (fresh_path(fresh, path, error) < 0)
		return -1;
	if (rename(fresh, path) < 0) {
		error_set_errno(error, "cannot make live table %s", path);
		unlink(fresh);
		return -1;
	}
	if (former)
		atomic_store_explicit(&former->header->superseded, 1,
				      memory_order_release);
	return 0;
}

struct live_table *live_table_create(const char *path,
				     const struct live_instance *instance,
				     const struct live_pool *pools,
				     uint32_t pool_count,
				     uint32_t worker_capacity,
				     struct live_table *former,
				     const uint32_t *slots, struct error *error)
{
	struct live_table *table =
		live_table_prepare(path, instance, pools, pool_count,
				   worker_capacity, former, slots, error);

	if (table && live_table_install(table, path, former, error) < 0) {
		live_table_close(table);
		table = NULL;
	}
	return table;
}

void live_table_set_worker(struct live_table *table, uint32_t slot,
			   const struct live_worker *worker)
{
	assert(table->writable && slot < table->header->capacity);
	record_write(table->workers[slot].record, worker, sizeof(*worker));
}

void live_table_set_wanted(struct live_table *table, uint32_t pool,
			   uint32_t wanted)
{
	assert(table->writable && pool < table->header->pool_count);
	atomic_store_explicit(&table->pools[pool].wanted, wanted,
			      memory_order_relaxed);
}

void live_table_set_stopped(struct live_table *table)
{
	assert(table->writable);
	atomic_store_explicit(&table->header->stopped, 1, memory_order_release);
}

void live_table_set_usage(struct live_table *table, uint32_t slot,
			  const struct live_usage *usage)
{
	struct layout_samples *samples = &table->samples[slot];
	struct live_sample sample = {
		.cpu_permille = usage->cpu_permille,
		.rss_kib = (uint32_t)(usage->rss_bytes / 1024),
	};
	uint64_t count, word;

	assert(table->writable && slot < table->header->capacity);
	record_write(table->usages[slot].record, usage, sizeof(*usage));
	memcpy(&word, &sample, sizeof(word));
	count = atomic_load_explicit(&samples->count, memory_order_relaxed);
	atomic_store_explicit(&samples->ring[count % LAYOUT_RING], word,
			      memory_order_release);
	atomic_store_explicit(&samples->count, count + 1, memory_order_release);
}
