#ifndef TUI_PALETTE_H
#define TUI_PALETTE_H

#include <stdbool.h>

/*
 * The colours of the dashboard, by meaning: whoever draws names a role, and
 * this one table says how a role looks. No screen relies on colour alone.
 *
 * X(role, foreground, background, attributes with colours, attributes without)
 * with the names of curses; -1 is the terminal's own colour. ROLE_DIM becomes
 * bright black where the terminal has it.
 */
#define PALETTE(X)                                                           \
	X(ROLE_PLAIN, -1, -1, A_NORMAL, A_NORMAL)                            \
	X(ROLE_STRONG, -1, -1, A_BOLD, A_BOLD)                               \
	X(ROLE_DIM, -1, -1, A_DIM, A_DIM)                                    \
	X(ROLE_OK, COLOR_GREEN, -1, A_NORMAL, A_NORMAL)                      \
	X(ROLE_MOVE, COLOR_CYAN, -1, A_NORMAL, A_NORMAL)                     \
	X(ROLE_WARN, COLOR_YELLOW, -1, A_BOLD, A_BOLD)                       \
	X(ROLE_BAD, COLOR_RED, -1, A_BOLD, A_BOLD)                           \
	X(ROLE_FRESH, COLOR_RED, -1, A_BOLD | A_REVERSE, A_BOLD | A_REVERSE) \
	X(ROLE_CHART, COLOR_CYAN, -1, A_NORMAL, A_NORMAL)                    \
	X(ROLE_KEY, COLOR_CYAN, -1, A_NORMAL, A_BOLD)                        \
	X(ROLE_HEADER, -1, -1, A_BOLD, A_BOLD)                               \
	X(ROLE_SORTED, COLOR_CYAN, -1, A_BOLD, A_BOLD | A_UNDERLINE)         \
	X(ROLE_TITLE, COLOR_BLACK, COLOR_CYAN, A_NORMAL, A_REVERSE)

enum role {
#define X(role, foreground, background, coloured, plain) role,
	PALETTE(X)
#undef X
		ROLE_COUNT
};

/* Defines the colour pairs. To be called when curses has started. Without
 * `colours`, or on a terminal that has none, roles are told apart by bold and
 * reverse alone. */
void palette_init(bool colours);

/* The curses attributes of `role`, its colour pair included. */
unsigned palette_attributes(enum role role);

/* The same in the selected row: reverse, calm, but for what is bad. */
unsigned palette_selected(enum role role);

#endif
