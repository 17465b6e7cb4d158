#include "config.h"

#include "tui/ticker.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "store/event.h"
#include "tui/format.h"
#include "tui/frame.h"

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

/* What many events of one pool in a short time come to. */
struct burst {
	const struct event_line *last;
	size_t pool_size; /* bytes of last->name that are the pool's */
	int64_t from_us; /* the first of them */
	size_t events;
	size_t crashes;
};

static bool is_of_burst(const struct burst *burst,
			const struct event_line *line)
{
	return line->at_us >= burst->from_us &&
	       strncmp(line->name, burst->last->name, burst->pool_size) == 0 &&
	       strchr("/", line->name[burst->pool_size]);
}

/* Whether the events from `first` to the last are too many to be told one by
 * one: those of more crashes or starts than a reader can follow. */
static bool is_many(const struct burst *burst, const struct event_line *first)
{
	enum { CRASHES_A_SECOND = 5, EVENTS_A_SECOND = 20 };
	int64_t seconds = (burst->last->at_us - first->at_us) / US_PER_S + 1;

	return seconds > 0 &&
	       (burst->crashes > (size_t)seconds * CRASHES_A_SECOND ||
		burst->events > (size_t)seconds * EVENTS_A_SECOND);
}

/* The largest burst that ends with line `last`; of one event where there is
 * none. */
static struct burst find_burst(const struct event_lines *events, size_t last)
{
	const struct event_line *end = &events->lines[last];
	struct burst all = {.last = end, .from_us = INT64_MIN};
	struct burst found = {.last = end, .from_us = end->at_us, .events = 1};

	all.pool_size = found.pool_size = strcspn(end->name, "/");
	for (size_t i = last + 1; all.pool_size > 0 && i-- > 0;) {
		const struct event_line *line = &events->lines[i];

		if (!is_of_burst(&all, line) || !ticker_is_shown(line))
			continue;
		all.events++;
		all.crashes += line->crash;
		if (!is_many(&all, line))
			continue;
		found = all;
		found.from_us = line->at_us;
	}
	return found;
}

/* "14:02:19 ! api  120 crashes in 3s, 360 events; 5: all" */
static void draw_burst(const struct burst *burst, struct canvas *canvas,
		       int row)
{
	struct event_line line = *burst->last;
	int64_t seconds = (line.at_us - burst->from_us) / US_PER_S + 1;
	char crashes[40] = "";

	line.crash = burst->crashes > 0;
	if (line.crash) {
		line.mark = '!';
		line.role = ROLE_BAD;
		snprintf(crashes, sizeof(crashes), "%zu crash%s, ",
			 burst->crashes, burst->crashes == 1 ? "" : "es");
	}
	line.name[burst->pool_size] = '\0';
	snprintf(line.text, sizeof(line.text), "%s%zu events in %llds; 5: all",
		 crashes, burst->events, (long long)seconds);
	ticker_draw_line(&line, canvas, row);
}

/* Draws the events into the rows from `top` on, the last one lowest. */
static void draw_lines(const struct event_lines *events, struct canvas *canvas,
		       int top, int bottom)
{
	enum { BURSTS = 16 };
	struct burst bursts[BURSTS];
	size_t count = 0;

	for (size_t i = events->count; i-- > 0 && bottom > top;) {
		const struct event_line *line = &events->lines[i];
		struct burst burst;
		bool told = !ticker_is_shown(line);

		for (size_t k = 0; k < count && !told; k++)
			told = is_of_burst(&bursts[k], line);
		if (told)
			continue;
		burst = find_burst(events, i);
		if (burst.events == 1 || count == BURSTS) {
			ticker_draw_line(line, canvas, --bottom);
			continue;
		}
		bursts[count++] = burst;
		draw_burst(&burst, canvas, --bottom);
	}
}

void ticker_draw(struct dashboard *dashboard, struct canvas *canvas, int top,
		 int bottom)
{
	const struct event_lines *events = &dashboard->events;
	struct pen pen;

	if (!frame_is_short(canvas) && top < bottom)
		ticker_rule(canvas, top++, "EVENTS", "5: all");
	if (top >= bottom)
		return;
	pen = pen_at(canvas, top);
	if (events->problem[0]) {
		pen_print(&pen, ROLE_WARN, " %s", events->problem);
		top++;
	} else if (events->count == 0) {
		pen_print(&pen, ROLE_DIM, " nothing has happened yet");
	}
	draw_lines(events, canvas, top, bottom);
}
