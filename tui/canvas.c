#include "config.h"

#include "tui/canvas.h"

#include <assert.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tui/format.h"

/* Longer texts are cut before they are drawn; no terminal is that wide. */
enum { TEXT_MAX = 1024 };

void canvas_init(struct canvas *canvas, int rows, int columns,
		 const struct glyphs *glyphs)
{
	size_t count = (size_t)rows * (size_t)columns;

	*canvas = (struct canvas){
		.rows = rows,
		.columns = columns,
		.glyphs = glyphs,
		.cells = calloc(count, sizeof(*canvas->cells)),
		.cursor_row = rows - 1,
	};
	assert(canvas->cells);
	for (size_t i = 0; i < count; i++)
		canvas->cells[i].character = L' ';
}

void canvas_release(struct canvas *canvas)
{
	free(canvas->cells);
	canvas->cells = NULL;
}

struct cell *canvas_cell(const struct canvas *canvas, int row, int column)
{
	assert(row >= 0 && row < canvas->rows);
	assert(column >= 0 && column < canvas->columns);
	return &canvas->cells[row * canvas->columns + column];
}

void canvas_select_row(struct canvas *canvas, int row)
{
	for (int column = 0; column < canvas->columns; column++)
		canvas_cell(canvas, row, column)->selected = true;
	canvas->cursor_row = row;
}

void canvas_text(const struct canvas *canvas, int row, char *out, size_t size)
{
	size_t used = 0;
	int last = canvas->columns;

	while (last > 0 &&
	       canvas_cell(canvas, row, last - 1)->character == L' ')
		last--;
	for (int column = 0; column < last; column++) {
		wchar_t character = canvas_cell(canvas, row, column)->character;
		char bytes[MB_LEN_MAX];
		int length = character ? wctomb(bytes, character) : 0;

		if (length < 0 || used + (size_t)length >= size)
			break;
		memcpy(out + used, bytes, (size_t)length);
		used += (size_t)length;
	}
	out[used] = '\0';
}

struct pen pen_at(struct canvas *canvas, int row)
{
	return (struct pen){canvas, row, 0, canvas->columns};
}

/* Puts one character of `width` cells; false when it does not fit. */
static bool put(struct pen *pen, enum role role, wchar_t character, int width)
{
	int end = pen->end < pen->canvas->columns ? pen->end
						  : pen->canvas->columns;

	if (pen->row < 0 || pen->row >= pen->canvas->rows || pen->column < 0 ||
	    pen->column + width > end)
		return false;
	for (int i = 0; i < width; i++) {
		struct cell *cell =
			canvas_cell(pen->canvas, pen->row, pen->column++);

		cell->character = i == 0 ? character : 0;
		cell->role = role;
	}
	return true;
}

static int cells_of(const wchar_t *text, size_t count)
{
	int cells = 0;

	for (size_t i = 0; i < count; i++)
		cells += wcwidth(text[i]);
	return cells;
}

/* Writes clean text; what does not fit is cut, and the last cell says so. */
static void write_clean(struct pen *pen, enum role role, const wchar_t *text,
			size_t count)
{
	int room = pen->end - pen->column;
	bool cut = cells_of(text, count) > room;
	struct pen inner = *pen;

	if (cut)
		inner.end--;
	for (size_t i = 0; i < count; i++)
		if (!put(&inner, role, text[i], wcwidth(text[i])))
			break;
	pen->column = inner.column;
	if (cut && room > 0) {
		pen_move(pen, role, inner.end);
		put(pen, role, pen->canvas->glyphs->cut, 1);
	}
}

void pen_print(struct pen *pen, enum role role, const char *format, ...)
{
	char text[TEXT_MAX];
	wchar_t clean[TEXT_MAX];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	write_clean(pen, role, clean, format_clean(text, clean, TEXT_MAX));
}

void pen_print_right(struct pen *pen, enum role role, const char *format, ...)
{
	char text[TEXT_MAX];
	wchar_t clean[TEXT_MAX];
	va_list arguments;
	size_t count;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	count = format_clean(text, clean, TEXT_MAX);
	pen_move(pen, role, pen->end - cells_of(clean, count));
	write_clean(pen, role, clean, count);
}

size_t pen_write(struct pen *pen, enum role role, const wchar_t *characters,
		 size_t count)
{
	size_t written = 0;

	while (written < count && put(pen, role, characters[written],
				      wcwidth(characters[written])))
		written++;
	return written;
}

void pen_put(struct pen *pen, enum role role, const wchar_t *characters,
	     size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (!put(pen, role, characters[i], 1))
			break;
}

void pen_move(struct pen *pen, enum role role, int column)
{
	while (pen->column < column && put(pen, role, L' ', 1))
		continue;
}
