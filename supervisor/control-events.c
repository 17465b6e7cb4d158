#include "config.h"

#include "supervisor/control-call.h"

#include "base/clock.h"
#include "supervisor/operation.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A client of GET /v1/events. One that does not read loses events once a
 * bounded buffer is full; before the next one that fits it is told how many,
 * by an event of kind "gap". */
struct control_stream {
	struct control_stream *next;
	struct control *control;
	struct http_connection *connection;
	bool helpers; /* events of reeve's own helpers too */
	uint64_t dropped;
};

/* The event as a line of JSON, which the caller frees; NULL: no memory. */
static char *event_line(const struct event_record *event, size_t *size)
{
	json_t *json = event_to_json(event);
	char *text = json ? json_dumps(json, EVENT_JSON_FLAGS) : NULL;

	json_decref(json);
	if (!text)
		return NULL;
	*size = strlen(text);
	text[(*size)++] = '\n'; /* in place of the end */
	return text;
}

/* Tells the client how many events it missed. Returns false when there is
 * still no room. */
static bool tell_dropped(struct control_stream *stream)
{
	struct event_record gap = {
		.kind = EVENT_GAP,
		.at_us = clock_real_us(),
		.count = stream->dropped,
		.by = "control",
	};
	size_t size;
	char *line = event_line(&gap, &size);
	bool told = line && http_stream_write(stream->connection, line, size);

	free(line);
	if (told)
		stream->dropped = 0;
	return told;
}

static void on_event(const struct event_record *event, void *context)
{
	struct control *control = context;
	struct control_stream *stream;
	size_t size;
	char *line = event_line(event, &size);

	for (stream = control->streams; stream; stream = stream->next) {
		if (event->hidden && !stream->helpers)
			continue;
		if (!line || (stream->dropped && !tell_dropped(stream)) ||
		    !http_stream_write(stream->connection, line, size))
			stream->dropped++;
	}
	free(line);
}

static void on_gone(struct http_connection *connection, void *context)
{
	struct control_stream *stream = context;
	struct control *control = stream->control;
	struct control_stream **link = &control->streams;

	(void)connection;
	while (*link != stream)
		link = &(*link)->next;
	*link = stream->next;
	control->stream_count--;
	if (!control->stream_count) {
		instance_unlisten(control->instance, control->listener);
		control->listener = 0;
	}
	free(stream);
}

/* Listens for the first stream. Returns false when memory is short. */
static bool listen_once(struct control *control)
{
	if (!control->listener)
		control->listener =
			instance_listen(control->instance, on_event, control);
	return control->listener != 0;
}

void control_get_events(const struct control_call *call)
{
	struct control *control = call->control;
	struct control_stream *stream;

	if (control->stream_count == CONTROL_STREAMS_MAX) {
		control_refuse(call->connection, 503, "too-busy",
			       "too many clients listen to events");
		return;
	}
	stream = calloc(1, sizeof(*stream));
	if (!stream || !listen_once(control)) {
		free(stream);
		control_refuse(call->connection, 500, "failed",
			       "out of memory");
		return;
	}
	*stream = (struct control_stream){
		.next = control->streams,
		.control = control,
		.connection = call->connection,
		.helpers = control_flag(call, "helpers"),
	};
	control->streams = stream;
	control->stream_count++;
	http_on_gone(call->connection, on_gone, stream);
	http_stream_begin(call->connection, "application/x-ndjson");
}
