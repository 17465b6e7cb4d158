#include "config.h"

#include "cli/history-follow.h"

#include "cli/history-output.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* How often the file is looked at. */
static const struct timespec PAUSE = {.tv_nsec = 250000000};

/* The journals of several processes are not read in the order of time: what is
 * this much older than the newest event may still come. */
static const int64_t LATE_US = 60000000;

struct follow {
	struct table *table;
	enum table_form form;
	/* When the events were that are shown, LATE_US back; no two events of a
	 * history have the same time. */
	int64_t *shown;
	size_t count;
	size_t capacity;
	int64_t newest_us;
	bool begun; /* there was a history with these names */
};

static bool is_shown(const struct follow *follow, int64_t at_us)
{
	for (size_t i = follow->count; i-- > 0;)
		if (follow->shown[i] == at_us)
			return true;
	return false;
}

static void note(struct follow *follow, int64_t at_us)
{
	if (follow->count == follow->capacity) {
		follow->capacity = follow->capacity * 2 + 256;
		follow->shown =
			realloc(follow->shown,
				follow->capacity * sizeof(*follow->shown));
		if (!follow->shown)
			abort();
	}
	follow->shown[follow->count++] = at_us;
	if (at_us > follow->newest_us)
		follow->newest_us = at_us;
}

/* Forgets what is too old to come again. */
static void forget(struct follow *follow)
{
	size_t kept = 0;

	for (size_t i = 0; i < follow->count; i++)
		if (follow->shown[i] >= follow->newest_us - LATE_US)
			follow->shown[kept++] = follow->shown[i];
	follow->count = kept;
}

static bool tell(const struct past_event *event, void *context)
{
	struct follow *follow = context;

	if (is_shown(follow, event->at_us))
		return true;
	note(follow, event->at_us);
	history_output_add(follow->table, follow->form, event);
	return !ferror(stdout);
}

/* Shows what is new in the file. */
static int show_new(struct follow *follow, struct query *query,
		    struct event_choice *choice, struct error *error)
{
	if (query_events(query, choice, tell, follow, error) < 0)
		return -1;
	table_flush(follow->table);
	forget(follow);
	/* From now on all, but for what is known. */
	choice->limit = 0;
	if (follow->newest_us != INT64_MIN &&
	    follow->newest_us - LATE_US > choice->since_us)
		choice->since_us = follow->newest_us - LATE_US;
	return 0;
}

/* Follows one file until it is replaced by another one, or the reader of the
 * output is gone. Returns 0, or -1 and the reason. */
static int follow_file(struct follow *follow, struct query *query,
		       struct event_choice *choice, struct error *error)
{
	enum query_news news = QUERY_CHANGED;

	while (news != QUERY_REPLACED && !ferror(stdout)) {
		if (news == QUERY_CHANGED &&
		    show_new(follow, query, choice, error) < 0)
			return -1;
		nanosleep(&PAUSE, NULL);
		if (query_news(query, &news, error) < 0)
			return -1;
	}
	return 0;
}

/* Opens the history and follows it. Returns EXIT_DONE when it was replaced. */
static enum exit_code follow_once(struct follow *follow,
				  const struct command_line *line,
				  struct event_choice *choice,
				  struct error *error)
{
	struct query_name *names = NULL;
	enum exit_code code;
	struct query *query = past_open(line, &code, error);

	if (!query)
		return code;
	code = past_find_names(query, line->names, line->name_count,
			       choice->hidden, &names, &choice->name_count,
			       error);
	choice->names = names;
	if (code == EXIT_DONE) {
		follow->begun = true;
		if (follow_file(follow, query, choice, error) < 0)
			code = EXIT_FAILED;
	}
	free(names);
	query_close(query);
	return code;
}

enum exit_code history_follow(const struct command_line *line,
			      struct event_choice *choice, enum table_form form)
{
	struct follow follow = {
		.table = history_output_new(form),
		.form = form,
		.newest_us = INT64_MIN,
	};
	enum exit_code code;
	struct error error;

	do {
		code = follow_once(&follow, line, choice, &error);
		/* Another file may come, and the name with it. */
		if (code != EXIT_DONE && follow.begun)
			nanosleep(&PAUSE, NULL);
	} while ((code == EXIT_DONE || follow.begun) && !ferror(stdout));
	/* All rows are written by now; there may be none, nor titles. */
	table_discard(follow.table);
	free(follow.shown);
	return code == EXIT_DONE ? code : command_fail(code, &error);
}
