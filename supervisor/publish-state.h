#ifndef SUPERVISOR_PUBLISH_STATE_H
#define SUPERVISOR_PUBLISH_STATE_H

#include "live/table.h"
#include "store/event.h"
#include "store/journal.h"
#include "supervisor/operation.h"

#include <stdint.h>

/*
 * What the two halves of supervisor/publish.h share: publish.c (events) and
 * publish-table.c (the live table).
 */

struct event;
struct worker;

enum { MAX_LISTENERS = 64 };

struct listener {
	uint64_t id; /* 0: free */
	event_listener_fn *function;
	void *context;
};

struct publish {
	struct live_table *table;
	char table_path[600];
	struct live_instance header;
	struct worker **slots; /* who has which slot of the table */
	uint32_t capacity;
	struct journal *journal;
	struct event *wake; /* goes off soon when the journal has news */
	struct listener listeners[MAX_LISTENERS];
	uint64_t last_listener;
	char buffer[EVENT_TEXT_MAX + 8192];
};

#endif
