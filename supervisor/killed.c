#include "config.h"

#include "supervisor/killed.h"

#include "supervisor/operations.h"
#include "supervisor/pool.h"
#include "supervisor/publish.h"

#include <stdio.h>
#include <string.h>

void killed_note_main(struct worker *worker, const struct message *message)
{
	snprintf(worker->sweep_main, sizeof(worker->sweep_main), "%.31s",
		 message->text);
}

void killed_report(struct worker *worker, const struct message *message)
{
	const char *main = worker->sweep_main;
	/* The sweeper names it where it lived on for a moment. */
	const bool more =
		main[0] != '\0' && strstr(message->text, main) == NULL;
	char text[sizeof(message->text) + sizeof(worker->sweep_main) + 2];
	struct event_record event = {
		.kind = EVENT_SWEPT,
		.run = message->run,
		.count = message->count + more,
		.worker = (uint64_t)worker->index + 1,
	};

	if (event.count == 0)
		return;
	snprintf(text, sizeof(text), "%s%s%s", more ? main : "",
		 more && message->count > 0 ? ", " : "", message->text);
	event.text = (struct bytes){text, strlen(text)};
	snprintf(event.pool, sizeof(event.pool), "%s",
		 worker->pool->config->name);
	publish_event(worker->pool->instance, &event);
	operations_worker_killed(worker, text);
}
