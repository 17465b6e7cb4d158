#include "config.h"

#include "store/journal-layout.h"

#include "store/checksum.h"

uint32_t journal_record_checksum(uint64_t id, unsigned type, unsigned version,
				 const void *data, uint32_t size)
{
	struct {
		uint64_t id;
		uint32_t size;
		uint16_t type;
		uint16_t version;
	} head = {id, size, (uint16_t)type, (uint16_t)version};

	return checksum(checksum(0, &head, sizeof(head)), data, size);
}
