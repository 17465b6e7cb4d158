#ifndef BASE_FIELDS_H
#define BASE_FIELDS_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * One codec for records on disk and messages between reeve's processes.
 *
 * A table says which members of a struct are written, each under a tag that
 * never changes its meaning. Members that are zero or empty are left out and
 * read back as such; tags that the reader does not know are skipped, so older
 * and newer programs understand each other. On the wire a field is the varint
 * `tag * 2 + kind`, then for kind 0 a varint (signed numbers in zigzag), for
 * kind 1 a varint length and that many bytes.
 */

enum field_type {
	FIELD_UNSIGNED, /* uint64_t */
	FIELD_SIGNED, /* int64_t */
	FIELD_TEXT, /* char[size], ended by NUL; cut to fit when read */
	FIELD_BYTES, /* struct bytes */
};

/* Bytes that somebody else owns: after fields_decode(), the input does. */
struct bytes {
	const void *data;
	size_t size;
};

struct field {
	unsigned tag; /* 1 or more; stored in files */
	const char *name; /* for JSON */
	enum field_type type;
	size_t offset;
	size_t size; /* of the member, for FIELD_TEXT */
};

/*
 * Writes the fields of `object` to `out`. Returns how many bytes that took, or
 * -1 when `capacity` is too small.
 */
ssize_t fields_encode(const struct field *table, size_t count,
		      const void *object, void *out, size_t capacity);

/*
 * Reads `object` back; all members that the table names are set. Returns 0, or
 * -1 when `data` is damaged (then `object` is half filled).
 */
int fields_decode(const struct field *table, size_t count, void *object,
		  const void *data, size_t size);

#endif
