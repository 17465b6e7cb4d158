#include "config.h"

#include "tui/terminfo.h"

#include <assert.h>
#include <curses.h>
#include <stdint.h>
#include <string.h>
#include <term.h>

/* The string called `name`, or "". */
static const char *capability(const char *name)
{
	const char *text = tigetstr(name);

	/* (char *)-1: there is no string of that name */
	return text && (uintptr_t)text != UINTPTR_MAX ? text : "";
}

bool terminfo_can_draw(void)
{
	return *capability("cup") && *capability("clear");
}

size_t terminfo_reset(char *out, size_t size)
{
	static const char *const names[] = {"sgr0", "op", "cnorm", "rmkx",
					    "rmcup"};
	/* synchronized output and mouse off: harmless where they are unknown */
	static const char off[] = "\033[?2026l\033[?1006l\033[?1000l";
	size_t used = sizeof(off) - 1;

	assert(used < size);
	memcpy(out, off, used);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const char *text = capability(names[i]);

		while (*text && used < size) {
			/* without the delays, "$<5>" */
			if (text[0] == '$' && text[1] == '<')
				text += strcspn(text, ">") + 1;
			else
				out[used++] = *text++;
		}
	}
	return used;
}
