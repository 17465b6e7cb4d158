#ifndef TUI_PALETTE_H
#define TUI_PALETTE_H

#include <stdbool.h>

/*
 * The colours of the dashboard, by meaning: whoever draws names a role, and
 * this one table says how a role looks. No screen relies on colour alone.
 *
 * X(role, foreground on dark, on light, background, attributes with colours,
 * attributes without) with the names of curses; -1 is the terminal's own
 * colour. ROLE_DIM becomes bright black where the terminal is dark and has it.
 */
#define PALETTE(X)                                                      \
	X(ROLE_PLAIN, -1, -1, -1, A_NORMAL, A_NORMAL)                   \
	X(ROLE_STRONG, -1, -1, -1, A_BOLD, A_BOLD)                      \
	X(ROLE_DIM, -1, -1, -1, A_DIM, A_DIM)                           \
	X(ROLE_OK, COLOR_GREEN, COLOR_GREEN, -1, A_NORMAL, A_NORMAL)    \
	X(ROLE_MOVE, COLOR_CYAN, COLOR_BLUE, -1, A_NORMAL, A_NORMAL)    \
	X(ROLE_WARN, COLOR_YELLOW, COLOR_MAGENTA, -1, A_BOLD, A_BOLD)   \
	X(ROLE_BAD, COLOR_RED, COLOR_RED, -1, A_BOLD, A_BOLD)           \
	X(ROLE_FRESH, COLOR_RED, COLOR_RED, -1, A_BOLD | A_REVERSE,     \
	  A_BOLD | A_REVERSE)                                           \
	X(ROLE_CHART, COLOR_CYAN, COLOR_BLUE, -1, A_NORMAL, A_NORMAL)   \
	X(ROLE_KEY, COLOR_CYAN, COLOR_BLUE, -1, A_NORMAL, A_BOLD)       \
	X(ROLE_HEADER, -1, -1, -1, A_BOLD, A_BOLD)                      \
	X(ROLE_SORTED, COLOR_CYAN, COLOR_BLUE, -1, A_BOLD,              \
	  A_BOLD | A_UNDERLINE)                                         \
	X(ROLE_FOUND, COLOR_BLACK, COLOR_BLACK, COLOR_YELLOW, A_NORMAL, \
	  A_REVERSE)                                                    \
	X(ROLE_TITLE, COLOR_BLACK, COLOR_BLACK, COLOR_CYAN, A_NORMAL, A_REVERSE)

enum role {
#define X(role, dark, light, background, coloured, plain) role,
	PALETTE(X)
#undef X
		ROLE_COUNT
};

/* For what background the colours are chosen; mono has none, and tells roles
 * apart by bold and reverse alone. */
enum theme { THEME_DARK, THEME_LIGHT, THEME_MONO, THEME_COUNT };

/* The theme called so, or THEME_COUNT; and what it is called. */
enum theme theme_parse(const char *name);
const char *theme_name(enum theme theme);

/* Defines the colour pairs. To be called when curses has started. A terminal
 * without colours is shown as THEME_MONO whatever is asked for. */
void palette_init(enum theme theme);

/* The curses attributes of `role`, its colour pair included. */
unsigned palette_attributes(enum role role);

/* The same in the selected row: reverse, calm, but for what is bad. */
unsigned palette_selected(enum role role);

#endif
