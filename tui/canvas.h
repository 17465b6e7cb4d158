#ifndef TUI_CANVAS_H
#define TUI_CANVAS_H

#include "tui/glyphs.h"
#include "tui/palette.h"

#include <stdbool.h>
#include <stddef.h>
#include <wchar.h>

/*
 * What the screen shall show, cell by cell. Screens draw here and only here;
 * terminal.c copies the cells to curses, which sends what has changed. So
 * drawing can be tested without a terminal, and nothing can be drawn outside.
 */
struct cell {
	wchar_t character; /* 0: the right half of a wide one */
	enum role role;
	bool selected; /* shown in reverse */
};

struct canvas {
	int rows;
	int columns;
	const struct glyphs *glyphs;
	struct cell *cells; /* rows * columns; owned */
	int cursor_row; /* where the hardware cursor waits */
};

/* Makes a blank canvas. Ends the program when memory is short. */
void canvas_init(struct canvas *canvas, int rows, int columns,
		 const struct glyphs *glyphs);

void canvas_release(struct canvas *canvas);

/* The cell at `row`, `column`, which must exist. */
struct cell *canvas_cell(const struct canvas *canvas, int row, int column);

/* Shows the whole row in reverse, whatever role its cells have, and parks the
 * cursor there: screen readers and braille lines follow it. */
void canvas_select_row(struct canvas *canvas, int row);

/* Writes a row as UTF-8 (or the locale's codeset) without blanks at its end:
 * for tests. */
void canvas_text(const struct canvas *canvas, int row, char *out, size_t size);

/* Writes from `column` up to but not into `end`, and moves along. What lies
 * outside the canvas is left out. */
struct pen {
	struct canvas *canvas;
	int row;
	int column;
	int end;
};

/* A pen for a whole row. */
struct pen pen_at(struct canvas *canvas, int row);

/* Writes text, made safe by format_clean() and cut where the pen ends. */
void pen_print(struct pen *pen, enum role role, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* The same, so that it ends where the pen does; fills what is before it with
 * blanks. */
void pen_print_right(struct pen *pen, enum role role, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Writes `count` characters that are known to be one cell wide. */
void pen_put(struct pen *pen, enum role role, const wchar_t *characters,
	     size_t count);

/* Writes characters that format_clean() has made, without a sign where they are
 * cut. Returns how many were written. */
size_t pen_write(struct pen *pen, enum role role, const wchar_t *characters,
		 size_t count);

/* Fills up to `column` with blanks. */
void pen_move(struct pen *pen, enum role role, int column);

#endif
