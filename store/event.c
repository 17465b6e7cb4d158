#include "config.h"

#include "store/event.h"

#include "store/event-members.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const struct field members[] = {
#define X(tag, member, type, show)                                  \
	{tag, #member, type, offsetof(struct event_record, member), \
	 sizeof(((struct event_record *)0)->member)},
	EVENT_MEMBERS(X)
#undef X
};
enum { MEMBER_COUNT = sizeof(members) / sizeof(members[0]) };

/* More samples than this are cut, so that an event has a largest size. */
enum { SAMPLES_MAX = 4096 };

/* Some numbers are free. */
static const char *const kinds[] = {
#define X(enumerator, number, word) [number] = word,
	EVENT_KINDS(X)
#undef X
};
enum { KIND_COUNT = sizeof(kinds) / sizeof(kinds[0]) };

ssize_t event_encode(const struct event_record *event, void *out,
		     size_t capacity)
{
	struct event_record cut;

	if (event->text.size > EVENT_TEXT_MAX ||
	    event->samples.size > SAMPLES_MAX) {
		cut = *event;
		if (cut.text.size > EVENT_TEXT_MAX)
			cut.text.size = EVENT_TEXT_MAX;
		if (cut.samples.size > SAMPLES_MAX)
			cut.samples.size = SAMPLES_MAX;
		event = &cut;
	}
	return fields_encode(members, MEMBER_COUNT, event, out, capacity);
}

int event_decode(struct event_record *event, const void *data, size_t size)
{
	return fields_decode(members, MEMBER_COUNT, event, data, size);
}

const char *event_kind_name(uint64_t kind)
{
	return kind < KIND_COUNT && kinds[kind] ? kinds[kind] : "?";
}

uint64_t event_kind_parse(const char *name)
{
	for (uint64_t kind = 1; kind < KIND_COUNT; kind++)
		if (kinds[kind] && strcmp(kinds[kind], name) == 0)
			return kind;
	return 0;
}

void event_worker_name(const struct event_record *event,
		       char name[WORKER_NAME_SIZE])
{
	if (event->worker > 0)
		snprintf(name, WORKER_NAME_SIZE, "%s/%" PRIu32, event->pool,
			 (uint32_t)(event->worker - 1));
	else
		snprintf(name, WORKER_NAME_SIZE, "%s", event->pool);
}
