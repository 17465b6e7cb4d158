#ifndef TUI_TERMINFO_H
#define TUI_TERMINFO_H

#include <stdbool.h>
#include <stddef.h>

/* What terminfo(5) knows of the terminal that curses has opened; apart, since
 * <term.h> takes everyday words for its macros. */

/* Whether a dashboard can be drawn: the cursor can be moved. */
bool terminfo_can_draw(void);

/* Writes the bytes that leave the screen of curses and show the former one and
 * the cursor. Returns how many. */
size_t terminfo_reset(char *out, size_t size);

#endif
