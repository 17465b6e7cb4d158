#include "config.h"

#include "store/notable.h"

#include "base/duration.h"
#include "base/ending.h"
#include "base/escape.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void describe_decision(const struct event_record *event, char *text,
			      size_t size)
{
	char delay[DURATION_TEXT_SIZE];

	if (event->state == WORKER_FAILED) {
		snprintf(text, size, "given up");
	} else if (event->state == WORKER_STOPPED ||
		   event->state == WORKER_DONE) {
		snprintf(text, size, "not started again");
	} else if (event->delay_ns == 0) {
		snprintf(text, size, "starting again");
	} else {
		duration_format_short((int64_t)event->delay_ns, delay);
		snprintf(text, size, "next start in %s", delay);
	}
}

static void describe_crash(const struct event_record *event,
			   char text[NOTABLE_TEXT_SIZE])
{
	struct ending ending = {
		.cause = (enum end_cause)event->cause,
		.code = (int)event->exit_code,
		.signal = (int)event->exit_signal,
		.core = event->core != 0,
		.step = event->step,
		.object = event->object,
		.error_number = (int)event->error_number,
	};
	char worker[WORKER_NAME_SIZE], end[ENDING_TEXT_SIZE];
	char decision[64], uptime[DURATION_TEXT_SIZE];

	event_worker_name(event, worker);
	describe_decision(event, decision, sizeof(decision));
	if (event->cause == CAUSE_NOT_STARTED) {
		ending_describe_failure(&ending, end);
		snprintf(text, NOTABLE_TEXT_SIZE, "cannot run %s: %s; %s",
			 worker, end, decision);
		return;
	}
	ending_describe(&ending, end);
	duration_format_short((int64_t)event->uptime_us * 1000, uptime);
	snprintf(text, NOTABLE_TEXT_SIZE, "%s %s%s after %s; %s", worker, end,
		 event->core ? "," : "", uptime, decision);
}

/* Puts `words` on one line that a terminal may see. */
static void put_line(char text[NOTABLE_TEXT_SIZE], const char *before,
		     struct bytes words)
{
	char *escaped = escape_text(words);

	snprintf(text, NOTABLE_TEXT_SIZE, "%s%s", before,
		 escaped ? escaped : "");
	free(escaped);
	for (char *at = text; *at != '\0'; at++)
		if (*at == '\n' || *at == '\t')
			*at = ' ';
}

/* The first line of the event's text. */
static struct bytes first_line(const struct event_record *event)
{
	struct bytes bytes = event->text;
	const char *end =
		bytes.size > 0 ? memchr(bytes.data, '\n', bytes.size) : NULL;

	if (end)
		bytes.size = (size_t)(end - (const char *)bytes.data);
	return bytes;
}

bool notable_describe(const struct event_record *event,
		      char text[NOTABLE_TEXT_SIZE])
{
	char words[NOTABLE_TEXT_SIZE];

	switch (event->kind) {
	case EVENT_ENDED:
		if (!end_cause_is_crash((enum end_cause)event->cause))
			return false;
		describe_crash(event, words);
		break;
	case EVENT_GAP:
		snprintf(words, sizeof(words),
			 "%" PRIu64 " record%s of the journal of %s %s %s",
			 event->count, event->count == 1 ? "" : "s", event->by,
			 event->count == 1 ? "was" : "were",
			 event->text.size > 0 ? "damaged" : "lost");
		break;
	case EVENT_WARNING:
	case EVENT_ROLLING_STOPPED:
		put_line(text, "", first_line(event));
		return true;
	case EVENT_CONFIG_REFUSED:
		put_line(text, "config refused: ", first_line(event));
		return true;
	default:
		return false;
	}
	put_line(text, "", (struct bytes){words, strlen(words)});
	return true;
}
