#include "config.h"

#include "tui/entry.h"

#include <curses.h>
#include <string.h>

enum { CONTROL_H = 8, CONTROL_U = 0x15, DELETE = 127, BYTE_MAX = 255 };

/* Bytes after the first of a character in UTF-8. */
static bool goes_on(char byte)
{
	return (byte & 0xc0) == 0x80;
}

static void erase_last(char *text)
{
	size_t length = strlen(text);

	while (length > 0 && goes_on(text[length - 1]))
		length--;
	text[length > 0 ? length - 1 : 0] = '\0';
}

bool entry_key(struct entry *entry, int key)
{
	size_t length = strlen(entry->text);

	if (key == KEY_BACKSPACE || key == DELETE || key == CONTROL_H) {
		erase_last(entry->text);
		return true;
	}
	if (key == CONTROL_U) {
		entry->text[0] = '\0';
		return true;
	}
	if (key < ' ' || key > BYTE_MAX || key == DELETE)
		return false;
	if (length + 1 < sizeof(entry->text)) {
		entry->text[length] = (char)key;
		entry->text[length + 1] = '\0';
	}
	return true;
}
