#include "config.h"

#include "tui/palette.h"

#include <curses.h>

static const struct {
	short foreground;
	short background;
	chtype coloured;
	chtype plain;
} palette[ROLE_COUNT] = {
#define X(role, foreground, background, coloured, plain) \
	[role] = {foreground, background, coloured, plain},
	PALETTE(X)
#undef X
};

/* Curses counts pairs from 1; 0 is the terminal's own. */
enum { FIRST_PAIR = 1, BRIGHT_BLACK = 8 };

void palette_init(bool colours)
{
	if (!colours || !has_colors())
		return;
	start_color();
	use_default_colors();
	for (int i = 0; i < ROLE_COUNT; i++)
		init_pair((short)(FIRST_PAIR + i), palette[i].foreground,
			  palette[i].background);
	if (COLORS >= 16)
		init_pair(FIRST_PAIR + ROLE_DIM, BRIGHT_BLACK, -1);
}

unsigned palette_attributes(enum role role)
{
	short foreground;
	short background;

	/* start_color() has not been called where colours are not wanted */
	if (COLORS <= 0 || pair_content((short)(FIRST_PAIR + role), &foreground,
					&background) == ERR)
		return palette[role].plain;
	if (role == ROLE_DIM && COLORS >= 16)
		return (unsigned)COLOR_PAIR(FIRST_PAIR + role);
	return palette[role].coloured | (unsigned)COLOR_PAIR(FIRST_PAIR + role);
}

unsigned palette_selected(enum role role)
{
	unsigned attributes = palette_attributes(role);

	if (role != ROLE_BAD && role != ROLE_FRESH)
		attributes &= A_BOLD;
	return attributes | A_REVERSE;
}
