#ifndef TUI_KEPT_FILE_H
#define TUI_KEPT_FILE_H

#include "base/error.h"

#include <stddef.h>

/*
 * The small files that the dashboard keeps for its user, who may edit them, or
 * make them a symbolic link.
 */

enum { KEPT_FILE_MAX = 64 * 1024 };

/* The text of the file at `path`, which the caller frees; "" where there is
 * none; NULL and the reason where it is no text file, too large, or not to be
 * read. */
char *kept_file_read(const char *path, struct error *error);

/* Writes the file by rename(2), and makes the folders that it lies in. Returns
 * 0, or -1 and the reason; then the former file is as it was. */
int kept_file_write(const char *path, const char *text, size_t size,
		    struct error *error);

#endif
