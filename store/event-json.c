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

/* A text that grows; once memory was short, nothing is added any more. */
struct writer {
	char *text;
	size_t used;
	size_t capacity;
	bool failed;
};

static void put(struct writer *writer, const char *bytes, size_t size)
{
	size_t capacity = writer->capacity;
	char *text = writer->text;

	if (writer->failed)
		return;
	if (writer->used + size >= capacity) {
		capacity = capacity * 2 + size + 256;
		text = realloc(writer->text, capacity);
		writer->failed = !text;
		if (!text)
			return;
		writer->text = text;
		writer->capacity = capacity;
	}
	memcpy(text + writer->used, bytes, size);
	writer->used += size;
}

static void put_text(struct writer *writer, const char *text)
{
	put(writer, text, strlen(text));
}

static void put_name(struct writer *writer, const char *name)
{
	put_text(writer, writer->used > 1 ? ",\"" : "\"");
	put_text(writer, name);
	put_text(writer, "\":");
}

/* A string of JSON; it has no control characters but tab and newline. */
static void put_string(struct writer *writer, const char *text)
{
	put(writer, "\"", 1);
	while (*text != '\0') {
		size_t plain = strcspn(text, "\"\\\n\t");

		put(writer, text, plain);
		text += plain;
		if (*text == '\0')
			break;
		put_text(writer, *text == '\n'	 ? "\\n"
				 : *text == '\t' ? "\\t"
				 : *text == '"'	 ? "\\\""
						 : "\\\\");
		text++;
	}
	put(writer, "\"", 1);
}

static void put_integer(struct writer *writer, int64_t number)
{
	char digits[24];
	size_t at = sizeof(digits);
	uint64_t left = number < 0 ? -(uint64_t)number : (uint64_t)number;

	do
		digits[--at] = (char)('0' + left % 10);
	while ((left /= 10) > 0);
	if (number < 0)
		digits[--at] = '-';
	put(writer, digits + at, sizeof(digits) - at);
}

/* `number` of a unit of which there are 10^`places` in one, as "0.2". */
static void put_decimal(struct writer *writer, uint64_t number, int places)
{
	char digits[16] = "";
	uint64_t scale = 1;
	int count = places;

	for (int i = 0; i < places; i++)
		scale *= 10;
	put_integer(writer, (int64_t)(number / scale));
	number %= scale;
	for (int i = places; i-- > 0; number /= 10)
		digits[i] = (char)('0' + number % 10);
	while (count > 1 && digits[count - 1] == '0')
		count--;
	put(writer, ".", 1);
	put(writer, digits, (size_t)count);
}

static void set_text(struct writer *writer, const char *name,
		     struct bytes bytes)
{
	char *text = escape_text(bytes);

	put_name(writer, name);
	put_string(writer, text ? text : "");
	free(text);
}

static void set_time(struct writer *writer, const char *name, int64_t at_us)
{
	char text[CLOCK_TEXT_SIZE];

	clock_format_utc(at_us, text);
	put_name(writer, name);
	put_string(writer, text);
}

/* "delay_ns" is shown as "delay_s": its unit is replaced by `unit`. */
static void set_decimal(struct writer *writer, const char *name,
			const char *unit, uint64_t number, int places)
{
	const char *end = strrchr(name, '_');
	char renamed[48];

	snprintf(renamed, sizeof(renamed), "%.*s%s", (int)(end - name), name,
		 unit);
	put_name(writer, renamed);
	put_decimal(writer, number, places);
}

static void set_samples(struct writer *writer, const char *name,
			struct bytes bytes)
{
	const char *before = "[";
	struct live_sample sample;

	put_name(writer, name);
	put(writer, "[", 1);
	for (size_t at = 0; at + sizeof(sample) <= bytes.size;
	     at += sizeof(sample)) {
		memcpy(&sample, (const char *)bytes.data + at, sizeof(sample));
		put_text(writer, before);
		put_decimal(writer, sample.cpu_permille, 1);
		put(writer, ",", 1);
		put_integer(writer, (int64_t)sample.rss_kib * 1024);
		put(writer, "]", 1);
		before = ",[";
	}
	put(writer, "]", 1);
}

static void set_integer(struct writer *writer, const char *name,
			uint64_t number)
{
	put_name(writer, name);
	put_integer(writer, (int64_t)number);
}

/* What is not a plain number but a word, a flag or a time. */
static void set_word(struct writer *writer, const char *name,
		     enum event_show show, uint64_t number)
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
	put_name(writer, name);
	put_string(writer, word);
}

static void set_number(struct writer *writer, const char *name,
		       enum event_show show, uint64_t number)
{
	switch (show) {
	case SHOW_STATE:
	case SHOW_CAUSE:
	case SHOW_SIGNAL:
		set_word(writer, name, show, number);
		break;
	case SHOW_FLAG:
		put_name(writer, name);
		put_text(writer, "true");
		break;
	case SHOW_ERROR:
		set_word(writer, "error", show, number);
		set_integer(writer, name, number);
		break;
	case SHOW_USER:
		set_integer(writer, name, number - 1);
		break;
	case SHOW_NUMBER:
	case SHOW_EXIT_CODE:
		set_integer(writer, name, number);
		break;
	case SHOW_TIME:
		set_time(writer, "spawned_at", (int64_t)number);
		break;
	case SHOW_MICROSECONDS:
		set_decimal(writer, name, "_s", number, 6);
		break;
	case SHOW_NANOSECONDS:
		set_decimal(writer, name, "_s", number, 9);
		break;
	case SHOW_PERMILLE:
		set_decimal(writer, name, "_percent", number, 1);
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

static void set_member(struct writer *writer, const struct event_record *event,
		       const struct shown *member)
{
	const char *at = (const char *)event + member->offset;
	struct bytes bytes;
	uint64_t number;

	switch (member->type) {
	case FIELD_TEXT:
		if (*at != '\0')
			set_text(writer, member->name,
				 (struct bytes){at, strlen(at)});
		break;
	case FIELD_BYTES:
		memcpy(&bytes, at, sizeof(bytes));
		if (bytes.size > 0 && member->show == SHOW_SAMPLES)
			set_samples(writer, member->name, bytes);
		else if (bytes.size > 0)
			set_text(writer, member->name, bytes);
		break;
	case FIELD_UNSIGNED:
	case FIELD_SIGNED:
		memcpy(&number, at, sizeof(number));
		if (number != 0 || zero_is_shown(event, member->show))
			set_number(writer, member->name, member->show, number);
		break;
	}
}

static void set_members(struct writer *writer, const struct event_record *event,
			bool all)
{
	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
		const struct shown *member = &members[i];
		bool elsewhere =
			member->show == SHOW_SAMPLES ||
			member->offset == offsetof(struct event_record, hidden);

		if (member->show != SHOW_NEVER && (all || !elsewhere))
			set_member(writer, event, member);
	}
}

/* Ends the object and hands it over. */
static char *finish(struct writer *writer)
{
	put(writer, "}", 2);
	if (!writer->failed)
		return writer->text;
	free(writer->text);
	return NULL;
}

char *event_detail(const struct event_record *event)
{
	struct writer writer = {0};
	struct event_record copy;

	if (event->kind == EVENT_CONFIG_LOADED) {
		copy = *event;
		copy.text.size = 0;
		event = &copy;
	}
	put(&writer, "{", 1);
	set_members(&writer, event, false);
	return finish(&writer);
}

char *event_format(const struct event_record *event)
{
	struct writer writer = {0};
	char worker[WORKER_NAME_SIZE];

	put(&writer, "{", 1);
	set_time(&writer, "at", event->at_us);
	put_name(&writer, "event");
	put_string(&writer, event_kind_name(event->kind));
	if (event->pool[0] != '\0')
		set_text(&writer, "pool",
			 (struct bytes){event->pool, strlen(event->pool)});
	if (event->worker > 0) {
		event_worker_name(event, worker);
		set_text(&writer, "worker",
			 (struct bytes){worker, strlen(worker)});
	}
	if (event->run > 0)
		set_integer(&writer, "run", event->run);
	set_members(&writer, event, true);
	return finish(&writer);
}

json_t *event_to_json(const struct event_record *event)
{
	char *text = event_format(event);
	json_t *object = text ? json_loads(text, 0, NULL) : NULL;

	free(text);
	return object ? object : json_object();
}
