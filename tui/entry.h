#ifndef TUI_ENTRY_H
#define TUI_ENTRY_H

#include <stdbool.h>

/* A line of text that the user types. */
enum { ENTRY_SIZE = 128 };

struct entry {
	char text[ENTRY_SIZE];
};

/* Takes a key, as curses gives it: appends it, or takes the last character
 * away; ^U takes all. Returns whether the key was one for a text. */
bool entry_key(struct entry *entry, int key);

#endif
