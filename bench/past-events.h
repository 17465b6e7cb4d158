#ifndef BENCH_PAST_EVENTS_H
#define BENCH_PAST_EVENTS_H

#include "store/event.h"

/*
 * The events of a busy month, in the order of time: 20 pools with 10 workers
 * each, whose runs start, get ready, tell things and end, every third by a
 * crash. The same for the same numbers.
 */

struct past_events;

/* So many runs with, on average, `events_a_run` events each (at least 3), that
 * begin at `from_us` and fill `span_us`. */
struct past_events *past_events_new(uint64_t runs, unsigned events_a_run,
				    int64_t from_us, int64_t span_us);

/* The next event; false behind the last. Its texts are valid until the next
 * call. */
bool past_events_next(struct past_events *events, struct event_record *event);

void past_events_free(struct past_events *events);

#endif
