#include "config.h"

#include "tui/plain.h"

#include <stdbool.h>

enum { ESCAPE = 27, BELL = 7, TAB_CELLS = 8 };

/* Bytes of a control sequence behind "ESC [": up to its final byte. */
static size_t csi_length(const char *text, size_t size)
{
	size_t length = 0;

	while (length < size && text[length] >= 0x20 && text[length] < 0x40)
		length++;
	return length < size && text[length] >= 0x40 && text[length] < 0x7f
		       ? length + 1
		       : length;
}

/* Bytes of a string behind "ESC ]", "ESC P" …: up to BEL or "ESC \". */
static size_t string_length(const char *text, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		if (text[i] == BELL)
			return i + 1;
		if (text[i] == ESCAPE)
			return i + 1 < size && text[i + 1] == '\\' ? i + 2 : i;
	}
	return size;
}

/* Bytes of the sequence that begins with the ESC at `text`. */
static size_t sequence_length(const char *text, size_t size)
{
	if (size < 2)
		return 1;
	switch (text[1]) {
	case '[':
		return 2 + csi_length(text + 2, size - 2);
	case ']':
	case 'P':
	case 'X':
	case '^':
	case '_':
		return 2 + string_length(text + 2, size - 2);
	case '(':
	case ')':
	case '#':
		return size < 3 ? 2 : 3;
	default:
		return text[1] >= 0x30 && text[1] < 0x7f ? 2 : 1;
	}
}

/* Takes the last character, of UTF-8, away. */
static size_t erase_last(const char *out, size_t used)
{
	while (used > 0 && (out[used - 1] & 0xc0) == 0x80)
		used--;
	return used > 0 ? used - 1 : 0;
}

/* Puts a byte, or what stands for it. */
static size_t put(char *out, size_t used, size_t size, char byte)
{
	size_t count = 1;

	if (byte == '\t') {
		count = TAB_CELLS - used % TAB_CELLS;
		byte = ' ';
	} else if (byte == '\0') {
		byte = '?';
	}
	for (size_t i = 0; i < count && used + 1 < size; i++)
		out[used++] = byte;
	return used;
}

size_t plain_text(struct bytes line, char *out, size_t size)
{
	const char *text = line.data;
	size_t used = 0;

	for (size_t i = 0; i < line.size;) {
		bool last = i + 1 == line.size;

		if (text[i] == ESCAPE) {
			i += sequence_length(text + i, line.size - i);
			continue;
		}
		if (text[i] == '\r')
			used = last ? used : 0;
		else if (text[i] == '\b')
			used = erase_last(out, used);
		else if (text[i] != BELL)
			used = put(out, used, size, text[i]);
		i++;
	}
	out[used] = '\0';
	return used;
}
