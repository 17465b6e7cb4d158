#include "config.h"

#include "store/journal.h"

#include "store/journal-layout.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* So many bytes are read at a time, where a record is not larger. */
enum { WINDOW_SIZE = 32 * 1024 };

/*
 * A segment is read with pread, not through a mapping: a file that somebody
 * cuts off is then short, where a mapping would be SIGBUS.
 */
struct journal_segment {
	int file;
	bool writable;
	bool sealed; /* the reader was told */
	uint32_t size; /* as the header says */
	uint64_t id;
	char *window; /* a part of the file */
	size_t window_size; /* allocated */
	uint64_t window_at; /* offset in the file */
	size_t window_used;
};

static bool header_is_right(const struct journal_header *header)
{
	return header->magic == JOURNAL_MAGIC &&
	       header->version == JOURNAL_VERSION && header->id != 0 &&
	       header->size >= JOURNAL_SEGMENT_MIN &&
	       header->size <= JOURNAL_SEGMENT_MAX;
}

static int open_either(const char *path, bool *writable)
{
	int file = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);

	*writable = file >= 0;
	if (file < 0 && (errno == EACCES || errno == EROFS))
		file = open(path,
			    O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	return file;
}

static int read_header(struct journal_segment *segment, const char *path,
		       struct error *error)
{
	struct journal_header header;

	segment->file = open_either(path, &segment->writable);
	if (segment->file < 0)
		return error_set_errno(error, "cannot open journal %s", path);
	if (pread(segment->file, &header, sizeof(header), 0) !=
		    sizeof(header) ||
	    !header_is_right(&header)) {
		errno = EBADMSG;
		return error_set(error,
				 "cannot read journal %s: it is no journal",
				 path);
	}
	segment->id = header.id;
	segment->size = header.size;
	return 0;
}

struct journal_segment *journal_segment_open(const char *path,
					     struct error *error)
{
	struct journal_segment *segment = calloc(1, sizeof(*segment));
	int reason;

	if (!segment) {
		error_set_errno(error, "cannot read journal %s", path);
		return NULL;
	}
	if (read_header(segment, path, error) == 0)
		return segment;
	reason = errno;
	journal_segment_close(segment);
	errno = reason;
	return NULL;
}

void journal_segment_close(struct journal_segment *segment)
{
	if (!segment)
		return;
	if (segment->file >= 0)
		close(segment->file);
	free(segment->window);
	free(segment);
}

uint64_t journal_segment_id(const struct journal_segment *segment)
{
	return segment->id;
}

void journal_segment_seal(struct journal_segment *segment)
{
	segment->sealed = true;
}

bool journal_segment_is_sealed(const struct journal_segment *segment)
{
	uint32_t sealed = 0;

	if (segment->sealed)
		return true;
	return pread(segment->file, &sealed, sizeof(sealed),
		     offsetof(struct journal_header, sealed)) ==
		       sizeof(sealed) &&
	       sealed != 0;
}

void journal_segment_rearm(struct journal_segment *segment)
{
	static const uint32_t asleep = 0;
	struct stat status;

	/* Never makes a file that was cut off longer. */
	if (segment->writable && fstat(segment->file, &status) == 0 &&
	    status.st_size >= (off_t)sizeof(struct journal_header) &&
	    pwrite(segment->file, &asleep, sizeof(asleep),
		   offsetof(struct journal_header, awake)) < 0)
		segment->writable = false;
	atomic_thread_fence(memory_order_seq_cst);
	segment->window_used = 0;
}

static bool fill_window(struct journal_segment *segment, uint64_t offset,
			size_t size)
{
	size_t wanted = size > WINDOW_SIZE ? size : WINDOW_SIZE;
	ssize_t got;

	if (wanted > segment->window_size) {
		char *window = realloc(segment->window, wanted);

		if (!window)
			return false;
		segment->window = window;
		segment->window_size = wanted;
	}
	if (wanted > segment->size - offset)
		wanted = segment->size - offset;
	got = pread(segment->file, segment->window, wanted, (off_t)offset);
	segment->window_at = offset;
	segment->window_used = got > 0 ? (size_t)got : 0;
	return segment->window_used >= size;
}

/* `size` bytes at `offset`, valid until the next call; NULL where the file
 * has not so many. */
static const void *load(struct journal_segment *segment, uint64_t offset,
			size_t size)
{
	if (offset < segment->window_at ||
	    offset + size > segment->window_at + segment->window_used) {
		if (size > segment->size - offset ||
		    !fill_window(segment, offset, size))
			return NULL;
	}
	return segment->window + (offset - segment->window_at);
}

/* The size that the record at `offset` claims to have; 0: none is there. */
static uint32_t claimed_size(struct journal_segment *segment, uint64_t offset)
{
	struct journal_record_header head;
	const void *at = load(segment, offset, sizeof(head));
	uint32_t size = 0;

	if (at)
		memcpy(&size, at, sizeof(size));
	return size;
}

/* Whether a whole record starts at `offset`. */
static bool read_record(struct journal_segment *segment, uint64_t offset,
			struct journal_record *record)
{
	struct journal_record_header head;
	uint32_t size = claimed_size(segment, offset);
	const char *at;

	if (size == 0 || size > segment->size - offset - sizeof(head))
		return false;
	at = load(segment, offset, sizeof(head));
	memcpy(&head, at, sizeof(head));
	if (head.magic != JOURNAL_RECORD_MAGIC)
		return false;
	at = load(segment, offset, sizeof(head) + size);
	if (!at ||
	    journal_record_checksum(segment->id, head.type, head.version,
				    at + sizeof(head), size) != head.checksum)
		return false;
	*record = (struct journal_record){
		.type = head.type,
		.version = head.version,
		.data = at + sizeof(head),
		.size = size,
	};
	return true;
}

/* Looks for the next whole record behind `*offset`. */
static bool resynchronise(struct journal_segment *segment, uint64_t *offset,
			  struct journal_record *record)
{
	uint64_t last = segment->size - sizeof(struct journal_record_header);

	for (uint64_t at = *offset + JOURNAL_ALIGNMENT; at <= last;
	     at += JOURNAL_ALIGNMENT) {
		if (!load(segment, at, sizeof(struct journal_record_header)))
			return false;
		if (read_record(segment, at, record)) {
			*offset = at;
			return true;
		}
	}
	return false;
}

/* Called where no whole record is: what is there now, and does it matter? */
static int read_past_damage(struct journal_segment *segment, uint64_t *offset,
			    struct journal_record *record, uint64_t *damaged)
{
	bool sealed = journal_segment_is_sealed(segment);
	struct stat status;

	/* Look again: the window may be older than what was appended. */
	segment->window_used = 0;
	atomic_thread_fence(memory_order_seq_cst);
	if (read_record(segment, *offset, record))
		return 1;
	if (claimed_size(segment, *offset) == 0 && !sealed)
		return 0;
	if (resynchronise(segment, offset, record)) {
		++*damaged;
		return 1;
	}
	if (!sealed)
		return 0;
	if (claimed_size(segment, *offset) != 0 ||
	    (fstat(segment->file, &status) == 0 &&
	     status.st_size < (off_t)segment->size))
		++*damaged;
	*offset = segment->size;
	return 0;
}

int journal_segment_next(struct journal_segment *segment, uint64_t *offset,
			 struct journal_record *record, uint64_t *damaged)
{
	int found = 1;

	if (*offset < sizeof(struct journal_header))
		*offset = sizeof(struct journal_header);
	if (*offset % JOURNAL_ALIGNMENT != 0 ||
	    *offset + sizeof(struct journal_record_header) > segment->size)
		return 0;
	if (!read_record(segment, *offset, record))
		found = read_past_damage(segment, offset, record, damaged);
	if (found)
		*offset += journal_record_room((uint32_t)record->size);
	return found;
}
