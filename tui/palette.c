#include "config.h"

#include "tui/palette.h"

#include <curses.h>
#include <string.h>

static const struct {
	short foregrounds[2]; /* by enum theme */
	short background;
	chtype coloured;
	chtype plain;
} palette[ROLE_COUNT] = {
#define X(role, dark, light, background, coloured, plain) \
	[role] = {{dark, light}, background, coloured, plain},
	PALETTE(X)
#undef X
};

/* Curses counts pairs from 1; 0 is the terminal's own. */
enum { FIRST_PAIR = 1, BRIGHT_BLACK = 8 };

static const char *const names[THEME_COUNT] = {"dark", "light", "mono"};

enum theme theme_parse(const char *name)
{
	int theme = 0;

	while (theme < THEME_COUNT && strcmp(names[theme], name) != 0)
		theme++;
	return (enum theme)theme;
}

const char *theme_name(enum theme theme)
{
	return names[theme];
}

/* As curses takes them, for each role. */
static unsigned attributes_of[ROLE_COUNT];

static unsigned attributes_with_colours(int role, enum theme theme)
{
	short pair = (short)(FIRST_PAIR + role);

	if (role == ROLE_DIM && COLORS >= 16 && theme == THEME_DARK) {
		init_pair(pair, BRIGHT_BLACK, -1);
		return (unsigned)COLOR_PAIR(pair);
	}
	init_pair(pair, palette[role].foregrounds[theme],
		  palette[role].background);
	return palette[role].coloured | (unsigned)COLOR_PAIR(pair);
}

void palette_init(enum theme theme)
{
	bool colours = theme != THEME_MONO && has_colors();

	if (colours) {
		start_color();
		use_default_colors();
	}
	for (int i = 0; i < ROLE_COUNT; i++)
		attributes_of[i] = colours ? attributes_with_colours(i, theme)
					   : palette[i].plain;
}

unsigned palette_attributes(enum role role)
{
	return attributes_of[role];
}

unsigned palette_selected(enum role role)
{
	unsigned attributes = palette_attributes(role);

	if (role != ROLE_BAD && role != ROLE_FRESH)
		attributes &= A_BOLD;
	return attributes | A_REVERSE;
}
