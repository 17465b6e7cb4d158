#ifndef TUI_TERMINAL_H
#define TUI_TERMINAL_H

#include "base/error.h"
#include "tui/canvas.h"
#include "tui/palette.h"

#include <stdbool.h>

/*
 * The terminal: taken over by terminal_open(), given back as it was by
 * terminal_close(), and by a handler when a fatal signal ends the program. A
 * program has one, so this module keeps it: a signal handler has nowhere else
 * to look.
 *
 * Nothing here waits for a terminal that does not read: frames are queued
 * (output.h), and no frame is to be shown while one waits.
 */

/* Takes the terminal on standard input and output over. Until it is closed,
 * what is written to standard error is kept back. Returns 0, or -1 and the
 * reason: there is no terminal, or it cannot do what it must. */
int terminal_open(enum theme theme, bool mouse, struct error *error);

/* Gives the terminal back and shows what was written to standard error. Does
 * nothing when it is not open. */
void terminal_close(void);

/* The next key as curses gives it, or -1 when there is none at the moment.
 * KEY_MOUSE: see terminal_mouse(). */
int terminal_key(void);

/* Whether something was typed that terminal_key() has not told of. */
bool terminal_has_key(void);

/* What the mouse did last: a click into `row`, or `wheel` turns down. */
struct mouse {
	int row; /* -1: no click */
	int wheel; /* below 0: up */
};
struct mouse terminal_mouse(void);

/* The size of the terminal; that of the last call where it does not tell. */
void terminal_size(int *rows, int *columns);

/* Shows the canvas, which is as large as the terminal. With `paint` all of
 * it, else what has changed. */
void terminal_show(const struct canvas *canvas, bool paint);

/* Names the window, where the terminal has names; rings its bell; puts text
 * into its clipboard. */
void terminal_name(const char *name);
void terminal_bell(void);
void terminal_clipboard(const char *text);

/* A descriptor that becomes writable when terminal_send() should be called;
 * -1: nothing waits to be sent. */
int terminal_pending(void);
void terminal_send(void);

/* Gives the terminal back, stops the process as ^Z does, and takes the terminal
 * again when it is continued. */
void terminal_suspend(void);

/* Takes the terminal again after somebody else stopped the process. */
void terminal_resume(void);

#endif
