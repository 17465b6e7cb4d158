#ifndef TUI_GLYPHS_H
#define TUI_GLYPHS_H

#include "base/words.h"
#include "tui/palette.h"

#include <stdbool.h>
#include <wchar.h>

/* What is drawn with other characters where the locale knows only ASCII. */
struct glyphs {
	bool braille; /* charts in dots; else a ramp of ASCII */
	wchar_t rule; /* of a line between two panels */
	wchar_t cut; /* ends a text that did not fit */
};

/* The set that the locale in force can show. */
const struct glyphs *glyphs_choose(void);

/* How a state looks. The marks are ASCII in every locale: circles and arrows
 * are of ambiguous width, and a terminal set to wide would shift the row. */
struct mark {
	char character;
	enum role role;
};

/* The mark of `state`. */
struct mark mark_of(enum worker_state state);

#endif
