#include "config.h"

#include "tui/log-pager.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>
#include <wctype.h>

#include "base/clock.h"
#include "tui/format.h"

/* How the lines of logs are drawn. */

/* SGR-free: the colours of names, so that neighbours differ. */
static const enum role name_roles[] = {ROLE_MOVE, ROLE_OK, ROLE_KEY,
				       ROLE_STRONG};
enum { NAME_ROLES = sizeof(name_roles) / sizeof(name_roles[0]) };

/* A line as cells: where the found text is, it has another role. */
struct clean {
	wchar_t text[LOG_TEXT_WIDTH + 1];
	size_t count;
};

static void clean_line(const struct log_text_line *line, struct clean *clean)
{
	clean->count = format_clean(line->text, clean->text, LOG_TEXT_WIDTH);
	clean->text[clean->count] = L'\0';
}

/* "14:02:19.204 E web/0 | "; dashes where no time is known. */
static void draw_head(const struct log_pager *pager,
		      const struct log_text_line *line, struct pen *pen)
{
	static const char streams[] = {' ', 'O', 'E'};
	char time[CLOCK_TEXT_SIZE];

	pen_print(pen, ROLE_PLAIN, " ");
	if (line->border) {
		pen_print(pen, line->crash ? ROLE_BAD : ROLE_DIM,
			  pager->time ? "------------ " : "-- ");
		return;
	}
	if (pager->time && pager->text.timed) {
		clock_format_local(line->at_us, time);
		pen_print(pen, ROLE_DIM, "%s ",
			  line->at_us ? time + 11 : "            ");
	}
	if (line->stream != LOG_NO_STREAM)
		pen_print(pen, line->stream == LOG_ERR ? ROLE_WARN : ROLE_DIM,
			  "%c ", streams[line->stream]);
	if (pager->names)
		pen_print(pen, name_roles[line->worker % NAME_ROLES], "%-*s | ",
			  pager->text.name_width,
			  log_text_name(&pager->text, line));
}

/* Where `needle` is in the text from `from` on, whatever the case; the count
 * where it is not. */
static size_t find_in(const struct clean *clean, const wchar_t *needle,
		      size_t from)
{
	size_t length = wcslen(needle);

	for (; length > 0 && from + length <= clean->count; from++)
		if (wcsncasecmp(clean->text + from, needle, length) == 0)
			return from;
	return clean->count;
}

/* Draws the characters from `from` on, up to `end`; what is found stands out.
 * Returns how many. */
static size_t draw_part(struct pen *pen, enum role role,
			const struct clean *clean, size_t from,
			const wchar_t *needle)
{
	size_t at = from;

	while (at < clean->count) {
		size_t found = find_in(clean, needle, at);
		size_t length = found == at ? wcslen(needle) : found - at;
		size_t done = pen_write(pen, found == at ? ROLE_FOUND : role,
					clean->text + at, length);

		at += done;
		if (done < length)
			break;
	}
	return at - from;
}

/* Rows that a line takes: those of its text, behind a head of `head` cells. */
static int rows_of(const struct log_pager *pager,
		   const struct log_text_line *line, int columns)
{
	struct clean clean;
	int cells = 0;
	int room = columns - 20 > 10 ? columns - 20 : 10;

	if (!pager->wrap)
		return 1;
	clean_line(line, &clean);
	for (size_t i = 0; i < clean.count; i++)
		cells += wcwidth(clean.text[i]);
	/* more than it takes, so that the last line is never cut off */
	return 1 + cells / room;
}

/* Draws a line from `row` on, above `bottom`; returns the row behind it. */
static int draw_line(const struct log_pager *pager,
		     const struct log_text_line *line, struct canvas *canvas,
		     int row, int bottom)
{
	wchar_t needle[ENTRY_SIZE];
	size_t length = format_clean(pager->find, needle, ENTRY_SIZE - 1);
	struct pen pen = pen_at(canvas, row);
	enum role role = line->crash	? ROLE_BAD
			 : line->border ? ROLE_DIM
					: ROLE_PLAIN;
	struct clean clean;
	size_t at = 0;
	int start;

	needle[length] = L'\0';
	clean_line(line, &clean);
	draw_head(pager, line, &pen);
	start = pen.column;
	if (!pager->wrap && !line->border)
		for (int cells = 0; at < clean.count && cells < pager->side;)
			cells += wcwidth(clean.text[at++]);
	at += draw_part(&pen, role, &clean, at, needle);
	if (!pager->wrap && at < clean.count && canvas->columns > 0)
		pen_write(&(struct pen){canvas, row, canvas->columns - 1,
					canvas->columns},
			  ROLE_DIM, &canvas->glyphs->cut, 1);
	while (pager->wrap && at < clean.count && ++row < bottom) {
		size_t done;

		pen = pen_at(canvas, row);
		pen_move(&pen, ROLE_PLAIN, start);
		done = draw_part(&pen, role, &clean, at, needle);
		if (done == 0)
			break;
		at += done;
	}
	return row + 1;
}

/* The first line so that all up to the last one are seen. */
static size_t top_of_end(const struct log_pager *pager, int columns, int rows)
{
	const struct log_text *text = &pager->text;
	size_t top = text->next;

	for (size_t number = text->next; number > text->first && rows > 0;) {
		number--;
		if (!log_pager_shows(pager, number))
			continue;
		rows -= rows_of(pager, log_text_get(text, number), columns);
		if (rows >= 0)
			top = number;
	}
	return top;
}

void log_pager_draw(struct log_pager *pager, struct canvas *canvas, int top,
		    int bottom)
{
	const struct log_text *text = &pager->text;
	int row = top;

	pager->page = bottom - top;
	if (pager->follow)
		pager->top = top_of_end(pager, canvas->columns, bottom - top);
	for (size_t number = pager->top; number < text->next && row < bottom;
	     number++)
		if (log_pager_shows(pager, number))
			row = draw_line(pager, log_text_get(text, number),
					canvas, row, bottom);
	if (row == top) {
		struct pen pen = pen_at(canvas, top);

		pen_print(&pen, ROLE_DIM, " %s",
			  text->problem[0]	      ? text->problem
			  : text->next == text->first ? "nothing was printed"
						      : "no line fits");
	}
}
