#include "config.h"

#include "tui/past.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "store/event-line.h"
#include "store/event.h"
#include "tui/glyphs.h"

enum {
	/* Events of other journals may come so much later than theirs. */
	OVERLAP_US = 5 * 1000 * 1000,
};

void past_init(struct past *past, const char *path, const char *about,
	       bool hidden)
{
	*past = (struct past){.hidden = hidden};
	snprintf(past->about, sizeof(past->about), "%s", about);
	snprintf(past->path, sizeof(past->path), "%s", path);
	past->lines = calloc(EVENT_LINES, sizeof(*past->lines));
	assert(past->lines);
}

static void drop(struct past *past)
{
	query_close(past->query);
	past->query = NULL;
}

void past_release(struct past *past)
{
	drop(past);
	free(past->lines);
	past->lines = NULL;
}

struct query *past_query(struct past *past)
{
	struct stat status = {0};
	struct error error;
	bool there = stat(past->path, &status) == 0;

	if (past->query && (!there || status.st_ino != past->inode ||
			    status.st_dev != past->device))
		drop(past);
	if (!past->query) {
		past->query = query_open(past->path, &error);
		past->inode = status.st_ino;
		past->device = status.st_dev;
	}
	snprintf(past->problem, sizeof(past->problem), "%.180s",
		 past->query ? "" : error.text);
	return past->query;
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

void past_make_line(const struct past_event *event, struct event_line *line)
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

/* New lines of a look, and the place where they go. */
struct reading {
	struct past *past;
	size_t known; /* lines that were there before */
	size_t first; /* of those, the first that may be told again */
};

static bool is_known(const struct reading *reading, int64_t at_us)
{
	for (size_t i = reading->first; i < reading->known; i++)
		if (reading->past->lines[i].at_us == at_us)
			return true;
	return false;
}

/* Makes room for a line behind all others. */
static struct event_line *append(struct reading *reading)
{
	struct past *past = reading->past;

	if (past->count == EVENT_LINES) {
		size_t dropped = EVENT_LINES / 4;

		memmove(past->lines, past->lines + dropped,
			(past->count - dropped) * sizeof(*past->lines));
		past->count -= dropped;
		reading->known =
			reading->known > dropped ? reading->known - dropped : 0;
		reading->first =
			reading->first > dropped ? reading->first - dropped : 0;
	}
	return &past->lines[past->count++];
}

static bool take(const struct past_event *event, void *context)
{
	struct reading *reading = context;
	bool quiet = event->kind == EVENT_OUTPUT ||
		     event->kind == EVENT_SAMPLE ||
		     event->kind == EVENT_EVIDENCE;

	if (!quiet && !is_known(reading, event->at_us))
		past_make_line(event, append(reading));
	return true;
}

size_t past_read_events(struct past *past)
{
	struct query *query = past_query(past);
	struct reading reading = {past, past->count, past->count};
	struct event_choice choice = {
		.since_us = INT64_MIN,
		.until_us = INT64_MAX,
		.limit = EVENT_LINES / 2,
		.hidden = past->hidden,
	};
	struct query_name name;
	struct error error;

	if (!query)
		return past->count;
	if (past->about[0]) {
		if (query_find_name(query, past->about, true, &name, &error) <
		    1)
			return past->count;
		choice.names = &name;
		choice.name_count = 1;
	}
	if (past->count > 0) {
		choice.since_us =
			past->lines[past->count - 1].at_us - OVERLAP_US;
		while (reading.first > 0 &&
		       past->lines[reading.first - 1].at_us >= choice.since_us)
			reading.first--;
	}
	if (query_events(query, &choice, take, &reading, &error) < 0) {
		snprintf(past->problem, sizeof(past->problem), "%.180s",
			 error.text);
		drop(past);
	}
	return reading.known;
}

static int64_t latest_us(const struct past *past)
{
	return past->count > 0 ? past->lines[past->count - 1].at_us : -1;
}

bool past_reading_begin(struct past_reading *reading, const struct past *past)
{
	reading->began_us = clock_real_us();
	return reading->for_us != latest_us(past) &&
	       (reading->began_us < reading->at_us ||
		reading->began_us - reading->at_us >= 10 * reading->took_us);
}

void past_reading_end(struct past_reading *reading, const struct past *past,
		      bool done)
{
	reading->for_us = done ? latest_us(past) : 0;
	reading->at_us = clock_real_us();
	reading->took_us = reading->at_us - reading->began_us;
}
