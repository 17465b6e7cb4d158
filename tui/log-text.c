#include "config.h"

#include "tui/log-text.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "store/event.h"
#include "tui/format.h"
#include "tui/plain.h"

enum {
	/* Lines that are read at the beginning: of one worker, of all. */
	FIRST_ONE = 2000,
	FIRST_ALL = 5000,
	LEAST_EACH = 20,
	/* Lines that one look reads; the rest has time until the next. */
	LOOK_LINES = 20000,
};

static struct log_text_line *place_of(const struct log_text *text,
				      size_t number)
{
	return &text->lines[number % LOG_TEXT_LINES];
}

const struct log_text_line *log_text_get(const struct log_text *text,
					 size_t number)
{
	assert(number >= text->first && number < text->next);
	return place_of(text, number);
}

const char *log_text_name(const struct log_text *text,
			  const struct log_text_line *line)
{
	return line->worker < text->list.count
		       ? text->list.workers[line->worker].name
		       : "";
}

/* Each worker's log is held open. */
static void raise_file_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

static void open_sources(struct log_text *text)
{
	size_t count = text->list.count;
	size_t each = count == 1 ? FIRST_ONE : FIRST_ALL / (count + 1);

	raise_file_limit();
	text->sources = calloc(count + 1, sizeof(*text->sources));
	assert(text->sources);
	for (size_t i = 0; i < count; i++) {
		struct log_text_source *source = &text->sources[i];
		int width = (int)strlen(text->list.workers[i].name);

		log_tail_open(&source->lines.tail, text->list.workers[i].path,
			      each < LEAST_EACH ? LEAST_EACH : each);
		source->size = -1;
		if (width > text->name_width)
			text->name_width = width;
	}
}

void log_text_open(struct log_text *text, const char *state_dir,
		   const char *live_path, const char *subject)
{
	struct log_place place = {"the instance", state_dir, live_path};
	struct error error;

	*text = (struct log_text){.subjects = {NULL}};
	snprintf(text->subject, sizeof(text->subject), "%s",
		 *subject ? subject : "all");
	text->subjects[0] = text->subject;
	text->lines = calloc(LOG_TEXT_LINES, sizeof(*text->lines));
	assert(text->lines);
	if (log_list_find(&text->list, &place, text->subjects, 1, &error) < 0) {
		snprintf(text->problem, sizeof(text->problem), "%.180s",
			 error.text);
		text->list = (struct log_list){0};
	}
	open_sources(text);
}

void log_text_close(struct log_text *text)
{
	for (size_t i = 0; i < text->list.count; i++)
		log_lines_close(&text->sources[i].lines);
	free(text->sources);
	log_list_release(&text->list);
	for (size_t i = text->first; i < text->next; i++)
		free(place_of(text, i)->text);
	free(text->lines);
	*text = (struct log_text){0};
}

/* Appends a line; the oldest goes where there are too many. */
static void append(struct log_text *text, struct log_text_line line,
		   const char *words)
{
	if (text->next - text->first == LOG_TEXT_LINES)
		free(place_of(text, text->first++)->text);
	line.text = strdup(words);
	assert(line.text);
	*place_of(text, text->next++) = line;
}

/* Looks whether the file has changed since it was read to its end. */
static bool has_news(const struct log_text *text, size_t i)
{
	struct log_text_source *source = &text->sources[i];
	struct stat status;

	if (stat(text->list.workers[i].path, &status) < 0)
		return source->size == -1;
	if (status.st_ino == source->inode && status.st_size == source->size)
		return false;
	source->inode = status.st_ino;
	source->size = status.st_size;
	return true;
}

/* The source whose next line is the earliest; the count where none has any. */
static size_t earliest(struct log_text *text, int64_t *at_us)
{
	size_t best = text->list.count;

	for (size_t i = 0; i < text->list.count; i++) {
		struct log_text_source *source = &text->sources[i];
		const struct log_line *line =
			source->more ? log_lines_peek(&source->lines, false)
				     : NULL;

		source->more = line != NULL;
		if (!line || (best < text->list.count && line->at_us >= *at_us))
			continue;
		best = i;
		*at_us = line->at_us;
		if (line->at_us == 0)
			break;
	}
	return best;
}

static void take_line(struct log_text *text, size_t i)
{
	struct log_lines *lines = &text->sources[i].lines;
	const struct log_line *line = log_lines_peek(lines, false);
	char plain[LOG_TEXT_WIDTH];

	plain_text(line->text, plain, sizeof(plain));
	text->timed = text->timed || line->at_us != 0;
	append(text,
	       (struct log_text_line){
		       .at_us = line->at_us,
		       .worker = (uint32_t)i,
		       .stream = line->stream,
	       },
	       plain);
	log_lines_pass(lines);
}

static bool is_about(const struct log_text *text, const char *name)
{
	const char *slash = strchr(name, '/');
	size_t pool = slash ? (size_t)(slash - name) : 0;

	if (!slash)
		return false;
	return strcmp(text->subject, "all") == 0 ||
	       strcmp(text->subject, name) == 0 ||
	       (strncmp(text->subject, name, pool) == 0 &&
		text->subject[pool] == '\0');
}

/* The next begin or end of a run after `border_us`, or NULL. */
static const struct event_line *next_border(const struct log_text *text,
					    const struct event_lines *events)
{
	size_t from = events->count;

	while (from > 0 && events->lines[from - 1].at_us > text->border_us)
		from--;
	for (; from < events->count; from++) {
		const struct event_line *line = &events->lines[from];

		if ((line->kind == EVENT_ENDED ||
		     line->kind == EVENT_SPAWNED) &&
		    is_about(text, line->name))
			return line;
	}
	return NULL;
}

static void take_border(struct log_text *text, const struct event_line *event)
{
	char words[EVENT_TEXT_SIZE + WORKER_NAME_SIZE + 8];

	snprintf(words, sizeof(words), "%c %s %s", event->mark, event->name,
		 event->text);
	append(text,
	       (struct log_text_line){
		       .at_us = event->at_us,
		       .worker = UINT32_MAX,
		       .border = true,
		       .crash = event->crash,
	       },
	       words);
	text->border_us = event->at_us;
}

void log_text_mark(struct log_text *text)
{
	struct log_text_line line = {
		.at_us = clock_real_us(),
		.worker = UINT32_MAX,
		.border = true,
	};
	char time[TIME_TEXT_SIZE];
	char words[TIME_TEXT_SIZE + 24];

	format_time(line.at_us, time);
	snprintf(words, sizeof(words), "mark of %s --------", time);
	append(text, line, words);
}

bool log_text_read(struct log_text *text, const struct event_lines *events)
{
	const struct event_line *border;
	size_t before = text->next;

	for (size_t i = 0; i < text->list.count; i++)
		if (text->sources[i].more || has_news(text, i))
			text->sources[i].more = true;
	while (text->next - before < LOOK_LINES) {
		int64_t at_us = 0;
		size_t i = earliest(text, &at_us);

		if (i == text->list.count)
			break;
		/* where lines have no times, only new runs have borders */
		if (at_us > 0 && !text->timed)
			text->border_us = at_us - 1;
		if (text->border_us == 0 && at_us == 0 && events->count > 0)
			text->border_us =
				events->lines[events->count - 1].at_us;
		border = next_border(text, events);
		if (border && at_us > 0 && border->at_us <= at_us)
			take_border(text, border);
		else
			take_line(text, i);
	}
	while (text->next > text->first && (border = next_border(text, events)))
		take_border(text, border);
	return text->next != before;
}
