#include "config.h"

#include "store/event.h"

#include "base/clock.h"
#include "base/escape.h"
#include "base/signals.h"
#include "live/table.h"
#include "store/event-members.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct shown {
	const char *name;
	enum event_show show;
	enum field_type type;
	size_t offset;
};

static const struct shown members[] = {
#define X(tag, member, type, show) \
	{#member, show, type, offsetof(struct event_record, member)},
	EVENT_MEMBERS(X)
#undef X
};

static void set_text(json_t *object, const char *name, struct bytes bytes)
{
	char *text = escape_text(bytes);

	json_object_set_new(object, name, json_string(text ? text : ""));
	free(text);
}

static void set_time(json_t *object, const char *name, int64_t at_us)
{
	char text[CLOCK_TEXT_SIZE];

	clock_format_utc(at_us, text);
	json_object_set_new(object, name, json_string(text));
}

/* "delay_ns" is shown as "delay_s": its unit is replaced by `unit`. */
static void set_real(json_t *object, const char *name, const char *unit,
		     double value)
{
	const char *end = strrchr(name, '_');
	char renamed[48];

	snprintf(renamed, sizeof(renamed), "%.*s%s", (int)(end - name), name,
		 unit);
	json_object_set_new(object, renamed, json_real(value));
}

static void set_samples(json_t *object, const char *name, struct bytes bytes)
{
	json_t *list = json_array();
	struct live_sample sample;

	for (size_t at = 0; at + sizeof(sample) <= bytes.size;
	     at += sizeof(sample)) {
		memcpy(&sample, (const char *)bytes.data + at, sizeof(sample));
		json_array_append_new(
			list, json_pack("[f, I]", sample.cpu_permille / 10.0,
					(json_int_t)sample.rss_kib * 1024));
	}
	json_object_set_new(object, name, list);
}

static void set_integer(json_t *object, const char *name, uint64_t number)
{
	json_object_set_new(object, name, json_integer((json_int_t)number));
}

/* What is not a plain number but a word, a flag or a time. */
static void set_word(json_t *object, const char *name, enum event_show show,
		     uint64_t number)
{
	const char *word = "";
	char text[SIGNAL_TEXT_SIZE];

	if (show == SHOW_STATE) {
		word = worker_state_name((enum worker_state)number);
	} else if (show == SHOW_CAUSE) {
		word = end_cause_name((enum end_cause)number);
	} else if (show == SHOW_SIGNAL) {
		signal_format((int)number, text);
		word = text;
	} else {
		word = strerror((int)number);
	}
	json_object_set_new(object, name, json_string(word));
}

static void set_number(json_t *object, const char *name, enum event_show show,
		       uint64_t number)
{
	switch (show) {
	case SHOW_STATE:
	case SHOW_CAUSE:
	case SHOW_SIGNAL:
		set_word(object, name, show, number);
		break;
	case SHOW_FLAG:
		json_object_set_new(object, name, json_true());
		break;
	case SHOW_ERROR:
		set_word(object, "error", show, number);
		set_integer(object, name, number);
		break;
	case SHOW_USER:
		set_integer(object, name, number - 1);
		break;
	case SHOW_NUMBER:
	case SHOW_EXIT_CODE:
		set_integer(object, name, number);
		break;
	case SHOW_TIME:
		set_time(object, "spawned_at", (int64_t)number);
		break;
	case SHOW_MICROSECONDS:
		set_real(object, name, "_s", (double)number / 1e6);
		break;
	case SHOW_NANOSECONDS:
		set_real(object, name, "_s", (double)number / 1e9);
		break;
	case SHOW_PERMILLE:
		set_real(object, name, "_percent", (double)number / 10);
		break;
	case SHOW_NEVER:
	case SHOW_TEXT:
	case SHOW_SAMPLES:
		break;
	}
}

/* Whether a zero of this member says something in this event. */
static bool zero_is_shown(const struct event_record *event,
			  enum event_show show)
{
	bool changes_state =
		event->kind == EVENT_SPAWNED || event->kind == EVENT_READY ||
		event->kind == EVENT_STOPPING || event->kind == EVENT_ENDED ||
		event->kind == EVENT_STATE;

	if (show == SHOW_STATE)
		return changes_state;
	return show == SHOW_EXIT_CODE &&
	       (event->kind == EVENT_ENDED || event->kind == EVENT_HOOK) &&
	       event->exit_signal == 0 && event->cause != CAUSE_NOT_STARTED;
}

static void set_member(json_t *object, const struct event_record *event,
		       const struct shown *member)
{
	const char *at = (const char *)event + member->offset;
	struct bytes bytes;
	uint64_t number;

	switch (member->type) {
	case FIELD_TEXT:
		if (*at != '\0')
			set_text(object, member->name,
				 (struct bytes){at, strlen(at)});
		break;
	case FIELD_BYTES:
		memcpy(&bytes, at, sizeof(bytes));
		if (bytes.size > 0 && member->show == SHOW_SAMPLES)
			set_samples(object, member->name, bytes);
		else if (bytes.size > 0)
			set_text(object, member->name, bytes);
		break;
	case FIELD_UNSIGNED:
	case FIELD_SIGNED:
		memcpy(&number, at, sizeof(number));
		if (number != 0 || zero_is_shown(event, member->show))
			set_number(object, member->name, member->show, number);
		break;
	}
}

json_t *event_to_json(const struct event_record *event)
{
	json_t *object = json_object();
	char worker[WORKER_NAME_SIZE];

	set_time(object, "at", event->at_us);
	json_object_set_new(object, "event",
			    json_string(event_kind_name(event->kind)));
	if (event->pool[0] != '\0')
		set_text(object, "pool",
			 (struct bytes){event->pool, strlen(event->pool)});
	if (event->worker > 0) {
		event_worker_name(event, worker);
		set_text(object, "worker",
			 (struct bytes){worker, strlen(worker)});
	}
	if (event->run > 0)
		json_object_set_new(object, "run",
				    json_integer((json_int_t)event->run));
	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
		if (members[i].show != SHOW_NEVER)
			set_member(object, event, &members[i]);
	return object;
}
