#ifndef SUPERVISOR_PUBLISH_H
#define SUPERVISOR_PUBLISH_H

#include "base/error.h"
#include "store/event.h"
#include "supervisor/worker.h"

struct instance;

/*
 * The ways by which facts leave the supervisor: the live table (now), the
 * journal (for history.db) and those who listen to events on the control
 * socket.
 */
struct publish;

/* Makes the journal folder and opens the journal. `wake_fd` wakes the
 * recorder. There is no live table yet. NULL and the reason. */
struct publish *publish_open(const struct instance *instance, int wake_fd,
			     struct error *error);

/* Whether the supervisor before this one was killed, by the live table that it
 * left. To be asked before publish_rebuild(). */
bool publish_was_unclean(const struct publish *publish);

/* Says in the live table that the instance has stopped, and frees. */
void publish_close(struct publish *publish);

/*
 * Makes a live table for the pools and workers that the instance has now, in
 * place of the former one, and gives every worker a slot. To be called when
 * pools came or went, or publish_has_room() says no. Returns 0, or -1 and the
 * reason; then the former table stays.
 */
int publish_rebuild(struct instance *instance, struct error *error);

/* Whether each worker of the instance has a slot in the live table. */
bool publish_has_room(const struct instance *instance);

/* Gives free slots to the workers of `pool` that have none. */
void publish_assign_slots(struct pool *pool);

/* The worker goes; its slot becomes free. */
void publish_release_slot(struct worker *worker);

/* Shows the worker's present state in the live table. */
void publish_worker(const struct worker *worker);

/* Shows how many workers a pool shall have. */
void publish_wanted(const struct pool *pool);

/* Stamps the event with the time, appends it to the journal and gives it to
 * those who listen. The recorder is woken when deaths and starts have been
 * dealt with. */
void publish_event(struct instance *instance, struct event_record *event);

/* An EVENT_WARNING with that text. */
void publish_warning(struct instance *instance, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* The same for an event about a worker: what is known of it is filled in. */
void publish_worker_event(struct worker *worker, struct event_record *event);

/* Prepares the journal's next segment; whether there is such work. For times
 * when nothing is going on. */
bool publish_wants_prepare(const struct publish *publish);
void publish_prepare(struct publish *publish);

#endif
