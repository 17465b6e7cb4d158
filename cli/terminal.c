#include "config.h"

#include "cli/terminal.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

int terminal_columns(FILE *out)
{
	const char *given = getenv("COLUMNS");
	long columns = given ? strtol(given, NULL, 10) : 0;
	struct winsize size;

	if (!isatty(fileno(out)))
		return 0;
	if (columns > 0 && columns < 10000)
		return (int)columns;
	if (ioctl(fileno(out), TIOCGWINSZ, &size) < 0 || size.ws_col == 0)
		return 80;
	return size.ws_col;
}

int terminal_lines(FILE *out)
{
	const char *given = getenv("LINES");
	long lines = given ? strtol(given, NULL, 10) : 0;
	struct winsize size;

	if (!isatty(fileno(out)))
		return 24;
	if (lines > 0 && lines < 10000)
		return (int)lines;
	if (ioctl(fileno(out), TIOCGWINSZ, &size) < 0 || size.ws_row == 0)
		return 24;
	return size.ws_row;
}

bool terminal_has_color(FILE *out)
{
	const char *refused = getenv("NO_COLOR");
	const char *terminal = getenv("TERM");

	return isatty(fileno(out)) && (!refused || !*refused) && terminal &&
	       strcmp(terminal, "dumb") != 0;
}
