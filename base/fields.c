#include "config.h"

#include "base/fields.h"

#include <stdbool.h>
#include <string.h>

enum { KIND_NUMBER = 0, KIND_BYTES = 1 };

struct writer {
	uint8_t *at;
	uint8_t *end;
	bool full;
};

struct reader {
	const uint8_t *at;
	const uint8_t *end;
};

static void put_number(struct writer *writer, uint64_t value)
{
	do {
		if (writer->at == writer->end) {
			writer->full = true;
			return;
		}
		*writer->at++ =
			(uint8_t)((value & 0x7f) | (value > 0x7f ? 0x80 : 0));
		value >>= 7;
	} while (value > 0);
}

static void put_bytes(struct writer *writer, const void *data, size_t size)
{
	put_number(writer, size);
	if ((size_t)(writer->end - writer->at) < size) {
		writer->full = true;
		return;
	}
	memcpy(writer->at, data, size);
	writer->at += size;
}

static bool get_number(struct reader *reader, uint64_t *value)
{
	*value = 0;
	for (unsigned shift = 0; shift < 64; shift += 7) {
		uint8_t byte;

		if (reader->at == reader->end)
			return false;
		byte = *reader->at++;
		*value |= (uint64_t)(byte & 0x7f) << shift;
		if (!(byte & 0x80))
			return true;
	}
	return false;
}

static uint64_t zigzag(int64_t value)
{
	return ((uint64_t)value << 1) ^ (value < 0 ? UINT64_MAX : 0);
}

static int64_t unzigzag(uint64_t value)
{
	return (int64_t)((value >> 1) ^ (value & 1 ? UINT64_MAX : 0));
}

static void put_field(struct writer *writer, const struct field *field,
		      const char *member)
{
	uint64_t number = 0;
	struct bytes bytes = {NULL, 0};

	switch (field->type) {
	case FIELD_UNSIGNED:
		memcpy(&number, member, sizeof(number));
		break;
	case FIELD_SIGNED:
		memcpy(&number, member, sizeof(number));
		number = zigzag((int64_t)number);
		break;
	case FIELD_TEXT:
		bytes = (struct bytes){member, strnlen(member, field->size)};
		break;
	case FIELD_BYTES:
		memcpy(&bytes, member, sizeof(bytes));
		break;
	}
	if (number > 0) {
		put_number(writer, (uint64_t)field->tag << 1 | KIND_NUMBER);
		put_number(writer, number);
	} else if (bytes.size > 0) {
		put_number(writer, (uint64_t)field->tag << 1 | KIND_BYTES);
		put_bytes(writer, bytes.data, bytes.size);
	}
}

ssize_t fields_encode(const struct field *table, size_t count,
		      const void *object, void *out, size_t capacity)
{
	uint8_t *start = out;
	struct writer writer = {start, start + capacity, false};

	for (size_t i = 0; i < count; i++)
		put_field(&writer, &table[i],
			  (const char *)object + table[i].offset);
	return writer.full ? -1 : writer.at - start;
}

static void clear_field(const struct field *field, char *member)
{
	switch (field->type) {
	case FIELD_UNSIGNED:
	case FIELD_SIGNED:
		memset(member, 0, sizeof(uint64_t));
		break;
	case FIELD_TEXT:
		memset(member, 0, field->size);
		break;
	case FIELD_BYTES:
		memset(member, 0, sizeof(struct bytes));
		break;
	}
}

static void set_number(const struct field *field, char *member, uint64_t number)
{
	int64_t value = unzigzag(number);

	if (field->type == FIELD_UNSIGNED)
		memcpy(member, &number, sizeof(number));
	else if (field->type == FIELD_SIGNED)
		memcpy(member, &value, sizeof(value));
}

static void set_bytes(const struct field *field, char *member,
		      struct bytes bytes)
{
	if (field->type == FIELD_TEXT) {
		size_t size =
			bytes.size < field->size ? bytes.size : field->size - 1;

		memcpy(member, bytes.data, size);
		member[size] = '\0';
	} else if (field->type == FIELD_BYTES) {
		memcpy(member, &bytes, sizeof(bytes));
	}
}

static const struct field *find(const struct field *table, size_t count,
				uint64_t tag)
{
	for (size_t i = 0; i < count; i++)
		if (table[i].tag == tag)
			return &table[i];
	return NULL;
}

static bool get_field(struct reader *reader, const struct field *table,
		      size_t count, char *object)
{
	const struct field *field;
	uint64_t key, number;

	if (!get_number(reader, &key) || !get_number(reader, &number))
		return false;
	field = find(table, count, key >> 1);
	if ((key & 1) == KIND_NUMBER) {
		if (field)
			set_number(field, object + field->offset, number);
		return true;
	}
	if ((uint64_t)(reader->end - reader->at) < number)
		return false;
	if (field)
		set_bytes(field, object + field->offset,
			  (struct bytes){reader->at, (size_t)number});
	reader->at += number;
	return true;
}

int fields_decode(const struct field *table, size_t count, void *object,
		  const void *data, size_t size)
{
	struct reader reader = {data, (const uint8_t *)data + size};

	for (size_t i = 0; i < count; i++)
		clear_field(&table[i], (char *)object + table[i].offset);
	while (reader.at < reader.end)
		if (!get_field(&reader, table, count, object))
			return -1;
	return 0;
}
