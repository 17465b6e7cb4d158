#ifndef STORE_NOTABLE_H
#define STORE_NOTABLE_H

#include "store/event.h"

#include <stdbool.h>
#include <stddef.h>

/* The longest line of notable_describe(), with its end. */
enum { NOTABLE_TEXT_SIZE = 1024 };

/*
 * Says in one line what an operator wants to see in the log of the system:
 * crashes, lost records, warnings, refused configs. Returns false for what is
 * none of these.
 */
bool notable_describe(const struct event_record *event,
		      char text[NOTABLE_TEXT_SIZE]);

#endif
