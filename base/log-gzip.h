#ifndef BASE_LOG_GZIP_H
#define BASE_LOG_GZIP_H

#include <stdint.h>

/*
 * What the header of a compressed part of a log says in its extra field
 * (RFC 1952, 2.3.1.1): the inode of the file that it was made from. With that
 * and the time of the last write, which it takes over, `reeve logs` knows the
 * part again that it has begun to read.
 */

enum { LOG_GZIP_EXTRA_SIZE = 12 };

/* Writes the extra field. */
void log_gzip_extra(unsigned char extra[LOG_GZIP_EXTRA_SIZE], uint64_t inode);

/* The inode that the file `fd` names; 0: it names none. */
uint64_t log_gzip_source(int fd);

#endif
