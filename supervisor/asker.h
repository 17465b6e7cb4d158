#ifndef SUPERVISOR_ASKER_H
#define SUPERVISOR_ASKER_H

#include "store/event.h"

#include <stdint.h>
#include <stdio.h>

/* Who asked for something: a person, by a command or by a signal to reeve. */
struct asker {
	const char *command; /* "restart", "SIGTERM"; NULL: nobody asked */
	uint64_t uid; /* + 1; 0: not known */
};

/* Has `event` tell who asked, where somebody did. */
static inline void asker_tell(const struct asker *asker,
			      struct event_record *event)
{
	if (!asker->command)
		return;
	event->uid = asker->uid;
	snprintf(event->command, sizeof(event->command), "%s", asker->command);
}

#endif
