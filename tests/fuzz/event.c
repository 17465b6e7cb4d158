/*
 * Fuzzes the decoder of events: whatever it takes can be shown as JSON and
 * encoded again.
 * Sources: store/event.c store/event-json.c
 */
#include "config.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>

#include "store/event.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t encoded[EVENT_TEXT_MAX + 8 * 1024];
	struct event_record event;
	struct event_record again;
	json_t *json;
	ssize_t length;

	if (size > EVENT_TEXT_MAX || event_decode(&event, data, size) < 0)
		return 0;
	json = event_to_json(&event);
	assert(json);
	free(json_dumps(json, 0));
	json_decref(json);
	length = event_encode(&event, encoded, sizeof(encoded));
	assert(length >= 0);
	assert(event_decode(&again, encoded, (size_t)length) == 0);
	assert(again.kind == event.kind && again.at_us == event.at_us);
	return 0;
}
