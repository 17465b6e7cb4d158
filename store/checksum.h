#ifndef STORE_CHECKSUM_H
#define STORE_CHECKSUM_H

#include <stddef.h>
#include <stdint.h>

/* CRC-32C (Castagnoli; RFC 3720, appendix B.4) of `data`, going on from
 * `seed`: 0, or the checksum of what comes before. */
uint32_t checksum(uint32_t seed, const void *data, size_t size);

#endif
