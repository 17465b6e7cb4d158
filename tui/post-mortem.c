#include "config.h"

#include "tui/dashboard.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/size.h"
#include "store/post-mortem.h"
#include "tui/chart.h"
#include "tui/ticker.h"

/* How one run ended and why, as `reeve why` tells it: all of it, to scroll. */

enum {
	LINES_MAXIMUM = 2000,
	SETTLING_US = 60 * 1000 * 1000, /* output and core come after the end */
};

enum line_kind {
	LINE_TEXT,
	LINE_HEAD,
	LINE_FACT, /* begins with a label */
	LINE_TITLE,
	LINE_CPU, /* charts of the last samples */
	LINE_MEMORY,
};

struct story {
	bool found;
	bool no_crash;
	struct post_mortem post_mortem;
	char problem[PAST_PROBLEM_SIZE]; /* of the last reading; "": none */
	struct story_line {
		enum line_kind kind;
		char *text; /* owned */
	} lines[LINES_MAXIMUM];
	size_t count;
	size_t first; /* the line on top */
	size_t page; /* how many there was room for */
};

static void add_line(struct story *story, enum line_kind kind, const char *text,
		     size_t length)
{
	if (story->count < LINES_MAXIMUM)
		story->lines[story->count++] =
			(struct story_line){kind, strndup(text, length)};
}

static void add_lines(struct story *story, enum line_kind kind,
		      const char *text)
{
	while (*text) {
		size_t length = strcspn(text, "\n");

		add_line(story, kind, text, length);
		text += length + (text[length] == '\n');
	}
}

/* A text under its title; nothing where there is none. */
static void add_titled(struct story *story, const char *title, const char *text)
{
	if (!text || !*text)
		return;
	add_line(story, LINE_TITLE, title, strlen(title));
	add_lines(story, LINE_TEXT, text);
}

static void add_told(struct story *story, enum line_kind kind,
		     void (*tell)(FILE *, const struct post_mortem *))
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return;
	tell(out, &story->post_mortem);
	fclose(out);
	add_lines(story, kind, text);
	free(text);
}

static void compose(struct story *story)
{
	const struct post_mortem *post_mortem = &story->post_mortem;
	char at[CLOCK_TEXT_SIZE], title[CLOCK_TEXT_SIZE + 16];

	if (story->no_crash)
		add_lines(story, LINE_TEXT,
			  "It has not crashed. This is its last run:");
	add_told(story, LINE_HEAD, post_mortem_tell_head);
	add_told(story, LINE_FACT, post_mortem_tell_run);
	if (post_mortem->run.samples_size >= sizeof(struct live_sample)) {
		add_line(story, LINE_CPU, "", 0);
		add_line(story, LINE_MEMORY, "", 0);
	}
	add_told(story, LINE_FACT, post_mortem_tell_sequel);
	add_titled(story, "LAST OUTPUT", post_mortem->run.tail);
	add_titled(story, "BACKTRACE", post_mortem->run.backtrace);
	for (ssize_t i = 0; i < post_mortem->evidence_count; i++) {
		clock_format_local(post_mortem->evidence[i].at_us, at);
		snprintf(title, sizeof(title), "EVIDENCE, %s", at);
		add_titled(story, title, post_mortem->evidence[i].text);
	}
}

static void forget(struct story *story)
{
	for (size_t i = 0; i < story->count; i++)
		free(story->lines[i].text);
	story->count = 0;
	if (story->found)
		post_mortem_release(&story->post_mortem);
	story->found = false;
}

/* Reads the run that `text` means anew; what was read before stays where that
 * fails. */
static void read_story(struct view *view, const char *text)
{
	struct story *story = view->state;
	struct past *past = &view->dashboard->past;
	struct query *query = past_query(past);
	struct post_mortem read;
	bool no_crash;
	struct error error;
	int found = -1;

	if (query) {
		found = post_mortem_find(query, text, &read, &no_crash, &error);
		if (found < 0)
			past_failed(past, &error);
	}
	snprintf(story->problem, sizeof(story->problem), "%s", past->problem);
	if (found < 0)
		return;
	forget(story);
	story->found = found == 1;
	if (!story->found) {
		snprintf(story->problem, sizeof(story->problem),
			 "the history has no run of %s", text);
		return;
	}
	story->post_mortem = read;
	story->no_crash = no_crash;
	compose(story);
	unseen_see_run(&view->dashboard->unseen, read.run.run);
}

/* The run that is shown stays the same, while the worker goes on. */
static void read_again(struct view *view)
{
	const struct story *story = view->state;
	char number[24];

	snprintf(number, sizeof(number), "%" PRId64,
		 story->post_mortem.run.run);
	read_story(view, story->found ? number : view->subject);
}

static void update(struct view *view)
{
	const struct story *story = view->state;
	int64_t ended_at_us = story->post_mortem.run.ended_at_us;

	if (!story->found || ended_at_us == 0 || !story->post_mortem.has_next ||
	    clock_real_us() - ended_at_us < SETTLING_US)
		read_again(view);
}

static void close_view(struct view *view)
{
	forget(view->state);
}

/* ---- drawing ---- */

static void draw_chart(struct pen *pen, const struct past_run *run,
		       bool is_memory)
{
	uint32_t values[LIVE_SAMPLES];
	wchar_t text[LIVE_SAMPLES];
	size_t count = run->samples_size / sizeof(struct live_sample);
	struct chart chart = {.glyphs = pen->canvas->glyphs, .rows = 1};
	/* Beside the label and what it came up to. */
	const int room = pen->end - POST_MORTEM_LABEL_WIDTH - 20;
	char most[SIZE_TEXT_SIZE];
	uint32_t largest = 0;

	count = count > LIVE_SAMPLES ? LIVE_SAMPLES : count;
	for (size_t i = 0; i < count; i++) {
		struct live_sample sample;

		memcpy(&sample, run->samples + i * sizeof(sample),
		       sizeof(sample));
		values[i] = is_memory ? sample.rss_kib : sample.cpu_permille;
		largest = values[i] > largest ? values[i] : largest;
	}
	chart.values = values;
	chart.count = count;
	chart.cells = LIVE_SAMPLES / chart_capacity(chart.glyphs, 1);
	if ((int)chart.cells > room)
		chart.cells = room > 0 ? (size_t)room : 0;
	chart_row(&chart, 0, text);
	pen_print(pen, ROLE_DIM, "  %s", is_memory ? "memory" : "CPU");
	pen_move(pen, ROLE_PLAIN, POST_MORTEM_LABEL_WIDTH);
	pen_put(pen, ROLE_CHART, text, chart.cells);
	size_format_short((int64_t)largest * 1024, most);
	if (is_memory)
		pen_print(pen, ROLE_PLAIN, " up to %s in all", most);
	else
		pen_print(pen, ROLE_PLAIN, " up to %" PRIu32 "%% in all",
			  largest / 10);
}

static void draw_line(const struct story *story, const struct story_line *line,
		      struct canvas *canvas, int row)
{
	const struct past_run *run = &story->post_mortem.run;
	struct pen pen = pen_at(canvas, row);
	bool crash = end_cause_is_crash(run->ending.cause);

	switch (line->kind) {
	case LINE_TITLE:
		ticker_rule(canvas, row, line->text, "");
		break;
	case LINE_CPU:
	case LINE_MEMORY:
		draw_chart(&pen, run, line->kind == LINE_MEMORY);
		break;
	case LINE_FACT:
		pen_print(&pen, ROLE_DIM, "%.*s", POST_MORTEM_LABEL_WIDTH,
			  line->text);
		if (strlen(line->text) > POST_MORTEM_LABEL_WIDTH)
			pen_print(&pen, ROLE_PLAIN, "%s",
				  line->text + POST_MORTEM_LABEL_WIDTH);
		break;
	case LINE_HEAD:
		pen_print(&pen, crash ? ROLE_BAD : ROLE_STRONG, " %c %s",
			  crash ? '!' : ' ', line->text);
		break;
	case LINE_TEXT:
		pen_print(&pen, ROLE_PLAIN, " %s", line->text);
		break;
	}
}

static void draw(struct view *view, struct canvas *canvas, int top, int bottom)
{
	struct story *story = view->state;
	struct pen pen = pen_at(canvas, top);

	if (story->problem[0])
		pen_print(&pen, ROLE_WARN, " %s", story->problem);
	top += story->problem[0] != '\0';
	story->page = bottom > top ? (size_t)(bottom - top) : 1;
	for (int row = top; row < bottom; row++) {
		size_t number = story->first + (size_t)(row - top);

		if (number < story->count)
			draw_line(story, &story->lines[number], canvas, row);
	}
}

/* ---- keys ---- */

/* Goes to the next or the former run of the worker. */
static enum redo go_on(struct view *view, bool next)
{
	struct story *story = view->state;
	struct query *query = past_query(&view->dashboard->past);
	struct past_run run;
	struct error error;
	char number[24];
	int found;

	if (!query || !story->found)
		return REDO_DRAW;
	found = next ? query_next_run(query, &story->post_mortem.run, &run,
				      &error)
		     : query_former_run(query, &story->post_mortem.run, &run,
					&error);
	if (found != 1) {
		dashboard_say(view->dashboard, ROLE_PLAIN, "%s",
			      found < 0 ? error.text
			      : next	? "there is no later run"
					: "there is no earlier run");
		return REDO_DRAW;
	}
	snprintf(number, sizeof(number), "%" PRId64, run.run);
	past_run_release(&run);
	story->first = 0;
	read_story(view, number);
	return REDO_DRAW;
}

static enum redo scroll(struct story *story, int64_t lines)
{
	int64_t last = (int64_t)story->count - (int64_t)story->page;
	int64_t first = (int64_t)story->first + lines;

	if (first > last)
		first = last;
	story->first = first < 0 ? 0 : (size_t)first;
	return REDO_DRAW;
}

static enum redo handle(struct view *view, enum action action)
{
	struct story *story = view->state;
	int64_t page = (int64_t)story->page;

	switch ((int)action) {
	case ACTION_NEXT:
		return go_on(view, true);
	case ACTION_PREVIOUS:
		return go_on(view, false);
	case ACTION_UP:
		return scroll(story, -1);
	case ACTION_DOWN:
		return scroll(story, 1);
	case ACTION_PAGE_UP:
		return scroll(story, -page);
	case ACTION_PAGE_DOWN:
		return scroll(story, page);
	case ACTION_HALF_UP:
		return scroll(story, -page / 2);
	case ACTION_HALF_DOWN:
		return scroll(story, page / 2);
	case ACTION_FIRST:
		return scroll(story, -LINES_MAXIMUM);
	case ACTION_LAST:
		return scroll(story, LINES_MAXIMUM);
	default:
		return REDO_NOTHING;
	}
}

static bool target(const struct view *view, struct target *target)
{
	const struct story *story = view->state;

	return story->found &&
	       target_of_name(&view->dashboard->model,
			      story->post_mortem.run.worker, target);
}

/* The whole story as text. */
static char *copy(const struct view *view)
{
	const struct story *story = view->state;
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return NULL;
	for (size_t i = 0; i < story->count; i++)
		if (story->lines[i].kind < LINE_CPU)
			fprintf(out, "%s\n", story->lines[i].text);
	fclose(out);
	return text;
}

static const enum action hints[] = {
	ACTION_PREVIOUS, ACTION_NEXT, ACTION_LOGS, ACTION_COPY,
	ACTION_ACT,	 ACTION_BACK, ACTION_HELP, ACTION_NONE,
};

const struct screen screen_post_mortem = {
	.name = "post-mortem",
	.state_size = sizeof(struct story),
	.opens_selected = ACTION_POST_MORTEM,
	.keys = KEY_GROUP_COUNT,
	.close = close_view,
	.update = update,
	.draw = draw,
	.handle = handle,
	.target = target,
	.copy = copy,
	.hints = hints,
};
