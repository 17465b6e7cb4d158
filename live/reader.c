#include "config.h"

#include "live/layout.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static bool instance_is_sane(const struct live_instance *instance)
{
	return memchr(instance->name, '\0', sizeof(instance->name)) &&
	       memchr(instance->version, '\0', sizeof(instance->version)) &&
	       memchr(instance->boot_id, '\0', sizeof(instance->boot_id)) &&
	       memchr(instance->state_dir, '\0', sizeof(instance->state_dir)) &&
	       memchr(instance->config_file, '\0',
		      sizeof(instance->config_file));
}

/* Reads the header of the file and makes sure that all of the table is there,
 * so that no access to the mapping can fail. */
static int read_header(int fd, const char *path, struct layout_header *header,
		       struct error *error)
{
	struct stat status;
	ssize_t size = pread(fd, header, sizeof(*header), 0);

	if (size < 0 || fstat(fd, &status) < 0)
		return error_set_errno(error, "cannot read live table %s",
				       path);
	if (size != (ssize_t)sizeof(*header) ||
	    memcmp(header->format.magic, layout_format.magic,
		   sizeof(layout_format.magic)) != 0)
		return error_set(error,
				 "cannot read live table %s: it is no live "
				 "table",
				 path);
	if (memcmp(&header->format, &layout_format, sizeof(layout_format)) != 0)
		return error_set(error,
				 "cannot read live table %s: another version "
				 "of reeve made it",
				 path);
	if (header->pool_count > LAYOUT_MAX_POOLS ||
	    header->capacity > LAYOUT_MAX_WORKERS ||
	    !instance_is_sane(&header->instance) ||
	    (uintmax_t)status.st_size <
		    layout_size(header->pool_count, header->capacity))
		return error_set(error,
				 "cannot read live table %s: it is damaged",
				 path);
	return 0;
}

static struct live_table *open_table(const char *path, bool writable,
				     struct error *error)
{
	struct live_table *table = NULL;
	struct layout_header header;
	int fd = open(path, (writable ? O_RDWR : O_RDONLY) | O_CLOEXEC |
				    O_NONBLOCK | O_NOCTTY);

	if (fd < 0) {
		error_set_errno(error, "cannot open live table %s", path);
		return NULL;
	}
	if (read_header(fd, path, &header, error) == 0) {
		table = layout_map(fd, header.pool_count, header.capacity,
				   writable);
		if (!table)
			error_set_errno(error, "cannot map live table %s",
					path);
	}
	close(fd);
	return table;
}

struct live_table *live_table_open(const char *path, struct error *error)
{
	return open_table(path, false, error);
}

struct live_table *live_table_open_sampler(const char *path,
					   struct error *error)
{
	return open_table(path, true, error);
}

struct live_table *live_table_open_former(const char *path, struct error *error)
{
	return open_table(path, true, error);
}

bool live_table_is_superseded(const struct live_table *table)
{
	return atomic_load_explicit(&table->header->superseded,
				    memory_order_acquire);
}

bool live_table_is_stopped(const struct live_table *table)
{
	return atomic_load_explicit(&table->header->stopped,
				    memory_order_acquire);
}

const struct live_instance *live_table_instance(const struct live_table *table)
{
	return &table->header->instance;
}

uint32_t live_table_pool_count(const struct live_table *table)
{
	return table->header->pool_count;
}

uint32_t live_table_capacity(const struct live_table *table)
{
	return table->header->capacity;
}

void live_table_get_pool(const struct live_table *table, uint32_t pool,
			 struct live_pool *out)
{
	const struct layout_pool *kept = &table->pools[pool];

	assert(pool < table->header->pool_count);
	*out = kept->pool;
	out->name[sizeof(out->name) - 1] = '\0';
	out->kind[sizeof(out->kind) - 1] = '\0';
	out->wanted = atomic_load_explicit(&kept->wanted, memory_order_relaxed);
}

static bool is_bool(const bool *value)
{
	unsigned char byte;

	memcpy(&byte, value, sizeof(byte));
	return byte <= 1;
}

/* Whether a supervisor can have written this: what follows may use it as an
 * index and a text. */
static bool worker_is_sane(const struct live_table *table,
			   const struct live_worker *worker)
{
	return worker->pool < table->header->pool_count &&
	       (unsigned)worker->state < WORKER_STATE_COUNT &&
	       (unsigned)worker->last_exit.cause < END_CAUSE_COUNT &&
	       is_bool(&worker->wanted) && is_bool(&worker->health_ok) &&
	       is_bool(&worker->last_exit.core) &&
	       memchr(worker->cpus, '\0', sizeof(worker->cpus)) &&
	       memchr(worker->status, '\0', sizeof(worker->status)) &&
	       memchr(worker->last_exit.step, '\0',
		      sizeof(worker->last_exit.step)) &&
	       memchr(worker->last_exit.object, '\0',
		      sizeof(worker->last_exit.object));
}

bool live_table_get_worker(const struct live_table *table, uint32_t slot,
			   struct live_worker *out)
{
	assert(slot < table->header->capacity);
	return record_read(table->workers[slot].record, out, sizeof(*out)) &&
	       worker_is_sane(table, out);
}

bool live_table_get_usage(const struct live_table *table, uint32_t slot,
			  struct live_usage *out)
{
	assert(slot < table->header->capacity);
	return record_read(table->usages[slot].record, out, sizeof(*out)) &&
	       memchr(out->cpus, '\0', sizeof(out->cpus)) &&
	       is_bool(&out->cpus_changed);
}

size_t live_table_get_samples(const struct live_table *table, uint32_t slot,
			      struct live_sample *out, size_t count)
{
	const struct layout_samples *samples = &table->samples[slot];
	uint64_t first;

	assert(slot < table->header->capacity);
	if (count > LIVE_SAMPLES)
		count = LIVE_SAMPLES;
	do {
		uint64_t end = atomic_load_explicit(&samples->count,
						    memory_order_acquire);

		if (count > end)
			count = end;
		first = end - count;
		for (size_t i = 0; i < count; i++) {
			uint64_t word = atomic_load_explicit(
				&samples->ring[(first + i) % LAYOUT_RING],
				memory_order_acquire);

			memcpy(&out[i], &word, sizeof(word));
		}
		/* Again where the writer has come round to the first. */
	} while (atomic_load_explicit(&samples->count, memory_order_relaxed) -
			 first >=
		 LAYOUT_RING);
	return count;
}

struct ending live_exit_ending(const struct live_exit *last)
{
	return (struct ending){
		.cause = last->cause,
		.code = last->code,
		.signal = last->signal,
		.core = last->core,
		.step = last->step,
		.object = last->object,
		.error_number = last->error_number,
	};
}
