#include "config.h"

#include "tui/ticker.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "store/event.h"
#include "tui/format.h"

enum { NAME_CELLS = 14, DAY_US = 24 * 3600, US_PER_S = 1000000 };

bool ticker_is_shown(const struct event_line *line)
{
	/* the end that follows says it all */
	return line->kind != EVENT_STOPPING && line->kind != EVENT_PLACEMENT;
}

void ticker_rule(struct canvas *canvas, int row, const char *title,
		 const char *right)
{
	struct pen pen = pen_at(canvas, row);
	int end = canvas->columns - (int)strlen(right) - (*right ? 4 : 0);

	for (int i = 0; i < 2; i++)
		pen_put(&pen, ROLE_DIM, &canvas->glyphs->rule, 1);
	pen_print(&pen, ROLE_STRONG, " %s ", title);
	while (pen.column < pen.end && pen.column < end)
		pen_put(&pen, ROLE_DIM, &canvas->glyphs->rule, 1);
	if (*right)
		pen_print(&pen, ROLE_DIM, " %s ", right);
	while (pen.column < pen.end)
		pen_put(&pen, ROLE_DIM, &canvas->glyphs->rule, 1);
}

void ticker_draw_line(const struct event_line *line, struct canvas *canvas,
		      int row)
{
	struct pen pen = pen_at(canvas, row);
	char time[CLOCK_TEXT_SIZE];
	bool old = clock_real_us() - line->at_us > (int64_t)DAY_US * US_PER_S;

	/* "2026-11-22 14:02:19.000": month and day, or the time of day */
	clock_format_local(line->at_us, time);
	pen_print(&pen, ROLE_DIM, " %.*s ", old ? 11 : 8,
		  time + (old ? 5 : 11));
	pen_print(&pen, line->role, "%c ", line->mark);
	pen_print(&pen, line->crash ? ROLE_BAD : ROLE_STRONG, "%s", line->name);
	pen_move(&pen, ROLE_PLAIN,
		 pen.column < 13 + NAME_CELLS ? 13 + NAME_CELLS
					      : pen.column + 1);
	pen_print(&pen, line->crash ? ROLE_BAD : ROLE_PLAIN, "%s", line->text);
}

void ticker_draw(struct dashboard *dashboard, struct canvas *canvas, int top,
		 int bottom)
{
	const struct event_lines *events = &dashboard->events;
	struct pen pen = pen_at(canvas, top + 1);
	int row = bottom;

	if (bottom - top < 2)
		return;
	ticker_rule(canvas, top++, "EVENTS", "5: all");
	if (events->problem[0]) {
		pen_print(&pen, ROLE_WARN, " %s", events->problem);
		top++;
	} else if (events->count == 0) {
		pen_print(&pen, ROLE_DIM, " nothing has happened yet");
	}
	for (size_t i = events->count; i-- > 0 && row > top;)
		if (ticker_is_shown(&events->lines[i]))
			ticker_draw_line(&events->lines[i], canvas, --row);
}
