#ifndef SUPERVISOR_OPERATION_H
#define SUPERVISOR_OPERATION_H

#include "base/error.h"
#include "store/event.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * What the control socket asks of the supervisor. An operation is one wish of
 * somebody (stop web, restart web/0, scale web 4); it is done when every
 * worker that it is about has got there, or failed when one cannot.
 */

struct instance; /* supervisor/instance.h */
struct live_table;

enum operation_verb {
	OPERATION_START,
	OPERATION_STOP,
	OPERATION_RESTART,
	OPERATION_SIGNAL,
	OPERATION_SCALE,
	OPERATION_RELOAD,
	OPERATION_SHUTDOWN,
};

struct operation_request {
	enum operation_verb verb;
	const char *target; /* "web", "web/0", "all"; NULL for reload,
			     * shutdown */
	int signal; /* OPERATION_SIGNAL */
	int64_t count; /* OPERATION_SCALE */
	bool dry_run; /* OPERATION_RELOAD: only the plan */
	bool rolling; /* OPERATION_RESTART: one after the other */
	uint64_t uid; /* of who asks */
};

enum operation_outcome {
	OPERATION_RUNNING,
	OPERATION_DONE,
	OPERATION_FAILED, /* report->text says why */
	OPERATION_NO_SUCH_NAME, /* no such pool or worker */
	OPERATION_REFUSED, /* cannot be asked: a bad count, a bad signal */
};

struct operation_report {
	uint64_t id;
	enum operation_outcome outcome;
	/* FAILED, NO_SUCH_NAME, REFUSED: one line why. RELOAD done: the plan
	 * as JSON, {"pools": [{"name", "change": "unchanged" | "changed" |
	 * "new" | "gone", "keys": [..], "live": [..]}]}; a refused config: all
	 * messages of the loader. Others done: what had to be killed, "sh(12)
	 * of web/0; cat(15), cat(16) of web/1", or NULL. Valid during the call
	 * only. */
	const char *text;
};

/* Called once, when the operation has ended; may be called before
 * operation_begin() returns. */
typedef void operation_fn(const struct operation_report *report, void *context);

/* Begins what `request` asks for and returns the operation's id (1 or more).
 * `done` may be NULL. */
uint64_t operation_begin(struct instance *instance,
			 const struct operation_request *request,
			 operation_fn *done, void *context);

/* The caller does not want to be told any more (the client hung up). What was
 * asked for still happens. */
void operation_forget(struct instance *instance, uint64_t id);

/* The live table that the supervisor writes at the moment. */
const struct live_table *instance_live_table(const struct instance *instance);

/* Events as they happen, for those who listen. The callback must not block;
 * the event and what it points to are valid during the call only. */
typedef void event_listener_fn(const struct event_record *event, void *context);

/* Returns an id for instance_unlisten(), or 0 when memory is short. */
uint64_t instance_listen(struct instance *instance, event_listener_fn *listener,
			 void *context);

void instance_unlisten(struct instance *instance, uint64_t id);

#endif
