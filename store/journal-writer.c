#include "config.h"

#include "store/journal.h"

#include "base/clock.h"
#include "store/event.h"
#include "store/journal-layout.h"
#include "store/journal-name.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <unistd.h>

/* After a segment could not be had, how long until the next try. */
static const int64_t RETRY_NS = 100000000;

/* A gap event is no larger. */
enum { GAP_SIZE = 256 };

struct journal {
	int folder; /* fd */
	char writer[JOURNAL_WRITER_SIZE];
	uint32_t segment_size;
	unsigned max_segments;
	int wake_fd;
	struct journal_header *current; /* the mapping */
	uint64_t used; /* of it */
	uint64_t number; /* of the current segment */
	uint64_t oldest; /* number of the oldest that may still be there */
	struct journal_header *next; /* prepared, or NULL */
	int64_t retry_at_ns; /* CLOCK_MONOTONIC */
	uint64_t lost;
	uint64_t untold; /* lost since the last gap event */
};

static void unmap(struct journal *journal, struct journal_header *segment)
{
	if (segment)
		munmap(segment, journal->segment_size);
}

/* Fills the file with real blocks before it is mapped: a hole on a full disk
 * would be a SIGBUS later. */
static struct journal_header *map_new(struct journal *journal, int file)
{
	struct journal_header *segment;
	uint64_t id = 0;

	errno = posix_fallocate(file, 0, journal->segment_size);
	if (errno != 0)
		return NULL;
	while (id == 0)
		if (getrandom(&id, sizeof(id), 0) != sizeof(id))
			return NULL;
	segment = mmap(NULL, journal->segment_size, PROT_READ | PROT_WRITE,
		       MAP_SHARED, file, 0);
	if (segment == MAP_FAILED)
		return NULL;
	*segment = (struct journal_header){
		.magic = JOURNAL_MAGIC,
		.version = JOURNAL_VERSION,
		.size = journal->segment_size,
		.id = id,
	};
	return segment;
}

/* Makes the next segment under a name that the recorder does not look at.
 * Returns 0, or -1 with errno. */
static int allocate_next(struct journal *journal)
{
	char name[JOURNAL_NAME_SIZE];
	int file, reason;

	journal_next_name(name, journal->writer);
	file = openat(journal->folder, name,
		      O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW,
		      0600);
	if (file < 0)
		return -1;
	journal->next = map_new(journal, file);
	reason = errno;
	close(file);
	if (journal->next)
		return 0;
	unlinkat(journal->folder, name, 0);
	errno = reason;
	return -1;
}

/* Whether one more segment keeps to the bound, after looking which ones the
 * recorder has deleted. */
static bool has_room(struct journal *journal)
{
	char name[JOURNAL_NAME_SIZE];

	while (journal->oldest < journal->number) {
		journal_segment_name(name, journal->writer, journal->oldest);
		if (faccessat(journal->folder, name, F_OK, 0) == 0)
			break;
		journal->oldest++;
	}
	return journal->number - journal->oldest + 1 < journal->max_segments;
}

/* Puts the prepared segment in the place of the current one. */
static int switch_to_next(struct journal *journal)
{
	char from[JOURNAL_NAME_SIZE], to[JOURNAL_NAME_SIZE];

	journal_next_name(from, journal->writer);
	journal_segment_name(to, journal->writer, journal->number + 1);
	if (renameat(journal->folder, from, journal->folder, to) < 0)
		return -1;
	if (journal->current)
		atomic_store(&journal->current->sealed, 1);
	unmap(journal, journal->current);
	journal->current = journal->next;
	journal->next = NULL;
	journal->used = sizeof(struct journal_header);
	journal->number++;
	return 0;
}

static bool prepare(struct journal *journal)
{
	if (journal->next)
		return true;
	if (clock_monotonic_ns() < journal->retry_at_ns)
		return false;
	if (has_room(journal) && allocate_next(journal) == 0)
		return true;
	journal->retry_at_ns = clock_monotonic_ns() + RETRY_NS;
	return false;
}

/* Whether so many bytes fit, in the next segment if need be. */
static bool make_room(struct journal *journal, uint64_t room)
{
	if (room > journal->segment_size - sizeof(struct journal_header))
		return false;
	return journal->used + room <= journal->segment_size ||
	       (prepare(journal) && switch_to_next(journal) == 0);
}

/* There is room. */
static void put(struct journal *journal, unsigned type, unsigned version,
		const void *data, uint32_t size)
{
	struct journal_record_header *record =
		(struct journal_record_header *)((char *)journal->current +
						 journal->used);

	record->type = (uint16_t)type;
	record->version = (uint16_t)version;
	record->magic = JOURNAL_RECORD_MAGIC;
	record->checksum = journal_record_checksum(journal->current->id, type,
						   version, data, size);
	memcpy(record + 1, data, size);
	atomic_store_explicit(&record->size, size, memory_order_release);
	journal->used += journal_record_room(size);
}

/* There is room. */
static void put_gap(struct journal *journal)
{
	struct event_record gap = {
		.kind = EVENT_GAP,
		.at_us = clock_real_us(),
		.count = journal->untold,
	};
	char data[GAP_SIZE];
	ssize_t size;

	snprintf(gap.by, sizeof(gap.by), "%s", journal->writer);
	size = event_encode(&gap, data, sizeof(data));
	assert(size > 0);
	put(journal, JOURNAL_EVENT, EVENT_VERSION, data, (uint32_t)size);
	journal->untold = 0;
}

/* The recorder clears the flag before it looks, so either it sees the record
 * or the flag is clear here. */
void journal_wake(struct journal *journal)
{
	static const uint64_t one = 1;

	if (atomic_exchange(&journal->current->awake, 1) == 0 &&
	    journal->wake_fd >= 0 &&
	    write(journal->wake_fd, &one, sizeof(one)) < 0)
		atomic_store(&journal->current->awake, 0);
}

int journal_append(struct journal *journal, unsigned type, unsigned version,
		   const void *data, size_t size)
{
	uint64_t gap = journal->untold > 0 ? journal_record_room(GAP_SIZE) : 0;

	if (size == 0 || size > JOURNAL_SEGMENT_MAX ||
	    !make_room(journal, gap + journal_record_room((uint32_t)size))) {
		journal->lost++;
		journal->untold++;
		return -1;
	}
	if (journal->untold > 0)
		put_gap(journal);
	put(journal, type, version, data, (uint32_t)size);
	return 0;
}

bool journal_wants_prepare(const struct journal *journal)
{
	return !journal->next && journal->used > journal->segment_size / 2 &&
	       clock_monotonic_ns() >= journal->retry_at_ns;
}

void journal_prepare(struct journal *journal)
{
	if (journal_wants_prepare(journal))
		prepare(journal);
}

uint64_t journal_lost(const struct journal *journal)
{
	return journal->lost;
}

/* Finds the numbers of the segments that a former process left. */
static void find_former(struct journal *journal, DIR *folder)
{
	char writer[JOURNAL_WRITER_SIZE];
	struct dirent *entry;
	uint64_t number;

	while ((entry = readdir(folder))) {
		if (!journal_name_parse(entry->d_name, writer, &number) ||
		    strcmp(writer, journal->writer) != 0)
			continue;
		if (number > journal->number)
			journal->number = number;
		if (number < journal->oldest)
			journal->oldest = number;
	}
}

static int open_first(struct journal *journal)
{
	int copy = fcntl(journal->folder, F_DUPFD_CLOEXEC, 0);
	DIR *folder = copy < 0 ? NULL : fdopendir(copy);

	if (!folder) {
		if (copy >= 0)
			close(copy);
		return -1;
	}
	find_former(journal, folder);
	closedir(folder);
	if (journal->oldest > journal->number)
		journal->oldest = journal->number + 1;
	return allocate_next(journal) < 0 ? -1 : switch_to_next(journal);
}

struct journal *journal_open(const struct journal_settings *settings,
			     struct error *error)
{
	struct journal *journal = calloc(1, sizeof(*journal));

	assert(settings->segment_size >= JOURNAL_SEGMENT_MIN &&
	       settings->segment_size <= JOURNAL_SEGMENT_MAX);
	assert(strlen(settings->writer) < JOURNAL_WRITER_SIZE);
	if (!journal) {
		error_set_errno(error, "cannot open journal");
		return NULL;
	}
	journal->segment_size = (uint32_t)settings->segment_size;
	journal->max_segments = settings->max_segments;
	journal->wake_fd = settings->wake_fd;
	journal->oldest = UINT64_MAX;
	snprintf(journal->writer, sizeof(journal->writer), "%s",
		 settings->writer);
	journal->folder =
		open(settings->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (journal->folder >= 0 && open_first(journal) == 0)
		return journal;
	error_set_errno(error, "cannot make journal %s/%s", settings->folder,
			settings->writer);
	journal_close(journal);
	return NULL;
}

void journal_close(struct journal *journal)
{
	char name[JOURNAL_NAME_SIZE];

	if (!journal)
		return;
	if (journal->untold > 0 &&
	    make_room(journal, journal_record_room(GAP_SIZE))) {
		put_gap(journal);
		journal_wake(journal);
	}
	if (journal->next) {
		journal_next_name(name, journal->writer);
		unlinkat(journal->folder, name, 0);
	}
	unmap(journal, journal->current);
	unmap(journal, journal->next);
	if (journal->folder >= 0)
		close(journal->folder);
	free(journal);
}
