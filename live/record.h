#ifndef LIVE_RECORD_H
#define LIVE_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A record in shared memory that has one writer and any number of readers: a
 * sequence number and two copies of an object. Number n says that copy n % 2 is
 * whole; the writer fills the other one and then stores n + 1. A record of
 * zeros was never written. All access is by 64-bit atomics, so nothing is ever
 * torn below that, and who dies in the middle leaves the former object.
 */

/* How many words a record of an object of `size` bytes takes. */
#define RECORD_WORDS(size) (1 + 2 * ((size) / sizeof(uint64_t)))

/* Publishes `object` of `size` bytes, a multiple of 8. */
void record_write(_Atomic uint64_t *record, const void *object, size_t size);

/* Copies the latest whole object of `size` bytes to `object`. Returns false,
 * and leaves it, when none was ever written. Only where the writer publishes
 * during the copy it is done once more. */
bool record_read(const _Atomic uint64_t *record, void *object, size_t size);

#endif
