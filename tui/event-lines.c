#include "config.h"

#include "tui/event-lines.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/event-line.h"
#include "store/event.h"
#include "tui/glyphs.h"

enum {
	/* So many are read at once. */
	PAGE = 500,
	/* Events of other journals may come so much later than theirs. */
	OVERLAP_US = 5 * 1000 * 1000,
};

void event_lines_init(struct event_lines *lines, struct past *past,
		      const char *about, size_t most)
{
	*lines = (struct event_lines){.past = past, .most = most};
	snprintf(lines->about, sizeof(lines->about), "%s", about);
}

void event_lines_release(struct event_lines *lines)
{
	free(lines->lines);
	lines->lines = NULL;
	lines->count = 0;
}

/* What a kind of event did: the mark of the state that it leads to. */
static struct mark mark_of_event(const struct past_event *event,
				 const json_t *object)
{
	const char *word = json_string_value(json_object_get(object, "state"));

	switch ((int)event->kind) {
	case EVENT_WARNING:
	case EVENT_CONFIG_REFUSED:
	case EVENT_ROLLING_STOPPED:
	case EVENT_OUTPUT_LOST:
	case EVENT_GAP:
	case EVENT_OOM_KILL:
	case EVENT_MAX_REACHED:
	case EVENT_WATCH:
		return (struct mark){'~', ROLE_WARN};
	case EVENT_HEALTH:
		return strstr(event->detail, "\"ok\"")
			       ? mark_of(WORKER_READY)
			       : mark_of(WORKER_UNHEALTHY);
	case EVENT_COMMAND:
		return (struct mark){'x', ROLE_STRONG};
	default:
		return word ? mark_of(worker_state_parse(word))
			    : (struct mark){' ', ROLE_PLAIN};
	}
}

static bool is_crash(const struct past_event *event, const json_t *object)
{
	const char *word = json_string_value(json_object_get(object, "cause"));

	if (event->kind != EVENT_ENDED || !word)
		return false;
	for (int i = 0; i < END_CAUSE_COUNT; i++)
		if (strcmp(word, end_cause_name((enum end_cause)i)) == 0)
			return end_cause_is_crash((enum end_cause)i);
	return false;
}

static void describe(const json_t *object, char text[EVENT_TEXT_SIZE])
{
	char *words = event_line_words(object);

	snprintf(text, EVENT_TEXT_SIZE, "%s", words ? words : "");
	free(words);
}

static void make_line(const struct past_event *event, struct event_line *line)
{
	json_t *object = past_event_to_json(event);
	struct mark mark = mark_of_event(event, object);

	*line = (struct event_line){
		.at_us = event->at_us,
		.kind = (uint64_t)event->kind,
		.run = event->run,
		.mark = mark.character,
		.role = mark.role,
		.crash = is_crash(event, object),
	};
	snprintf(line->id, sizeof(line->id), "%lld", (long long)event->at_us);
	if (line->crash) {
		line->mark = '!';
		line->role = ROLE_BAD;
	}
	if (event->pool && event->worker >= 0)
		snprintf(line->name, sizeof(line->name), "%.63s/%u",
			 event->pool, (unsigned)event->worker);
	else if (event->pool)
		snprintf(line->name, sizeof(line->name), "%.63s", event->pool);
	describe(object, line->text);
	json_decref(object);
}

/* A look: new lines come behind those that are known. */
struct reading {
	struct event_lines *lines;
	size_t known;
	size_t first; /* of those, the first that may be told again */
	size_t told; /* by the history */
	int64_t from_us; /* the first that was told */
};

static bool is_known(const struct reading *reading, int64_t at_us)
{
	for (size_t i = reading->first; i < reading->known; i++)
		if (reading->lines->lines[i].at_us == at_us)
			return true;
	return false;
}

/* Makes room for a line behind all others. */
static struct event_line *append(struct event_lines *lines)
{
	if (lines->count == lines->capacity) {
		lines->capacity = 2 * lines->capacity + PAGE;
		lines->lines = reallocarray(lines->lines, lines->capacity,
					    sizeof(*lines->lines));
		assert(lines->lines);
	}
	return &lines->lines[lines->count++];
}

static bool is_about(const struct event_lines *lines,
		     const struct event_line *line)
{
	size_t length = strlen(lines->about);

	return length == 0 || (strncmp(line->name, lines->about, length) == 0 &&
			       strchr("/", line->name[length]));
}

void event_lines_copy(struct event_lines *lines,
		      const struct event_lines *others)
{
	for (size_t i = 0; i < others->count; i++)
		if (is_about(lines, &others->lines[i]))
			*append(lines) = others->lines[i];
	lines->complete = others->complete;
	lines->from_us = others->from_us;
	lines->opened = others->opened;
}

static bool take(const struct past_event *event, void *context)
{
	struct reading *reading = context;
	bool quiet = event->kind == EVENT_OUTPUT ||
		     event->kind == EVENT_SAMPLE ||
		     event->kind == EVENT_EVIDENCE;

	if (reading->told++ == 0)
		reading->from_us = event->at_us;
	if (!quiet && !is_known(reading, event->at_us))
		make_line(event, append(reading->lines));
	return true;
}

/* Lets the oldest lines go. */
static void drop_first(struct event_lines *lines, size_t count)
{
	lines->count -= count;
	memmove(lines->lines, lines->lines + count,
		lines->count * sizeof(*lines->lines));
	lines->complete = false;
	lines->from_us = lines->count ? lines->lines[0].at_us : INT64_MAX;
}

/* Reads a page of the events of a span of time. Returns 0, or -1. */
static int read_span(struct event_lines *lines, struct query *query,
		     int64_t since_us, int64_t until_us,
		     struct reading *reading)
{
	struct event_choice choice = {
		.since_us = since_us,
		.until_us = until_us,
		.limit = PAGE,
		.hidden = lines->past->hidden,
	};
	struct query_name name;
	struct error error;
	int found = 1;

	*reading = (struct reading){
		.lines = lines,
		.known = lines->count,
		.first = lines->count,
		.from_us = INT64_MAX,
	};
	while (reading->first > 0 &&
	       lines->lines[reading->first - 1].at_us >= since_us)
		reading->first--;
	if (lines->about[0]) {
		found = query_find_name(query, lines->about, true, &name,
					&error);
		choice.names = &name;
		choice.name_count = 1;
	}
	if (found > 0)
		found = query_events(query, &choice, take, reading, &error);
	if (found < 0) {
		past_failed(lines->past, &error);
		/* there is a gap in what was told */
		lines->count = reading->known;
	}
	snprintf(lines->problem, sizeof(lines->problem), "%s",
		 found < 0 ? lines->past->problem : "");
	return found < 0 ? -1 : 0;
}

/* The history, and no lines where it is another one than theirs. */
static struct query *query_of(struct event_lines *lines)
{
	struct query *query = past_query(lines->past);

	if (!query) {
		snprintf(lines->problem, sizeof(lines->problem), "%s",
			 lines->past->problem);
		return NULL;
	}
	if (lines->opened != lines->past->opened) {
		lines->count = 0;
		lines->complete = false;
	}
	lines->opened = lines->past->opened;
	return query;
}

size_t event_lines_read(struct event_lines *lines)
{
	struct query *query = query_of(lines);
	int64_t since_us = INT64_MIN;
	struct reading reading;
	size_t dropped = 0;

	if (!query)
		return lines->count;
	if (lines->count > 0)
		since_us = lines->lines[lines->count - 1].at_us - OVERLAP_US;
	if (read_span(lines, query, since_us, INT64_MAX, &reading) < 0)
		return lines->count;
	if (reading.known == 0) {
		lines->complete = reading.told < PAGE;
		lines->from_us = reading.from_us;
	} else if (reading.told == PAGE &&
		   reading.from_us > since_us + OVERLAP_US) {
		dropped = reading.known; /* some were left out behind them */
	} else if (lines->count > lines->most) {
		dropped = lines->count - lines->most * 3 / 4;
	}
	if (dropped > 0)
		drop_first(lines, dropped);
	if (lines->about[0] == '\0' && lines->count > 0)
		lines->past->latest_us = lines->lines[lines->count - 1].at_us;
	return reading.known > dropped ? reading.known - dropped : 0;
}

/* Puts the lines from `place` on before all others. */
static void put_first(struct event_lines *lines, size_t place)
{
	size_t size = sizeof(*lines->lines), moved = lines->count - place;
	struct event_line *copy = reallocarray(NULL, moved + 1, size);

	assert(copy);
	memcpy(copy, lines->lines + place, moved * size);
	memmove(lines->lines + moved, lines->lines, place * size);
	memcpy(lines->lines, copy, moved * size);
	free(copy);
}

void event_lines_read_earlier(struct event_lines *lines)
{
	struct query *query = NULL;
	struct reading reading;

	if (lines->count > 0 && !lines->complete &&
	    lines->count + PAGE <= lines->most * 3 / 4)
		query = query_of(lines);
	if (!query || lines->count == 0)
		return;
	if (read_span(lines, query, INT64_MIN, lines->from_us - 1, &reading) <
	    0)
		return;
	lines->complete = reading.told < PAGE;
	lines->from_us = reading.from_us;
	put_first(lines, reading.known);
}

struct crash_search {
	void (*tell)(const struct event_line *crash, void *context);
	void *context;
};

static bool tell_crash(const struct past_event *event, void *context)
{
	const struct crash_search *search = context;
	struct event_line line;

	make_line(event, &line);
	if (line.crash)
		search->tell(&line, search->context);
	return true;
}

int event_lines_find_crashes(struct event_lines *lines, int64_t since_us,
			     void (*tell)(const struct event_line *crash,
					  void *context),
			     void *context)
{
	const struct event_choice choice = {
		.kind = EVENT_ENDED,
		.since_us = since_us,
		.until_us =
			lines->count ? lines->lines[0].at_us - 1 : INT64_MAX,
		.limit = UINT64_C(4) * PAGE,
		.hidden = lines->past->hidden,
	};
	struct crash_search search = {.tell = tell, .context = context};
	struct query *query = past_query(lines->past);
	struct error error;

	if (!query)
		return -1;
	if (query_events(query, &choice, tell_crash, &search, &error) < 0) {
		past_failed(lines->past, &error);
		return -1;
	}
	return 0;
}
