#ifndef TUI_TERMINAL_H
#define TUI_TERMINAL_H

#include "base/error.h"
#include "tui/canvas.h"

#include <stdbool.h>

/*
 * The terminal: taken over by terminal_open(), given back as it was by
 * terminal_close(), and by a handler when a fatal signal ends the program. A
 * program has one, so this module keeps it: a signal handler has nowhere else
 * to look.
 */

/* Takes the terminal on standard input and output over. Until it is closed,
 * what is written to standard error is kept back. Returns 0, or -1 and the
 * reason: there is no terminal, or it cannot do what it must. */
int terminal_open(struct error *error);

/* Gives the terminal back and shows what was written to standard error. Does
 * nothing when it is not open. */
void terminal_close(void);

/* The next key as curses gives it, or -1 when there is none at the moment. */
int terminal_key(void);

/* The size of the terminal; that of the last call where it does not tell. */
void terminal_size(int *rows, int *columns);

/* Shows the canvas, which is as large as the terminal. With `paint` all of
 * it, else what has changed. */
void terminal_show(const struct canvas *canvas, bool paint);

/* Gives the terminal back, stops the process as ^Z does, and takes the terminal
 * again when it is continued. */
void terminal_suspend(void);

/* Takes the terminal again after somebody else stopped the process. */
void terminal_resume(void);

#endif
