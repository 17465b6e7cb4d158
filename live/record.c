#include "config.h"

#include "live/record.h"

#include <stdatomic.h>
#include <string.h>

/*
 * Each word is stored with release and loaded with acquire order: a reader that
 * meets a word of a newer object also sees the sequence number that was stored
 * before it, and tries again. That needs no fences, which ThreadSanitizer does
 * not know, and costs nothing on x86.
 */

static size_t copy_offset(uint64_t sequence, size_t words)
{
	return 1 + (sequence % 2) * words;
}

void record_write(_Atomic uint64_t *record, const void *object, size_t size)
{
	size_t words = size / sizeof(uint64_t);
	uint64_t sequence =
		1 + atomic_load_explicit(&record[0], memory_order_relaxed);
	_Atomic uint64_t *copy = record + copy_offset(sequence, words);
	const char *bytes = object;

	for (size_t i = 0; i < words; i++) {
		uint64_t word;

		memcpy(&word, bytes + i * sizeof(word), sizeof(word));
		atomic_store_explicit(&copy[i], word, memory_order_release);
	}
	atomic_store_explicit(&record[0], sequence, memory_order_release);
}

bool record_read(const _Atomic uint64_t *record, void *object, size_t size)
{
	size_t words = size / sizeof(uint64_t);
	char *bytes = object;
	uint64_t sequence;

	do {
		const _Atomic uint64_t *copy;

		sequence =
			atomic_load_explicit(&record[0], memory_order_acquire);
		if (sequence == 0)
			return false;
		copy = record + copy_offset(sequence, words);
		for (size_t i = 0; i < words; i++) {
			uint64_t word = atomic_load_explicit(
				&copy[i], memory_order_acquire);

			memcpy(bytes + i * sizeof(word), &word, sizeof(word));
		}
	} while (atomic_load_explicit(&record[0], memory_order_relaxed) !=
		 sequence);
	return true;
}
