#include "config.h"

#include "tui/terminfo.h"

#include <curses.h>
#include <string.h>
#include <term.h>

/* The string called `name`, or "". */
static const char *capability(const char *name)
{
	const char *text = tigetstr(name);

	return text && text != (const char *)-1 ? text : "";
}

bool terminfo_can_draw(void)
{
	return *capability("cup") && *capability("clear");
}

size_t terminfo_reset(char *out, size_t size)
{
	static const char *const names[] = {"sgr0", "op", "cnorm", "rmkx",
					    "rmcup"};
	size_t used = 0;

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
