#include "config.h"

#include "base/log-gzip.h"

#include <stddef.h>
#include <string.h>
#include <unistd.h>

enum {
	/* Our subfield: two letters and the length of what follows. */
	HEAD_SIZE = 4,
	INODE_SIZE = 8,
	/* The extra field comes after the fixed members and its length. */
	EXTRA_AT = 12,
	FLAGS_AT = 3,
	FLAG_EXTRA = 4,
};

static const unsigned char head[HEAD_SIZE] = {'R', 'V', INODE_SIZE, 0};

void log_gzip_extra(unsigned char extra[LOG_GZIP_EXTRA_SIZE], uint64_t inode)
{
	memcpy(extra, head, HEAD_SIZE);
	for (size_t i = 0; i < INODE_SIZE; i++)
		extra[HEAD_SIZE + i] = (unsigned char)(inode >> (8 * i));
}

uint64_t log_gzip_source(int fd)
{
	unsigned char bytes[EXTRA_AT + LOG_GZIP_EXTRA_SIZE];
	uint64_t inode = 0;

	if (pread(fd, bytes, sizeof(bytes), 0) != sizeof(bytes) ||
	    !(bytes[FLAGS_AT] & FLAG_EXTRA) ||
	    memcmp(bytes + EXTRA_AT, head, HEAD_SIZE) != 0)
		return 0;
	for (size_t i = 0; i < INODE_SIZE; i++)
		inode |= (uint64_t)bytes[EXTRA_AT + HEAD_SIZE + i] << (8 * i);
	return inode;
}
