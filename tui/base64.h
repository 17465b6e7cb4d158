#ifndef TUI_BASE64_H
#define TUI_BASE64_H

#include <stddef.h>

/* RFC 4648, for the clipboard: the caller frees the text. Ends the program when
 * memory is short. */
char *base64_encode(const char *bytes, size_t size);

#endif
